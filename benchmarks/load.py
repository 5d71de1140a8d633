"""Closing night: so many votes and page views a second against a real server, and what each took.

    make load MINUTES=1 BACK=sqlite        # or BACK=pg; KEEP=1 keeps the figures as the ones to compare with

The demonstration council is served by gunicorn as the README says. Votes are whole ones (proven, sealed, stored and
synced before the answer). Views are a mix: the ballot of somebody who has begun, projects, the round, the list,
results, the home page, the log, and the files a first visit loads. First votes alone and views alone at full speed
by 16 senders, then both on a timetable. The town is made once and kept in var/load; each run works on a copy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from ending import die_with_parent, end_as_usual_on_sigterm  # noqa: E402
from senders import Sent, Timings, as_fast_as_possible, timetable  # noqa: E402

FIGURES = Path(__file__).with_name("load-figures.json")
TICKS = os.sysconf("SC_CLK_TCK")
SENDERS = 16
VIEWS = {
    "ballot": 25,
    "project, begun": 5,
    "project": 20,
    "round": 12,
    "list": 10,
    "results": 10,
    "home": 5,
    "log": 3,
    "file": 10,
}
"""Of a hundred views. The first two are of people with a draft in their cookie: made anew for each of them."""


# The town ------------------------------------------------------------------------------------------------------------


def town(folder: Path) -> Path:
    """The demonstration's data on SQLite: made once, and again when the migrations have changed."""
    newest = max(file.stem for file in (ROOT / "migrations" / "versions").glob("*.py"))
    made = folder / f"town-{newest}"
    if not made.exists():
        print("Making the town (once, a minute or two)", flush=True)
        draft = made.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        environment = {**os.environ, "DATA_DIR": str(draft), "BASE_URL": "http://127.0.0.1:8000"}
        written = subprocess.run(
            [sys.executable, "-m", "pb.demo.settings"], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        (draft / "settings.env").write_bytes(written.stdout)
        prepare = [sys.executable, "-m", "pb", "demo", "prepare"]
        subprocess.run(prepare, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
        draft.rename(made)
    return made


def to_postgresql(source: str, target: str) -> None:
    """Copy every row from SQLite into the empty tables of a PostgreSQL database."""
    from sqlalchemy import create_engine, insert, select, text

    from pb.core.db import Base

    old, new = create_engine(source), create_engine(target.replace("postgresql://", "postgresql+psycopg://"))
    with old.connect() as reads, new.begin() as writes:
        writes.execute(text("SET session_replication_role = replica"))
        writes.execute(text("DELETE FROM edition"))
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in reads.execute(select(table)).mappings()]
            for start in range(0, len(rows), 1000):
                writes.execute(insert(table), rows[start : start + 1000])
            if (
                "id" in table.c
                and table.c.id.autoincrement in (True, "auto")
                and rows
                and isinstance(rows[0]["id"], int)
            ):
                last = f'(SELECT max(id) FROM "{table.name}")'
                writes.execute(text(f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), {last})"))
    old.dispose()
    new.dispose()


@contextmanager
def placed(back: str, folder: Path) -> Iterator[tuple[dict[str, str], list[int]]]:
    """A copy of the town on this database: the environment to serve it with, and the database's process ids."""
    shutil.copytree(town(ROOT / "var" / "load"), folder / "data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"DATA_DIR": str(folder / "data"), "BASE_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}
    os.environ.update(own)
    if back == "sqlite":
        yield {**os.environ}, []
        return
    from tests.support.postgres import PostgresServer

    (folder / "pg").mkdir()
    database = PostgresServer(folder / "pg")
    database.start()
    try:
        os.environ["DATABASE_URL"] = database.new_database()
        from flask_migrate import upgrade

        from pb.factory import create_app

        app = create_app()
        with app.app_context():
            upgrade()
        to_postgresql(f"sqlite:///{folder}/data/moothall.sqlite", os.environ["DATABASE_URL"])
        assert database._process
        yield {**os.environ}, [database._process.pid]
    finally:
        database.stop()


@contextmanager
def served(environment: dict[str, str], folder: Path, workers: int, threads: int) -> Iterator[int]:
    """The site served as the README says; its process id."""
    log = (folder / "server.log").open("w")
    command = [str(ROOT / ".venv/bin/gunicorn"), "app:app", "--bind", f"127.0.0.1:{environment['PORT']}"]
    command += [
        "--worker-class",
        "gthread",
        "--workers",
        str(workers),
        "--threads",
        str(threads),
        "--preload",
        "--no-control-socket",
    ]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        _wait_for(environment["BASE_URL"], server)
        yield server.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # nothing of a throw-away demonstration is worth waiting for
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit("the server did not start")
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=10).close()
            return
        time.sleep(0.1)
    raise SystemExit("the server did not start within half a minute")


