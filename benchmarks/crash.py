"""Exactly once: votes sent to a real server that is killed again and again, and what is in the box afterwards.

    make crash BACK=sqlite VOTERS=2000 KILLS=12
    make crash BACK=pg DBCRASH=3            # the database itself is stopped at once, too
    make crash BREAK=1                      # unique keys and the lock taken away: this must report violations

A quarter of the voters press three times at once, a fifth change their vote, and 8 % of the answers are thrown away
unread; whoever has no answer sends the same form again, as a browser's reload does. Exit 1 on any violation (or, with
--break, when there is none: then the test itself would be worth nothing).
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from ending import die_with_parent, end_as_usual_on_sigterm  # noqa: E402

SLUG = "together-for-quay"
SENDERS = 24
PROJECTS = 12


# The server: a process that has everything loaded and forks servers, so that a kill costs a moment and not a start ---


def keep_serving(orders: Connection, port: int, app: Flask, *, broken: bool) -> None:
    """Fork a server (two processes of eight threads) at each order, in a process group of its own."""
    from gunicorn.app.base import BaseApplication

    from pb.core.db import db

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": f"127.0.0.1:{port}",
                "workers": 2,
                "threads": 8,
                "loglevel": "critical",
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    die_with_parent()
    with app.app_context():
        db.engine.dispose(close=False)  # they are the parent's
    if broken:
        take_lock_away()
    app.test_client().get(f"/ballot/{SLUG}")  # what a first visit prepares is there after each kill
    while orders.recv() == "start":
        with app.app_context():
            db.engine.dispose(close=False)
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the server's own log is not looked at
            Server().run()
        orders.send(pid)
        os.waitpid(pid, 0)


def take_lock_away() -> None:
    """What peers do: look whether there is a vote, let go, then insert. For --break only."""
    from sqlalchemy import select

    from pb.core.db import session
    from pb.electorate.codes import new_code
    from pb.voting import service
    from pb.voting.models import Envelope

    def put(_before: Any, owner: str, round_id: int, sealed: bytes, _version: int, channel: str) -> service.Receipt:
        found = session().scalars(select(Envelope.receipt).where(Envelope.entitlement_id == owner)).first()
        session().commit()
        time.sleep(0.02)
        receipt = new_code()
        if found is None:
            values = {"entitlement_id": owner, "round_id": round_id, "receipt": receipt, "sealed": sealed}
            session().execute(service._ADD, {**values, "version": 1, "channel": channel})
        return service.Receipt(found or receipt, 1)

    service._put = put
    service._remember = lambda *_: None


def drop_keys() -> None:
    """Make the envelope's table again without its keys. For --break only."""
    from pb.core.db import db

    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE envelope")
        blob = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
        connection.exec_driver_sql(
            f"CREATE TABLE envelope (entitlement_id VARCHAR(32), round_id INTEGER, receipt VARCHAR(12), sealed {blob},"
            " version INTEGER, channel VARCHAR(8))"
        )


# The voters ----------------------------------------------------------------------------------------------------------


@dataclass
class Voter:
    """One browser: its draft, and what it was thanked for."""

    draft: Any
    thanked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """(receipt, picks) of every acknowledged send."""


