"""What a finished run of Equal Shares has to say for itself: its steps, and for each loser where the money went."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor

import numpy as np

from pb.counting.ledger import NEVER
from pb.counting.market import Floats
from pb.counting.model import Election, Ints, runs, sums
from pb.counting.outcome import NotFunded, Reason, Step
from pb.counting.shares import EPSILON, SLACK, Shares


@dataclass(frozen=True, eq=False)
class Payments:
    """What was paid in a run, by the profile's entries for bought projects, those of one group after those of another.

    starts: group g made the payments `starts[g]` to `starts[g + 1]`; purchase: its number; paid: by all voters of the
    group together; short_voters: by purchase, how many could not pay in full
    """

    starts: Ints
    purchase: Ints
    paid: Floats
    short_voters: list[int]

    @classmethod
    def of(cls, shares: Shares) -> Payments:
        market, ledger, endowment = shares.market, shares.ledger, float(shares.endowment)
        bought = [purchase.project for purchase in shares.purchases]
        number = np.full(len(market.costs), NEVER)
        number[bought] = np.arange(len(bought))
        purchase = number[market.picks]
        entries = np.flatnonzero(purchase < NEVER)
        group, purchase = market.group_of_entry[entries], purchase[entries]
        last, weight = ledger.spent_up_at[group], market.weights[group]
        full = purchase < last
        due = np.where(full, np.array(ledger.prices())[purchase] * market.values[entries], 0.0)
        rest = np.maximum(endowment - np.bincount(group, due, len(market.weights)), 0.0)
        due = np.where(purchase == last, rest[group], due)
        starts = np.searchsorted(entries, market.starts)
        payers = sums(purchase[full], weight[full], len(bought))
        short = [market.buyers[p].voters - number for p, number in zip(bought, payers, strict=True)]
        return cls(starts, purchase, due * weight, short)

    def by_purchase(self, groups: Ints) -> Floats:
        """For each purchase what these groups paid together."""
        mine = runs(self.starts[groups], self.starts[groups + 1] - self.starts[groups])
        return np.bincount(self.purchase[mine], self.paid[mine], len(self.short_voters)).astype(np.float64)


class Account:
    """The money held by the supporters of every project after every purchase, first in floats, exactly on demand."""

    def __init__(self, shares: Shares) -> None:
        self.shares, self.market = shares, shares.market
        self.ledger = shares.ledger
        self.known: dict[int, Floats] = {}

    @cached_property
    def tied(self) -> set[str]:
        return {project for tie in self.shares.ties_met for project in tie.among}

    @property
    def election(self) -> Election:
        return self.market.election

    @cached_property
    def payments(self) -> Payments:
        return Payments.of(self.shares)

    def held(self, p: int) -> Floats:
        """The money that all supporters of p (which was not bought) hold together after 0, 1, 2 … purchases.

        A payment in which no supporter of p had a part changes nothing, to the last bit.
        """
        if p not in self.known:
            buyers = self.market.buyers[p]
            paid = self.payments.by_purchase(buyers.groups)
            self.known[p] = buyers.voters * float(self.shares.endowment) - np.concatenate(([0.0], np.cumsum(paid)))
        return self.known[p]

    # -- exact where it shows

    def _exact(self, after: int, p: int) -> Fraction:
        """The money held by the supporters of p after some purchases."""
        return self.ledger.held(self.market.buyers[p].groups, after)

    def _doubt(self, p: int) -> float:
        size = len(self.market.buyers[p].groups) + len(self.shares.purchases) + 8
        return SLACK * size * EPSILON * max(float(self.held(p)[0]), 1.0)

    def _died(self, p: int, cost: int) -> int:
        """The number of purchases after which the supporters of p first held less than its cost."""
        if self.market.buyers[p].voters * self.shares.endowment < cost:
            return 0
        held, doubt = self.held(p), self._doubt(p)
        near = np.flatnonzero(held < cost + doubt).tolist()
        return next(i for i in near if held[i] < cost - doubt or self._exact(i, p) < cost)

    def _whole(self, before: int | None, after: int, p: int) -> int:
        """Money held by the supporters of p (or spent since `before` purchases), rounded down to minor units."""
        held = self.held(p)
        amount = float(held[after] if before is None else held[before] - held[after])
        doubt = 2 * self._doubt(p)
        if floor(amount - doubt) == floor(amount + doubt):
            return floor(amount)
        exact = self._exact(after, p)
        return floor(exact if before is None else self._exact(before, p) - exact)

    def left(self, p: int, after: int) -> int:
        """What the supporters of p (not bought) held after some purchases, rounded down to minor units."""
        return self._whole(None, after, p) if after else floor(self.market.buyers[p].voters * self.shares.endowment)

    def went_to(self, p: int, after: int) -> tuple[tuple[str, int], ...]:
        """What the supporters of p (not bought) gave for each of the first purchases, rounded down, largest first."""
        if not after:
            return ()
        projects, purchases = self.election.projects, self.shares.purchases
        taken = [
            (projects[purchases[i].project].id, self._whole(i, i + 1, p))
            for i in np.flatnonzero(np.diff(self.held(p)[: after + 1])).tolist()
        ]
        return tuple(sorted(taken, key=lambda entry: (-entry[1], entry[0])))

    # -- what is told

    def steps(self) -> tuple[Step, ...]:
        """One funding per purchase. `share` is what each value cost, to a millionth of a minor unit."""
        election, left = self.election, self.election.budget_limit
        steps, short = [], self.payments.short_voters
        for number, purchase in enumerate(self.shares.purchases):
            project = election.projects[purchase.project]
            left -= project.cost
            share = Fraction(self.ledger.millionths(number), 10**6)
            support = election.support[purchase.project]
            steps.append(Step(number + 1, "fund", project.id, project.cost, support, left, None, share, short[number]))
        return tuple(steps)

    def losers(self) -> dict[int, NotFunded | Reason]:
        """By position: why each project was not bought."""
        funded = {purchase.project for purchase in self.shares.purchases}
        known: dict[int, NotFunded | Reason] = dict.fromkeys(range(len(self.market.costs)), "no_support")
        known |= self.market.shut
        for p in self.market.buyers:
            if p in self.shares.excluded:
                known[p] = self._excluded(p, self.shares.excluded[p])
            elif p not in funded:
                known[p] = self._unaffordable(p)
        return known

    def _excluded(self, p: int, winner: int) -> NotFunded:
        project, other = self.election.projects[p], self.election.projects[winner]
        order = [purchase.project for purchase in self.shares.purchases]
        after = order.index(winner) + 1
        support = self.election.support[p]
        return NotFunded(project.id, "excluded_pair", project.cost, support, None, after, ((other.id, other.cost),))

    def _unaffordable(self, p: int) -> NotFunded:
        project = self.election.projects[p]
        after = self._died(p, project.cost)
        reason: Reason = "tie" if project.id in self.tied else "shares_already_used" if after else "too_few_for_cost"
        rivals = tuple((winner, amount) for winner, amount in self.went_to(p, after) if amount)
        available = self.left(p, after)
        return NotFunded(project.id, reason, project.cost, self.election.support[p], available, after, rivals)
