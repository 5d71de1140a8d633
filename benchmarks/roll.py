"""Import a list of voters of the size of a borough: how long each step takes, how much memory, and whether votes wait.

    python -m benchmarks.roll [PEOPLE] [sqlite|postgresql]

While the import runs, another thread writes a row of its own every 50 ms, as a vote would: the longest wait is printed.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from pb.core.db import committed, db, only_read, session
from pb.core.settings import load_settings
from pb.electorate import importing
from pb.factory import create_app
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from tests.conftest import START, FixedClock, environment_for
from tests.support.postgres import PostgresServer
from tests.support.rounds import OFFICER, make_round, make_ward

HEADING = "Number,Name,Address 1,Town,Postcode,E-mail,Ward,Date of birth\n"
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def list_of(people: int) -> bytes:
    """That many people of one ward, each with address, e-mail and day of birth."""
    rows = (
        f"{n},Gwen Ŵyn {n},{n % 190 + 1} Long Street,Quay,WN{n % 9 + 1} {n // 9 % 9}"
        f"{LETTERS[n // 81 % 20]}{LETTERS[n // 1620 % 20]},voter.{n}@homes.example,Quay,"
        f"{n % 28 + 1:02d}/02/19{n % 70 + 30}\n"
        for n in range(people)
    )
    return (HEADING + "".join(rows)).encode()


class OtherWork:
    """A writer beside the import."""

    def __init__(self, app: Flask) -> None:
        self.app, self.longest, self.done, self.is_over = app, 0.0, 0, threading.Event()
        self.thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        with self.app.app_context():
            while not self.is_over.wait(0.05):
                began = time.perf_counter()
                with committed():
                    session().execute(text("UPDATE ward SET about = about"))
                self.longest = max(self.longest, time.perf_counter() - began)
                self.done += 1

    def __enter__(self) -> OtherWork:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()


@contextmanager
def timed(what: str, app: Flask) -> Any:
    with OtherWork(app) as other:
        began = time.perf_counter()
        yield
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{what:<22} {took:6.1f} s   longest wait of another writer {other.longest:5.2f} s   peak {peak} MB", flush=True
    )


def measure(app: Flask, people: int) -> None:
    clock = FixedClock(START)
    app.extensions["clock"] = clock
    content = list_of(people)
    print(f"{people} people, {len(content) / 1e6:.1f} MB, {app.extensions['settings'].database_url.split(':')[0]}")
    round_id = make_round("voting", clock, wards=(make_ward("Quay"),), plan=BallotPlan(identity_rung=2)).id
    how: dict[str, Any] = {"source": "A list made up", "asks_for": ["born_on"], "by": OFFICER, "now": clock()}
    for times in ("first", "again"):
        with timed(f"upload ({times})", app), committed():
            importing.upload(round=session().get_one(Round, round_id), content=content, now=clock())
        with timed("look", app):
            found = importing.preview(session().get_one(Round, round_id), now=clock())
            assert found is not None
            db.session.rollback()
        with timed("import", app), app.test_request_context(method="POST"):
            only_read()
            round = session().get_one(Round, round_id)
            done = importing.import_list(round=round, file_sha256=found.file_sha256, **how)
            db.session.commit()
        print(f"new, known: {done}")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    backend = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer(Path(folder) / "pg") if backend != "sqlite" else None
        if server:
            server.start()
        url = server.new_database() if server else f"sqlite:///{folder}/list.sqlite"
        try:
            app = create_app(load_settings(environment_for(Path(folder), url)))
            with app.app_context():
                from flask_migrate import upgrade

                upgrade()
                measure(app, people)
                db.engine.dispose()
        finally:
            if server:
                server.stop()


if __name__ == "__main__":
    main()