@dataclass
class Town:
    """How to reach the server, and what happened."""

    port: int
    secret_key: str
    round_id: int
    cookie: str
    token: str
    tries: int
    """How often a voter sends before giving up. (Without keys some are answered 500 for ever.)"""
    tally: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.tally[what] += 1

    def send(self, voter: Voter, key: str, *, read: bool = True) -> Any | None:
        """Send the form once; the draft of the answer when it thanks, None when there is no good answer."""
        from pb.voting import draft as drafts

        ballot = drafts.write(voter.draft, secret_key=self.secret_key, round_id=self.round_id)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"pb={self.cookie}; ballot-{self.round_id}={ballot}",
        }
        body = urlencode({"csrf_token": self.token, "key": key})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", f"/ballot/{SLUG}/review", body, headers)
            if not read:
                self.note("thrown away")
                return None
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.note("no answer")
            return None
        finally:
            connection.close()
        if answer.status != 303 or not (answer.getheader("Location") or "").endswith("/done"):
            self.note(f"status {answer.status}")
            return None
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith("ballot-"):
                cookie = value.split(";", 1)[0].split("=", 1)[1]
                return drafts.read(cookie, secret_key=self.secret_key, round_id=self.round_id)
        return None

    def vote(self, voter: Voter, dice: random.Random, picks: tuple[str, ...]) -> None:
        """Send until thanked: at times three times at once, at times without reading the answer."""
        from dataclasses import replace

        voter.draft = replace(voter.draft, picks=picks, wants_none=not picks)
        key = secrets.token_hex(16)
        times = 3 if dice.random() < 0.25 else 1
        for _ in range(self.tries):
            if dice.random() < 0.08:
                self.send(voter, key, read=False)
            thanks = self._at_once(voter, key, times)
            for draft in thanks:
                voter.thanked.append((draft.receipt, picks))
                self.note("acknowledged")
            if thanks:
                voter.draft = thanks[-1]
                return
            time.sleep(0.05)
        self.note("gave up")

    def _at_once(self, voter: Voter, key: str, times: int) -> list[Any]:
        if times == 1:
            answers = [self.send(voter, key)]
        else:
            with ThreadPoolExecutor(times) as tabs:
                answers = list(tabs.map(lambda _: self.send(voter, key), range(times)))
        return [draft for draft in answers if draft is not None]

    def life_of(self, voter: Voter, dice: random.Random) -> None:
        """Vote, and in a fifth of cases vote again with other picks."""
        codes = [f"B{n:02d}" for n in range(1, PROJECTS + 1)]
        self.vote(voter, dice, tuple(sorted(dice.sample(codes, dice.randint(0, 6)))))
        if dice.random() < 0.2:
            self.vote(voter, dice, tuple(sorted(dice.sample(codes, dice.randint(0, 6)))))


# The judge -----------------------------------------------------------------------------------------------------------


def violations(voters: list[Voter], round_id: int) -> list[str]:
    """Everything in the database that contradicts what was acknowledged, opened with the round's key."""
    from sqlalchemy import text

    from pb.core.db import db
    from pb.voting import sealing
    from pb.voting.queries import contest_of

    contest = contest_of(round_id)
    key = sealing.private_key(round_id, contest.seal_public_key)
    stored: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    with db.engine.connect() as connection:
        for owner, receipt, sealed in connection.execute(text("SELECT entitlement_id, receipt, sealed FROM envelope")):
            (picks,) = json.loads(sealing.unseal(bytes(sealed), key))["pots"].values()
            stored[owner].append((receipt, tuple(picks)))
    return [wrong for voter in voters for wrong in _wrongs(voter, stored.pop(voter.draft.entitlement_id, []))] + [
        "a vote of nobody" for _ in stored
    ]


def _wrongs(voter: Voter, stored: list[tuple[str, tuple[str, ...]]]) -> list[str]:
    wrong = []
    if len(stored) > 1:
        wrong.append("more than one vote of a person")
    if len({receipt for receipt, _ in voter.thanked}) > 1:
        wrong.append("the receipt changed")
    if voter.thanked and not stored:
        wrong.append("an acknowledged vote is lost")
    if voter.thanked and stored and voter.thanked[-1] not in stored:
        wrong.append("the stored vote is not the acknowledged one")
    return wrong


# The evening ---------------------------------------------------------------------------------------------------------


def make_round(app: Flask, *, broken: bool) -> tuple[int, str, str]:
    """A round that takes votes without a code; its id, a session cookie and a CSRF token."""
    from flask import session as web_session
    from flask.sessions import SecureCookieSessionInterface
    from flask_migrate import upgrade
    from flask_wtf.csrf import generate_csrf

    from pb.core.clock import now
    from pb.core.db import committed
    from tests.support import rounds
    from tests.support.voting import ready

    with app.app_context():
        upgrade()
        round = rounds.make_round("voting", now, projects=PROJECTS)
        with committed():
            round.identity_rung = 0
        ready(round)
        if broken:
            drop_keys()
        round_id = round.id
    with app.test_request_context():
        token = generate_csrf()
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        cookie = signer.dumps(dict(web_session))
    return round_id, str(cookie), token


