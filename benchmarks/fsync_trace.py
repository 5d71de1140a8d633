"""Disk before answer: under strace, every vote that is thanked for was synced to the disk first.

    make fsync-trace BACK=sqlite VOTERS=50        # or BACK=pg; needs strace and the right to trace processes

One vote after another is sent to a real server whose web processes (and PostgreSQL's) are traced. Each answer 303 must
come after a sync that succeeded and began after the vote's own request was read: for SQLite in the same thread, for
PostgreSQL in one of its processes. Exit 1 otherwise, or when no vote was seen.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import crash  # noqa: E402

CALLS = "trace=recvfrom,sendto,fsync,fdatasync"
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<at>\d+\.\d+) (?P<what>.*)$")
_SYNCED = re.compile(r"(?:fsync|fdatasync)\b.*\) += 0|<\.\.\. (?:fsync|fdatasync) resumed>.*= 0")


@dataclass(frozen=True)
class Vote:
    """One vote seen in the trace: what was synced between its request and its answer."""

    by_same_thread: int
    by_any: int


def votes_in(lines: Iterable[str]) -> Iterator[Vote]:
    """Each POST that was answered 303, in the order of the answers."""
    asked: dict[str, int] = {}
    syncs: list[str] = []
    for line in lines:
        if (found := _LINE.match(line)) is None:
            continue
        thread, what = found["thread"], found["what"]
        if _SYNCED.search(what):
            syncs.append(thread)
        elif "POST /ballot/" in what:
            asked[thread] = len(syncs)
        elif '"HTTP/1.1 303' in what and thread in asked:
            since = syncs[asked.pop(thread) :]
            yield Vote(since.count(thread), len(since))


def below(pid: int) -> list[int]:
    """The processes started by this one, and by them."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    children = [child for child, parent in pairs if parent == pid]
    return [*children, *(one for child in children for one in below(child))]


def traced(pids: Iterable[int], log: Path) -> subprocess.Popen[bytes]:
    """strace on these processes with all their threads and children."""
    command = ["strace", "-f", "-ttt", "-s", "32", "-e", CALLS, "-o", str(log)]
    tracer = subprocess.Popen(command + [f"-p{pid}" for pid in pids], stderr=subprocess.DEVNULL)
    time.sleep(1)
    return tracer


def trace(voters: int, folder: Path, database_url: str, database: list[int]) -> list[Vote]:
    from pb.core.settings import load_settings
    from pb.factory import create_app
    from pb.voting.draft import Draft
    from tests.conftest import environment_for

    environment = environment_for(folder, database_url)
    app = create_app(load_settings(environment))
    round_id, cookie, token = crash.make_round(app, broken=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours, theirs = multiprocessing.Pipe()
    forked = multiprocessing.get_context("fork")
    serving = forked.Process(target=crash.keep_serving, args=(theirs, port, app), kwargs={"broken": False})
    serving.start()
    ours.send("start")
    server = ours.recv()
    crash.wait_for(port)
    time.sleep(2)  # both web processes
    watched = [*below(server), *database, *(one for pid in database for one in below(pid))]
    tracer = traced(watched, folder / "trace")
    town = crash.Town(port, environment["SECRET_KEY"], round_id, cookie, token, tries=3)
    try:
        for _ in range(voters):
            town.send(crash.Voter(Draft(picks=("B01",))), secrets.token_hex(16))
    finally:
        os.killpg(server, signal.SIGKILL)
        ours.send("stop")
        serving.join(10)
        tracer.terminate()
        tracer.wait()
    return list(votes_in((folder / "trace").read_text(errors="replace").splitlines()))


def report(back: str, votes: list[Vote]) -> int:
    synced = sum(1 for vote in votes if (vote.by_same_thread if back == "sqlite" else vote.by_any))
    print(f"{back}: {len(votes)} votes thanked for, {synced} of them after a sync of their own")
    return 0 if votes and synced == len(votes) else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--back", choices=["sqlite", "pg"], default="sqlite")
    parser.add_argument("--voters", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moothall-trace-") as name:
        folder = Path(name)
        if options.back == "sqlite":
            sys.exit(report("sqlite", trace(options.voters, folder, f"sqlite:///{folder}/t.sqlite", [])))
        from tests.support.postgres import PostgresServer

        (folder / "pg").mkdir()
        server = PostgresServer(folder / "pg")
        server.start()
        try:
            assert server._process
            votes = trace(options.voters, folder, server.new_database(), [server._process.pid])
        finally:
            server.stop()
        sys.exit(report("pg", votes))


if __name__ == "__main__":
    main()