# What is sent --------------------------------------------------------------------------------------------------------


class Requests:
    """Votes and views of this town, as bytes."""

    def __init__(self, host: str) -> None:
        from flask import session as cookie
        from flask_wtf.csrf import generate_csrf

        from pb.core.clock import now
        from pb.factory import create_app
        from pb.rounds.models import Phase
        from pb.rounds.phases import phase_of
        from pb.rounds.queries import public_rounds
        from pb.voting.queries import paper_of

        self.host, self.dice = host, random.Random(7)
        self.app = create_app()
        with self.app.test_request_context("/"):
            self.token = generate_csrf()
            signer: Any = self.app.session_interface
            self.cookie = f"pb={signer.get_signing_serializer(self.app).dumps(dict(cookie))}"
        with self.app.app_context():
            rounds = list(public_rounds(now()))
            voting = next(r for r in rounds if phase_of(r, now()) is Phase.VOTING)
            finished = next(r for r in rounds if r.results_at is not None)
            self.round_id, self.voting, self.finished = voting.id, voting.slug, finished.slug
            self.paper = paper_of(voting)
        self.wards = sorted({line.ward_id for line in self.paper.lines if line.ward_id}) or [None]

    def _cookies(self, **proven: Any) -> str:
        """The cookies of somebody with picks."""
        from pb.voting import draft

        ward = proven.pop("ward_id", self.dice.choice(self.wards))
        codes = [line.code for line in self.paper.for_ward(ward).lines]
        picks = tuple(self.dice.sample(codes, min(len(codes), self.dice.randint(1, 8))))
        kept = draft.Draft(ward_id=ward, picks=picks, **proven)
        sealed = draft.write(kept, secret_key=self.app.config["SECRET_KEY"], round_id=self.round_id)
        return f"{self.cookie}; ballot-{self.round_id}={sealed}"

    def votes(self, number: int) -> list[Sent]:
        """The ballots of as many voters, each proven as after their code: what is measured is the vote itself."""
        from sqlalchemy import insert

        from pb.core.db import committed, session
        from pb.electorate.models import Entitlement

        rows = [
            {
                "id": secrets.token_hex(16),
                "round_id": self.round_id,
                "person_key": secrets.token_bytes(32),
                "ward_id": self.dice.choice(self.wards),
                "has_fixed_ward": False,
                "status": "ok",
            }
            for _ in range(number)
        ]
        with self.app.app_context(), committed():
            session().execute(insert(Entitlement), rows)
        return [self._vote(str(row["id"]), row["ward_id"]) for row in rows]

    def _vote(self, entitlement_id: str, ward_id: Any) -> Sent:
        body = f"csrf_token={self.token}&key={secrets.token_hex(16)}"
        head = (
            f"POST /ballot/{self.voting}/review HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Cookie: {self._cookies(entitlement_id=entitlement_id, ward_id=ward_id, proven_until=2**31)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return Sent("vote", (head + body).encode(), frozenset({303}))

    def views(self, number: int) -> list[Sent]:
        """Page views in the shares of `VIEWS`."""
        with self.app.test_request_context("/"):
            from pb.core.assets import asset

            files = [asset("site.css"), asset("vendor/htmx.min.js"), asset("js/app.js"), "/theme.css"]
        projects = [f"/rounds/{self.voting}/projects/{line.code}" for line in self.paper.lines]
        begun = [self._cookies() for _ in range(200)]
        round_page, results = f"/rounds/{self.voting}", f"/rounds/{self.finished}/results"
        pages = {"round": [round_page], "list": [f"{round_page}/projects"], "results": [results]}
        pages |= {"home": ["/"], "log": ["/log"], "file": files, "project": projects, "project, begun": projects}
        pages["ballot"] = [f"/ballot/{self.voting}", f"/ballot/{self.voting}?page=2"]
        kinds = self.dice.choices(list(VIEWS), list(VIEWS.values()), k=number)
        return [
            self._view(
                kind, self.dice.choice(pages[kind]), self.dice.choice(begun) if "b" in kind[:1] or "," in kind else ""
            )
            for kind in kinds
        ]

    def _view(self, kind: str, path: str, cookies: str) -> Sent:
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.host}", "Accept-Encoding: br, gzip"]
        lines += [f"Cookie: {cookies}"] if cookies else []
        return Sent(kind, "\r\n".join([*lines, "", ""]).encode(), frozenset({200}))


