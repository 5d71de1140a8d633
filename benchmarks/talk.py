"""A long talk must cost what a short one costs: 5,000 contributions on one proposal, 100,000 on the site.

    make talk-bench BACK=sqlite        # or BACK=pg; SITE=100000 LARGE=5000 RUNS=60

Each page is asked for in turn, first of a proposal nobody spoke about, then of one with twenty contributions and of one
with thousands, by somebody signed in and by a stranger; so that whatever else the machine does touches all of them.
Reported for each: statements, CPU of web and database together, p95 against the page nobody spoke on, and what a phone
receives.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import insert, select  # noqa: E402

from pb.accounts.models import Person  # noqa: E402
from pb.core.db import db  # noqa: E402
from pb.core.settings import load_settings  # noqa: E402
from pb.discussion import hosts, tally  # noqa: E402
from pb.discussion.models import Contribution, Stance, Talk, UsefulMark  # noqa: E402
from pb.factory import create_app  # noqa: E402
from tests.conftest import FixedClock, environment_for  # noqa: E402
from tests.support.counting_queries import queries_on  # noqa: E402
from tests.support.people import make_person, sign_in_as  # noqa: E402
from tests.support.proposals import make_proposal  # noqa: E402
from tests.support.rounds import make_round  # noqa: E402

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
PEOPLE, USUAL, EACH = 2_000, 20, 500
KINDS = ("support", "worry", "question", "suggestion", "help")
WORDS = "We would use it every day, my neighbours too, and the path is dark by four in winter so nobody walks there. "
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one page cost, each time it was asked for."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    statements: int = 0
    bytes_sent: int = 0

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))] * 1000


@contextmanager
def app_on(back: str) -> Iterator[tuple[Flask, Callable[[], float]]]:
    """A migrated app on a new database, and the CPU seconds that the database's own processes have used."""
    with tempfile.TemporaryDirectory() as folder:
        server, url = None, f"sqlite:///{folder}/talk.sqlite"
        if back == "pg":
            from tests.support.postgres import PostgresServer

            (Path(folder) / "pg").mkdir()
            server = PostgresServer(Path(folder) / "pg")
            server.start()
            url = server.new_database()
        app = create_app(load_settings(environment_for(Path(folder), url)), clock=FixedClock(NOW))
        with app.app_context():
            from flask_migrate import upgrade

            upgrade()
        logging.getLogger("moothall").setLevel(logging.ERROR)  # after init_logging
        pid = server._process.pid if server and server._process else None
        yield app, lambda: _cpu_of_children(pid) if pid else 0.0
        with app.app_context():
            db.engine.dispose()
        if server:
            server.stop()


def _cpu_of_children(parent: int) -> float:
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(parts[1]) == parent:
            total += int(parts[11]) + int(parts[12])
    return total / TICK


def fill(site: int, large: int) -> dict[str, str]:
    """A site of talk; returns the paths of a silent, a usual and a large proposal's page."""
    round = make_round("proposing", FixedClock(NOW))
    others = max(0, site - large - USUAL) // EACH
    proposals = [make_proposal(round) for _ in range(3 + others)]
    paths = [f"/rounds/{round.slug}/projects/{p.code}" for p in proposals]
    people = _people()
    sizes = [0, USUAL, large, *([EACH] * others)]
    for proposal, size in zip(proposals, sizes, strict=True):
        if size:
            _talk(hosts.of_proposal(proposal, round, NOW), people, size)
            db.session.commit()
    return {"silent": paths[0], "usual": paths[1], "large": paths[2]}


def _people() -> list[int]:
    long_ago = NOW - timedelta(days=400)
    rows = [
        {"email": f"p{n}@people.example", "display_name": f"Person {n}", "created_at": long_ago} for n in range(PEOPLE)
    ]
    db.session.execute(insert(Person), rows)
    return list(db.session.scalars(select(Person.id).where(Person.email.like("p%@people.example"))))


