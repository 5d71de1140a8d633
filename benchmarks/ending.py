"""Ending what a benchmark started, whatever ends the benchmark: servers must not outlive it."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In a child: be killed when the parent ends, even by SIGKILL. (Linux; gunicorn's workers follow their master.)"""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_as_usual_on_sigterm() -> None:
    """Let `timeout` and the like end us through every `finally`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
