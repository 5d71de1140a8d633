"""Turns at writing: one at a time among threads and processes, given back by whoever dies, never waited for long."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from pb.core.db import committed, session
from pb.core.turns import Turns

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from pb.core.turns import Turns
print(Turns(Path(sys.argv[1])).take(), flush=True)
time.sleep(60)
"""


def test_threads_take_turns(tmp_path: Path) -> None:
    turns, inside, most = Turns(tmp_path / "turns"), [0], []

    def write() -> None:
        assert turns.take()
        inside[0] += 1
        most.append(inside[0])
        threading.Event().wait(0.001)
        inside[0] -= 1
        turns.give()

    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 20


def test_another_process_keeps_its_turn_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "turns"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "True\n"

        assert not Turns(path, patience=0).take()

        other.kill()
        other.wait()
        assert Turns(path).take()


def test_who_waited_too_long_goes_on_and_the_next_one_has_a_turn(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turns", patience=0)
    assert turns.take()
    assert not turns.take()

    turns.give()

    assert turns.take()


def test_where_the_file_cannot_be_made_nobody_has_a_turn_and_nobody_is_stopped(tmp_path: Path) -> None:
    """A full or read-only disk: what is wrong is said by the database, not here, and it is over when it is over."""
    folder = tmp_path / "away"
    turns = Turns(folder / "turns", patience=0)

    assert not turns.take()

    folder.mkdir()
    assert turns.take()


def test_a_turn_ends_with_the_transaction_that_wrote(
    app_on: Callable[[str], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on("sqlite")
    turns: Turns = app.extensions["turns"]
    monkeypatch.setattr(turns, "_patience", 0)
    with app.app_context():
        with committed():
            session().execute(text("UPDATE ward SET about = about"))
            assert not turns.take()

        assert turns.take()
        turns.give()
        session().execute(text("SELECT 1"))
        assert turns.take(), "reading takes no turn"
        turns.give()
        session().rollback()