# Measuring -----------------------------------------------------------------------------------------------------------


def cpu_of(pids: list[int]) -> float:
    """CPU seconds used so far by these processes and all below them."""
    children: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            parts = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            children.setdefault(int(parts[1]), []).append(int(entry.name))
            times[int(entry.name)] = (int(parts[11]) + int(parts[12])) / TICKS
    total, waiting = 0.0, list(pids)
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


Figures = dict[str, float | str]


def alone(port: int, pids: list[int], sent: list[Sent], what: str) -> tuple[Figures, list[str]]:
    """Send these by 16 senders and nothing else: how many a second, and the processor time of web and database."""
    before, own, started = cpu_of(pids), time.process_time(), time.perf_counter()
    bad = asyncio.run(as_fast_as_possible(port, sent, SENDERS))
    took, used = time.perf_counter() - started, cpu_of(pids) - before
    senders = (time.process_time() - own) / len(sent) * 1000
    figures: Figures = {f"{what}s a second": len(sent) / took, f"CPU ms a {what}": used / len(sent) * 1000}
    print(f"{what}s alone: {figures} (the senders themselves took {senders:.2f} ms each)", flush=True)
    return figures, [f"{n} × {answer}" for answer, n in bad.items()]


def measure(options: argparse.Namespace, environment: dict[str, str], pids: list[int]) -> Figures:
    """Votes alone and views alone at full speed, then the timetable of both."""
    seconds, port = options.minutes * 60, int(environment["PORT"])
    requests = Requests(f"127.0.0.1:{port}")
    timed = int(seconds * options.casts)
    votes = requests.votes(timed + options.burst)
    views = requests.views(int(seconds * options.views) + options.burst)
    asyncio.run(as_fast_as_possible(port, views[:200], 4))
    figures, bad = alone(port, pids, votes[timed:], "vote")
    more, more_bad = alone(port, pids, views[-options.burst :], "view")
    figures |= {"waiting before": os.getloadavg()[0]} | more
    timings = {kind: Timings() for kind in ["vote", *VIEWS]}

    async def both() -> None:
        jobs = [(votes[:timed], options.casts), (views[: -options.burst], options.views)]
        await asyncio.gather(*(timetable(port, sent, rate, timings) for sent, rate in jobs if sent))

    asyncio.run(both())
    every = Timings([second for kind in VIEWS for second in timings[kind].seconds])
    for name, of in (("vote", timings["vote"]), ("view", every)):
        figures |= {f"{name} p{share}": of.percentile(share / 100) for share in (50, 95, 99)}
    figures |= {f"  {kind} p95": timings[kind].percentile(0.95) for kind in VIEWS}
    bad += more_bad + [f"{n} × {what}" for one in timings.values() for what, n in one.bad.items()]
    return {**figures, "bad answers": ", ".join(bad)}


def report(back: str, figures: Figures, *, keep: bool) -> None:
    """Print a line a figure (times in ms), with the ratio to the kept ones."""
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    before = kept.get(back, {})
    for name, value in figures.items():
        if isinstance(value, str):
            print(f"{name:20} {value or 'none'}")
            continue
        ratio = f"{value / before[name]:8.2f} × before" if before.get(name) else ""
        print(f"{name:20} {value:10.1f} {ratio}")
    if keep:
        kept[back] = {name: round(value, 2) for name, value in figures.items() if isinstance(value, float)}
        FIGURES.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Run, print, keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--back", choices=["sqlite", "pg"], default="sqlite")
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--casts", type=float, default=50, help="votes a second")
    asked.add_argument("--views", type=float, default=300, help="page views a second")
    asked.add_argument("--burst", type=int, default=1500, help="votes, and views, sent by 16 senders at full speed")
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--threads", type=int, default=4)
    asked.add_argument("--keep", action="store_true", help="keep these figures as the ones to compare with")
    options = asked.parse_args()
    end_as_usual_on_sigterm()
    with (
        tempfile.TemporaryDirectory(prefix="moothall-load-") as name,
        placed(options.back, Path(name)) as (environment, pids),
        served(environment, Path(name), options.workers, options.threads) as pid,
    ):
        figures = measure(options, environment, [pid, *pids])
    print(f"{options.back}, {options.workers} × {options.threads}, {options.minutes} minutes")
    report(options.back, figures, keep=options.keep)


if __name__ == "__main__":
    main()