def wait_for(port: int) -> None:
    """Until the first server answers; the later ones are waited for by the voters."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def disturb(pid: int, start: Callable[[], int], stop: threading.Event, kills: int, every: float) -> int:
    """Kill the whole server with SIGKILL, `kills` times, and start it again; the last one's process id."""
    for _ in range(kills):
        if stop.wait(every):
            break
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        pid = start()
    return pid


def run(options: argparse.Namespace, folder: Path, database_url: str, crash_database: Callable[[], None]) -> int:
    from pb.core.settings import load_settings
    from pb.factory import create_app
    from tests.conftest import environment_for

    environment = environment_for(folder, database_url)
    app = create_app(load_settings(environment))
    round_id, cookie, token = make_round(app, broken=options.broken)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")  # no thread runs yet, and everything is loaded
    serving = context.Process(target=keep_serving, args=(theirs, port, app), kwargs={"broken": options.broken})
    serving.start()

    def start() -> int:
        ours.send("start")
        pid: int = ours.recv()
        return pid

    from pb.voting.draft import Draft

    town = Town(port, environment["SECRET_KEY"], round_id, cookie, token, tries=5 if options.broken else 600)
    voters = [Voter(Draft()) for _ in range(options.voters)]
    over, last = threading.Event(), []
    pause = options.voters / 100 / max(1, options.kills)
    first = start()
    wait_for(port)
    killer = threading.Thread(target=lambda: last.append(disturb(first, start, over, options.kills, max(0.4, pause))))
    began = time.perf_counter()
    killer.start()
    crasher = threading.Thread(target=lambda: [over.wait(3) or crash_database() for _ in range(options.db_crashes)])
    crasher.start()
    try:
        live(town, voters)
    finally:
        over.set()
        killer.join()
        crasher.join()
        with suppress(ProcessLookupError):
            os.killpg(last[0], signal.SIGKILL)
        ours.send("stop")
        serving.join(10)
    return report(options, app, voters, round_id, town.tally, time.perf_counter() - began)


def live(town: Town, voters: list[Voter]) -> None:
    """The whole evening: every voter's life, two dozen at a time."""
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda n: town.life_of(voters[n], random.Random(n)), range(len(voters))))


def report(
    options: argparse.Namespace,
    app: Flask,
    voters: list[Voter],
    round_id: int,
    tally: Counter[str],
    took: float,
) -> int:
    with app.app_context():
        wrong = Counter(violations(voters, round_id))
        from sqlalchemy import text

        from pb.core.db import db

        with db.engine.connect() as connection:
            stored = connection.execute(text("SELECT count(*) FROM envelope")).scalar_one()
    disturbed = f"{options.kills} kills, {options.db_crashes} database crashes"
    print(f"{options.back}: {len(voters)} voters, {disturbed}, {took:.0f} s")
    print(f"acknowledged {tally.pop('acknowledged', 0)}, stored {stored}, violations {sum(wrong.values())}")
    for what, count in sorted((wrong + tally).items()):
        print(f"  {what}: {count}")
    if options.broken:
        print(
            "As it must be: without keys and lock there are violations."
            if wrong
            else "The test found nothing to fail on!"
        )
        return 0 if wrong else 1
    return 1 if wrong or tally["gave up"] or tally["status 500"] or stored != len(voters) else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--back", choices=["sqlite", "pg"], default="sqlite")
    parser.add_argument("--voters", type=int, default=500)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--db-crashes", type=int, default=0)
    parser.add_argument("--break", dest="broken", action="store_true")
    options = parser.parse_args()
    end_as_usual_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="moothall-crash-") as name:
        folder = Path(name)
        if options.back == "sqlite":
            sys.exit(run(options, folder, f"sqlite:///{folder}/crash.sqlite", lambda: None))
        from tests.support.postgres import PostgresServer

        (folder / "pg").mkdir()
        server = PostgresServer(folder / "pg")
        server.start()
        try:
            code = run(options, folder, server.new_database(), server.crash)
        finally:
            server.stop()
        sys.exit(code)


if __name__ == "__main__":
    main()
