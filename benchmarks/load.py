"""Closing night: so many votes and page views a second against a real server, and what each took.

    make load MINUTES=1 BACK=sqlite        # or BACK=pg

The demonstration council is served by gunicorn as `make demo` does. Votes are whole ones (proven, sealed, stored and
synced before the answer); views are of results, rounds and projects. Requests leave on a fixed timetable whatever the
answers take (an open loop), and a request's time runs from when it was due. The last figures are kept in
`load-figures.json`, and the table shows the ratio to them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FIGURES = Path(__file__).with_name("load-figures.json")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Timings:
    """What one kind of request took, in seconds, and the answers that were not good ones."""

    seconds: list[float] = field(default_factory=list)
    bad: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


class Connections:
    """A few kept-alive connections, used in turn."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes) -> int:
        """Send a request, read its whole answer, return its status."""
        reader, writer = self.free.pop() if self.free else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return await self._once_more(request)
        status = int(head[9:12])
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(lines.get(b"content-length", b"0")))
        if lines.get(b"connection") == b"close":
            writer.close()
        else:
            self.free.append((reader, writer))
        return status

    async def _once_more(self, request: bytes) -> int:
        """A kept connection may have been closed meanwhile: votes carry a key, so sending again is safe."""
        self.free.clear()
        return await self.send(request)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(back: str, folder: Path) -> Iterator[tuple[int, dict[str, str], list[int]]]:
    """A demonstration on this database, its environment, and the process ids whose CPU counts."""
    environment = {**os.environ, "PORT": str(free_port()), "DEMO_DIR": str(folder / "data")}
    database = None
    if back == "pg":
        from tests.support.postgres import PostgresServer

        (folder / "pg").mkdir()
        database = PostgresServer(folder / "pg")
        database.start()
        environment["DATABASE_URL"] = database.new_database()
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(["./bin/demo"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(int(environment["PORT"]), server)
        pids = [server.pid] + ([database._process.pid] if database and database._process else [])
        yield int(environment["PORT"]), environment, pids
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # nothing of a throw-away demonstration is worth waiting for
        server.wait(20)
        if database:
            database.stop()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        if server.poll() is not None:
            raise SystemExit("the demonstration did not start")
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        time.sleep(0.2)
    raise SystemExit("the demonstration did not start within three minutes")


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


def prepare_votes(environment: dict[str, str], number: int) -> tuple[list[bytes], str, str]:
    """Requests that each cast one voter's whole ballot; and the slugs of the voting and the finished round.

    The voters are proven (as after their code): what is measured is the vote itself.
    """
    os.environ.update(DATA_DIR=environment["DEMO_DIR"], BASE_URL=f"http://127.0.0.1:{environment['PORT']}")
    if "DATABASE_URL" in environment:
        os.environ["DATABASE_URL"] = environment["DATABASE_URL"]
    from flask import session as cookie
    from flask_wtf.csrf import generate_csrf

    from pb.core.clock import now
    from pb.core.db import committed
    from pb.electorate.service import entitle
    from pb.factory import create_app
    from pb.rounds.models import Phase
    from pb.rounds.phases import phase_of
    from pb.rounds.queries import public_rounds
    from pb.voting import draft
    from pb.voting.queries import paper_of

    app = create_app()
    with app.test_request_context("/"):
        token = generate_csrf()
        signer = app.session_interface.get_signing_serializer(app)
        session_cookie = f"pb={signer.dumps(dict(cookie))}"
    requests: list[bytes] = []
    dice = random.Random(7)
    with app.app_context(), committed():
        rounds = list(public_rounds(now()))
        voting = next(r for r in rounds if phase_of(r, now()) is Phase.VOTING)
        finished = next(r for r in rounds if r.results_at is not None)
        paper = paper_of(voting)
        for n in range(number):
            wards = sorted({line.ward_id for line in paper.lines if line.ward_id}) or [None]
            ward = dice.choice(wards)
            codes = [line.code for line in paper.for_ward(ward).lines]
            entitlement = entitle(round_id=voting.id, source=f"mailbox|load{n}@example.org", ward_id=ward)
            picked = draft.Draft(
                ward_id=ward,
                picks=tuple(dice.sample(codes, min(len(codes), dice.randint(1, 8)))),
                entitlement_id=entitlement.id,
                proven_until=2**31,
            )
            sealed = draft.write(picked, secret_key=app.config["SECRET_KEY"], round_id=voting.id)
            body = f"csrf_token={token}&key={secrets.token_hex(16)}".encode()
            head = (
                f"POST /ballot/{voting.slug}/review HTTP/1.1\r\nHost: 127.0.0.1:{environment['PORT']}\r\n"
                f"Cookie: {session_cookie}; ballot-{voting.id}={sealed}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            requests.append(head.encode() + body)
        return requests, voting.slug, finished.slug


def view(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()


async def timetable(
    connections: Connections, requests: list[bytes], per_second: float, good: int, timings: Timings
) -> None:
    """Send each request when it is due, not when the one before was answered."""
    start = time.perf_counter() + 0.1
    running: set[asyncio.Task[None]] = set()

    async def one(due: float, request: bytes) -> None:
        try:
            status = await asyncio.wait_for(connections.send(request), 30)
        except (TimeoutError, OSError) as error:
            timings.bad[type(error).__name__] += 1
            return
        timings.seconds.append(time.perf_counter() - due)
        if status != good:
            timings.bad[str(status)] += 1

    for n, request in enumerate(requests):
        due = start + n / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(due, request))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def as_fast_as_possible(connections: Connections, requests: list[bytes], senders: int) -> Counter[int]:
    """Send all, `senders` at a time."""
    waiting = iter(requests)
    answers: Counter[int] = Counter()

    async def sender() -> None:
        for request in waiting:
            answers[await connections.send(request)] += 1

    await asyncio.gather(*(sender() for _ in range(senders)))
    return answers


def main() -> None:
    """Run, print, keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--back", choices=["sqlite", "pg"], default="sqlite")
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--casts", type=float, default=50, help="votes a second")
    asked.add_argument("--views", type=float, default=300, help="page views a second")
    asked.add_argument("--burst", type=int, default=1500, help="votes sent by 16 senders as fast as they go")
    asked.add_argument("--keep", action="store_true", help="keep these figures as the ones to compare with")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(options.back, Path(folder)) as (port, environment, pids):
        figures = measure(options, port, environment, pids)
    report(options.back, figures, keep=options.keep)


def measure(
    options: argparse.Namespace, port: int, environment: dict[str, str], pids: list[int]
) -> dict[str, float | str]:
    """Votes alone and views alone at full speed, then the timetable of both."""
    seconds = options.minutes * 60
    timed = int(seconds * options.casts)
    votes, voting, finished = prepare_votes(environment, timed + options.burst)
    paths = [f"/rounds/{finished}/results", f"/rounds/{voting}", "/", f"/rounds/{voting}/projects"]
    views = [view(port, paths[n % len(paths)]) for n in range(int(seconds * options.views))]
    casts, looks = Timings(), Timings()

    async def both() -> None:
        await asyncio.gather(
            timetable(Connections(port), votes[:timed], options.casts, 303, casts),
            timetable(Connections(port), views, options.views, 200, looks),
        )

    # These come first: a server that cannot keep the timetable still works off what was given up on.
    busy = os.getloadavg()[0]
    asyncio.run(as_fast_as_possible(Connections(port), [view(port, path) for path in paths * 5], 4))
    answers, took, used = alone(port, pids, votes[timed:])
    more, _, used_by_views = alone(port, pids, [view(port, path) for path in paths * (options.burst // 8)])
    asyncio.run(both())
    answers += Counter({303: more.pop(200, 0)}) + more
    bad = casts.bad + looks.bad + Counter({str(status): n for status, n in answers.items() if status != 303})
    return {
        "casts": len(casts.seconds),
        "cast p50 ms": casts.percentile(0.50),
        "cast p95 ms": casts.percentile(0.95),
        "cast p99 ms": casts.percentile(0.99),
        "views": len(looks.seconds),
        "view p50 ms": looks.percentile(0.50),
        "view p95 ms": looks.percentile(0.95),
        "view p99 ms": looks.percentile(0.99),
        "bad answers": sum(bad.values()),
        "which": ", ".join(f"{n} × {what}" for what, n in bad.items()),
        "casts a second, 16 senders": options.burst / took,
        "CPU ms a cast": used / options.burst * 1000,
        "CPU ms a view": used_by_views / (len(paths) * (options.burst // 8)) * 1000,
        "processes waiting before": busy,
    }


def alone(port: int, pids: list[int], requests: list[bytes]) -> tuple[Counter[int], float, float]:
    """Send these by 16 senders and nothing else: the answers, seconds taken, CPU seconds used by web and database."""
    before, started = cpu_of(pids), time.perf_counter()
    answers = asyncio.run(as_fast_as_possible(Connections(port), requests, 16))
    return answers, time.perf_counter() - started, cpu_of(pids) - before


def report(back: str, figures: dict[str, float | str], *, keep: bool) -> None:
    """Print a line a figure, with the ratio to the kept ones."""
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    before = kept.get(back, {})
    for name, value in figures.items():
        if isinstance(value, str):
            print(f"{name:30} {value or 'none'}")
            continue
        ratio = f"{value / before[name]:8.2f} × before" if before.get(name) else ""
        print(f"{name:30} {value:10.1f} {ratio}")
    if keep:
        kept[back] = {name: round(value, 2) for name, value in figures.items() if isinstance(value, float)}
        FIGURES.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
