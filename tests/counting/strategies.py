"""Random small elections that meet ties, poverty, conflicts and empty ballots often."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pb.counting import Approval, Election, Knapsack, Points, Project, Ranking, TieRule, cost_votes_id, lexicographic

# `make proof` sets PROOF=10000; the default run looks at a few dozen.
EXAMPLES = int(os.environ.get("PROOF", "60"))
proof = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)

UTILITIES = {
    "approval": ("cost", "cardinality"),
    "knapsack": ("cost", "cardinality"),
    "points": ("points",),
    "ranking": ("borda", "borda-pabutools"),
}


@st.composite
def ballots(draw: st.DrawFn, kind: str, ids: list[str]) -> object:
    if kind == "points":
        return Points(draw(st.dictionaries(st.sampled_from(ids), st.integers(0, 5), max_size=4)))
    picked = draw(st.lists(st.sampled_from(ids), max_size=4, unique=True))
    return {"approval": Approval, "knapsack": Knapsack, "ranking": Ranking}[kind](picked)


@st.composite
def elections(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(UTILITIES), *, options: bool = True) -> Election:
    size = draw(st.integers(1, 6))
    ids = draw(st.permutations(["1", "10", "2", "a", "b", "c"]))[:size]
    amount = draw(st.sampled_from([st.integers(1, 5), st.integers(0, 12), st.integers(1, 60)]))
    projects = [Project(p, draw(amount)) for p in ids]
    kind = draw(st.sampled_from(kinds))
    cast = draw(st.lists(st.tuples(ballots(kind, ids), st.integers(1, 3)), max_size=7))
    pairs = st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True)
    return Election(
        projects,
        cast,
        draw(st.integers(0, 40)),
        minor_units=draw(st.sampled_from([1, 2, 5])),
        conflicts=draw(st.lists(pairs, max_size=2)) if options and size > 1 and draw(st.booleans()) else (),
        withdrawn=draw(st.sets(st.sampled_from(ids), max_size=1)) if options else (),
        minimum_score=draw(st.sampled_from([0, 0, 0, 2])) if options else 0,
    )


@st.composite
def cases(draw: st.DrawFn, **kwargs: object) -> tuple[Election, TieRule, str]:
    election = draw(elections(**kwargs))  # type: ignore[arg-type]
    ties = draw(st.sampled_from([cost_votes_id(), lexicographic()]))
    return election, ties, draw(st.sampled_from(UTILITIES[election.profile.kind]))
