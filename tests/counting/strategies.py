"""Random small elections that meet ties, poverty, conflicts and empty ballots often."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pb.counting import (
    Approval,
    Ballot,
    Election,
    Knapsack,
    Points,
    Project,
    Ranking,
    TieRule,
    cost_votes_id,
    cost_votes_lot,
    lexicographic,
    votes_lot,
)

T = TypeVar("T")

# `make proof` sets PROOF=10000; the default run looks at a few dozen.
EXAMPLES = int(os.environ.get("PROOF", "60"))
proof = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
# For what is asked of every rule in every variant.
a_quarter = settings(proof, max_examples=EXAMPLES // 4)

# In any order: 200 of them.
IDS = [random.Random(n).sample(["1", "10", "2", "a", "b", "c"], 6) for n in range(200)]
TIES = [cost_votes_id(), lexicographic(), votes_lot("2 July"), cost_votes_lot("2 July")]
UTILITIES = {
    "approval": ("cost", "cardinality"),
    "knapsack": ("cost", "cardinality"),
    "points": ("points",),
    "ranking": ("borda", "borda-pabutools"),
}


class Dice:
    """Choices read from a string of bytes, one each: a hundred times as fast as a strategy for every choice, and it
    shrinks as well, since a smaller byte is a simpler choice."""

    def __init__(self, thrown: bytes) -> None:
        self.thrown = iter(thrown)

    def number(self, least: int, most: int) -> int:
        return least + next(self.thrown, 0) % (most - least + 1)

    def one_of(self, items: Sequence[T]) -> T:
        return items[self.number(0, len(items) - 1)]

    def some_of(self, items: Sequence[T], most: int) -> list[T]:
        """So many of them at most, each once, in any order."""
        left = list(items)
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(self.number(0, min(most, len(left))))]


def elections(kinds: Sequence[str] = tuple(UTILITIES), *, options: bool = True) -> st.SearchStrategy[Election]:
    return st.binary(min_size=120, max_size=120).map(lambda thrown: election(Dice(thrown), kinds, options=options))


def election(dice: Dice, kinds: Sequence[str], *, options: bool) -> Election:
    ids = dice.one_of(IDS)[: dice.number(1, 6)]
    least, most = dice.one_of([(1, 5), (0, 12), (1, 60)])
    projects = [Project(p, dice.number(least, most)) for p in ids]
    kind = dice.one_of(kinds)
    cast = [(ballot(dice, kind, ids), dice.number(1, 3)) for _ in range(dice.number(0, 7))]
    conflicts = [dice.some_of(ids, 2) for _ in range(dice.one_of([0, 0, 1, 2]))] if options else []
    return Election(
        projects,
        cast,
        dice.number(0, 40),
        minor_units=dice.one_of([1, 2, 5]),
        conflicts=[pair for pair in conflicts if len(pair) == 2],
        withdrawn=dice.some_of(ids, 1) if options else (),
        minimum_score=dice.one_of([0, 0, 0, 2]) if options else 0,
        ballot_length=dice.one_of([None, None, 4, 6]) if options and kind == "ranking" else None,
    )


def ballot(dice: Dice, kind: str, ids: Sequence[str]) -> Ballot:
    picked = dice.some_of(ids, 4)
    if kind == "points":
        return Points({p: dice.number(0, 5) for p in picked})
    return {"approval": Approval, "knapsack": Knapsack, "ranking": Ranking}[kind](picked)


@st.composite
def cases(draw: st.DrawFn, **kwargs: Any) -> tuple[Election, TieRule, str]:
    some = draw(elections(**kwargs))
    return some, draw(st.sampled_from(TIES)), draw(st.sampled_from(UTILITIES[some.profile.kind]))


@st.composite
def fine(draw: st.DrawFn, election: Election) -> Election:
    """The same in units a hundred thousand million times smaller, a few of which now make the difference."""
    unit = 10**11
    few = st.integers(-2, 2)
    projects = [Project(p.id, max(p.cost * unit + draw(few), 0)) for p in election.projects]
    limit = max(election.budget_limit * unit + draw(few), 0)
    return election.replace(projects=projects, budget_limit=limit, minor_units=election.minor_units * unit)
