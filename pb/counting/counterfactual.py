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

# Whether a change of this size funds the project, and what size would have been enough by that re-run (None: no idea).
Probe = Callable[[int], tuple[bool, int | None]]


@dataclass(frozen=True, slots=True)
class Change:
    """A confirmed change. `amount`: extra supporters, or the cost in minor units; `proved`: nothing less would do."""

    amount: int
    proved: bool


def least(probe: Probe, low: int, high: int, guess: int) -> int | None:
    """A size above `low` that funds the project while one less does not.

    low:  known not to; high: expected to, and confirmed before it is returned. None if that fails, or takes too long
    """
    confirmed, before, step = False, None, 1
    for _ in range(MOST_RERUNS):
        if high - low <= 1 and confirmed:
            return high
        size = high if high - low <= 1 else min(max(guess, low + 1), high - 1)
        funded, need = probe(size)
        if not funded and size == high:
            return None
        low, high = (low, size) if funded else (size, high)
        confirmed = confirmed or funded
        # Good guesses miss by little: go on in steps that double, and halve the interval when they overshoot.
        step = 2 * step if funded == before and need != size else 1
        before, guess = funded, size - step if funded else size + step
        if need is not None:
            guess = min(guess, need) if funded else max(guess, need)
        elif not low < guess < high or (low and step > (high - low) // 2):
            guess = (low + high) // 2
    return None


class Reruns:
    """Re-runs of a whole count with one project changed."""

    def __init__(self, election: Election, outcome: Outcome) -> None:
        self.election, self.outcome = election, outcome
        self.ties = tie_rule(outcome.ties)
        given = dict(outcome.parameters)
        self.completion, self.utility = given.get("completion"), given.get("utility")

    def extra_supporters(self, p: int, guess: int | None = None) -> Change | None:
        """The smallest number found of further voters who pick only p with which it is funded. None: not found."""

        def probe(extra: int) -> tuple[bool, None]:
            return self._funds(p, self.election.replace(ballots=with_supporters(self.election, p, extra))), None

        low, high, limit = 0, max(guess or 1, 1), 100 * (self.election.num_voters + 10)
        while not probe(high)[0]:
            low, high = high, 2 * high
            if high > limit:
                return None
        amount = least(probe, low if guess is None else 0, high, high - 1)
        return None if amount is None else Change(amount, amount == 1)

    def largest_cost(self, p: int, guess: int | None = None) -> Change | None:
        """The largest cost found below its own at which p is funded. None: not found."""
        cost = self.election.costs[p]

        def probe(cut: int) -> tuple[bool, None]:
            return self._funds(p, self.election.replace(**with_cost(self.election, p, cost - cut))), None

        cut = least(probe, 0, cost, cost - guess if guess is not None else cost // 2) if cost else None
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