def _talk(host: hosts.Host, people: Sequence[int], size: int) -> None:
    """Three in five are roots; half of the roots have a reply; a tenth is marked by ten people from each side."""
    chance = random.Random(host.id)
    talk = tally.hold(host)
    roots, replies = size * 3 // 5, size - size * 3 // 5
    rows = [_row(host, people[n % PEOPLE], chance.choice(KINDS), n) for n in range(roots)]
    ids = list(db.session.scalars(insert(Contribution).returning(Contribution.id, sort_by_parameter_order=True), rows))
    answers = [
        _row(host, people[(n * 7) % PEOPLE], "reply", n) | {"parent_id": chance.choice(ids)} for n in range(replies)
    ]
    db.session.execute(insert(Contribution), answers)
    _count_replies(answers)
    _sides(host, [(row["author_id"], row["kind"], i) for row, i in zip(rows, ids, strict=True)])
    tally.count_again(talk)
    for contribution_id in ids[:: max(1, roots // 40)]:
        _mark(talk, contribution_id, chance.sample(list(people), 20))


def _row(host: hosts.Host, author_id: int, kind: str, number: int) -> dict[str, Any]:
    return {
        "host_kind": host.kind,
        "host_id": host.id,
        "kind": kind,
        "author_id": author_id,
        "author_name": f"Person {author_id}",
        "language": "en",
        "text": (WORDS * 3)[: 60 + number * 37 % 240],
        "state": "published",
        "is_listed": kind != "reply",
        "posted_at": NOW - timedelta(minutes=10_000 - number),
        "parent_id": None,
    }


def _count_replies(answers: Sequence[dict[str, Any]]) -> None:
    from collections import Counter

    from sqlalchemy import update

    counted = Counter(row["parent_id"] for row in answers)
    db.session.execute(update(Contribution), [{"id": i, "replies": n} for i, n in counted.items()])


def _sides(host: hosts.Host, said: Sequence[tuple[int, str, int]]) -> None:
    first = {person: (kind, i) for person, kind, i in reversed(said) if kind in ("support", "worry")}
    key = {"host_kind": host.kind, "host_id": host.id, "is_public": True}
    rows = [key | {"person_id": p, "side": kind, "contribution_id": i} for p, (kind, i) in first.items()]
    if rows:
        db.session.execute(insert(Stance), rows)


def _mark(talk: Talk, contribution_id: int, people: Sequence[int]) -> None:
    contribution = db.session.get_one(Contribution, contribution_id)
    rows = [
        {"contribution_id": contribution_id, "person_id": p, "marked_at": NOW}
        for p in people
        if p != contribution.author_id
    ]
    db.session.execute(insert(UsefulMark), rows)
    tally.count_marks(talk, contribution)


PAGES = {
    "project": "",
    "talk": "/talk",
    "talk, worries": "/talk?kind=worry",
    "talk, page 2": "/talk?page=2",
    "talk, newest": "/talk?order=newest",
    "talk, search": "/talk?words=winter",
}


def measure(
    app: Flask, paths: dict[str, str], runs: int, database_cpu: Callable[[], float]
) -> dict[tuple[str, str, str], Cost]:
    """Every page of every talk, in turn, `runs` times, for somebody signed in and for a stranger.

    For the stranger no whole page is kept: what is measured is the making of one.
    """
    readers = {"reader": _signed_in(app), "stranger": app.test_client()}
    with app.app_context():
        engine = db.engine
    kinds = [(page, size) for page in PAGES for size in paths if (size, page) != ("silent", "talk, page 2")]
    costs = {(page, size, reader): Cost() for page, size in kinds for reader in readers}
    for run in range(runs + 3):
        for (page, size, reader), cost in costs.items():
            app.extensions["kept_pages"].clear()
            with queries_on(engine) as seen:
                began, cpu = time.perf_counter(), time.process_time() + database_cpu()
                answer = readers[reader].get(paths[size] + PAGES[page])
                took, used = time.perf_counter() - began, time.process_time() + database_cpu() - cpu
            assert answer.status_code == 200, answer.status
            cost.statements, cost.bytes_sent = len(seen), len(gzip.compress(answer.data, 6))
            if run >= 3:  # templates are compiled and caches warm by then
                cost.seconds.append(took)
                cost.cpu.append(used)
    return costs


def _signed_in(app: Flask) -> FlaskClient:
    """A resident who has written nothing of what the pages show."""
    client = app.test_client()
    with app.app_context():
        person = make_person("Reader")
        sign_in_as(SimpleNamespace(client=client), person)  # type: ignore[arg-type]
        db.session.remove()
    return client


def report(costs: dict[tuple[str, str, str], Cost]) -> str:
    """A table in Markdown."""
    lines = [
        "| page | talk | who | statements | CPU ms | median ms | p95 ms | p95 to the emptiest | KB gzipped |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (page, size, reader), cost in costs.items():
        emptiest = costs.get((page, "silent", reader), costs[page, "usual", reader])
        ratio = cost.percentile(0.95) / emptiest.percentile(0.95)
        cpu = sum(cost.cpu) / len(cost.cpu) * 1000
        cells = (
            page,
            size,
            reader,
            cost.statements,
            f"{cpu:.1f}",
            f"{cost.percentile(0.5):.1f}",
            f"{cost.percentile(0.95):.1f}",
            f"{ratio:.2f}",
            f"{cost.bytes_sent / 1000:.1f}",
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--back", choices=("sqlite", "pg"), default="sqlite")
    options.add_argument("--site", type=int, default=100_000)
    options.add_argument("--large", type=int, default=5_000)
    options.add_argument("--runs", type=int, default=60)
    chosen = options.parse_args()
    with app_on(chosen.back) as (app, database_cpu):
        began = time.perf_counter()
        with app.app_context():
            paths = fill(chosen.site, chosen.large)
            db.session.remove()
        print(f"{chosen.site} contributions made in {time.perf_counter() - began:.0f} s on {chosen.back}", flush=True)
        print(report(measure(app, paths, chosen.runs, database_cpu)))


if __name__ == "__main__":
    main()
