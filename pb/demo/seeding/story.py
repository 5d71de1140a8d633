"""Take steps in the order of time. Steps that follow one another share a transaction, unless one needs its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pb.core.db import committed


@dataclass(frozen=True)
class Step:
    """What happened at a time. `alone`: it ends transactions itself; `says` is the line of progress before it."""

    at: datetime
    do: Callable[[datetime], object]
    says: str = ""
    alone: bool = False


def tell(steps: Iterable[Step], say: Callable[[str], None]) -> None:
    """Take every step; those of the same time in the order given."""
    in_time = sorted(steps, key=lambda step: step.at)
    for alone, run in groupby(in_time, key=lambda step: step.alone):
        if alone:
            for step in run:
                _take(step, say)
        else:
            with committed():
                for step in run:
                    _take(step, say)


def _take(step: Step, say: Callable[[str], None]) -> None:
    if step.says:
        say(step.says)
    step.do(step.at)
