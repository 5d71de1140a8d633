"""The crash harness, small: it finds nothing wrong with us, and something wrong once the keys and the lock are gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[2] / "benchmarks" / "crash.py"
pytestmark = pytest.mark.slow


def run(*options: str) -> str:
    done = subprocess.run([sys.executable, HARNESS, *options], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("back", ["sqlite", "pg"])
def test_no_acknowledged_vote_is_lost_or_doubled_when_the_server_is_killed(back: str) -> None:
    assert "violations 0" in run("--back", back, "--voters", "40", "--kills", "2")


def test_without_keys_and_lock_the_harness_reports_violations() -> None:
    assert "there are violations" in run("--voters", "24", "--kills", "0", "--break")
