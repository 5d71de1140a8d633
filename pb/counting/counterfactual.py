"""What would have had to be different for a project to be funded: found by re-running the count, and confirmed by it.

Outcomes are not monotone (with more supporters a project can lose again, and more so with Add1), so no search proves
that nothing smaller would do. What is reported is a change that funds the project while one step less does not, both
seen in a re-run; `proved` says when all smaller changes are ruled out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.errors import TieRefused
from pb.counting.model import Election, Profile, Project
from pb.counting.outcome import Outcome
from pb.counting.rules import count
from pb.counting.ties import tie_rule

# A search is given up after this many re-runs.
MOST_RERUNS = 80

# Whether a change of this size funds the project.
Probe = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """A confirmed change. `amount`: extra supporters, or the cost in minor units; `proved`: nothing less would do."""

    amount: int
    proved: bool


def least(funds: Probe, low: int, high: int) -> int | None:
    """A size above `low` that funds the project while one less does not.

    low:  known not to; high: expected to, and confirmed before it is returned. None if that fails, or takes too long
    """
    confirmed = False
    for _ in range(MOST_RERUNS):
        if high - low <= 1:
            return high if confirmed or funds(high) else None
        middle = (low + high) // 2
        if funds(middle):
            high, confirmed = middle, True
        else:
            low = middle
    return None


class Reruns:
    """Re-runs of a whole count with one project changed."""

    def __init__(self, election: Election, outcome: Outcome) -> None:
        self.election, self.outcome = election, outcome
        self.ties = tie_rule(outcome.ties)
        given = dict(outcome.parameters)
        self.completion, self.utility = given.get("completion"), given.get("utility")

    def extra_supporters(self, p: int) -> Change | None:
        """The smallest number found of further voters who pick only p with which it is funded. None: not found."""

        def funds(extra: int) -> bool:
            return self._funds(p, self.election.replace(ballots=with_supporters(self.election, p, extra)))

        low, high, limit = 0, 1, 100 * (self.election.num_voters + 10)
        while not funds(high):
            low, high = high, 2 * high
            if high > limit:
                return None
        amount = high if high - low == 1 else least(funds, low, high)
        return None if amount is None else Change(amount, amount == 1)

    def largest_cost(self, p: int) -> Change | None:
        """The largest cost found below its own at which p is funded. None: not found."""
        cost = self.election.costs[p]

        def funds(cut: int) -> bool:
            return self._funds(p, self.election.replace(**with_cost(self.election, p, cost - cut)))

        cut = least(funds, 0, cost) if cost else None
        return None if cut is None else Change(cost - cut, cut == 1)

    def _funds(self, p: int, changed: Election) -> bool:
        rule = self.outcome.rule
        try:
            outcome = count(changed, rule=rule, ties=self.ties, completion=self.completion, utility=self.utility)
        except TieRefused:
            return False
        return self.election.projects[p].id in outcome.funded


def with_supporters(election: Election, p: int, extra: int) -> Profile:
    """The ballots and `extra` more that pick only p: with the most points anybody gave, or first in the ranking."""
    old = election.profile
    value = {"points": max(int(old.values.max(initial=0)), 1), "ranking": 0}.get(old.kind, 1)
    return Profile(
        old.kind,
        np.append(old.weights, extra),
        np.append(old.starts, old.starts[-1] + 1),
        np.append(old.picks, p),
        np.append(old.values, value),
    )


def with_cost(election: Election, p: int, cost: int) -> dict[str, object]:
    """The arguments of `Election.replace` that change one cost and nothing else."""
    projects = list(election.projects)
    projects[p] = Project(projects[p].id, cost)
    return {"projects": projects, "ballots": election.profile}


def bounds(cost: int, supporters: int, voters: int, pot: int) -> tuple[int, int] | None:
    """For Equal Shares: how many extra supporters are surely too few, and surely enough. None: never enough.

    Too few, if all shares of all supporters together are less than the cost; enough, if the newcomers alone can pay,
    since they pay for nothing else.
    """
    if pot <= cost:
        return None
    enough = -(-cost * voters // (pot - cost))
    needed = Fraction(cost * voters - supporters * pot, pot - cost)
    return max(-(-needed.numerator // needed.denominator) - 1, 0), max(enough, 1)
