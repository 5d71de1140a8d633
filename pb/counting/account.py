"""What a finished run of Equal Shares has to say for itself: its steps, and for each loser where the money went."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from math import floor

import numpy as np

from pb.counting.market import Floats
from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Reason, Step
from pb.counting.shares import EPSILON, SLACK, Shares


class Account:
    """The money held by the supporters of every project after every purchase, first in floats, exactly on demand."""

    def __init__(self, shares: Shares) -> None:
        self.shares, self.market = shares, shares.market
        self.ledger = shares.ledger
        self.short_voters: list[int] = []

    @cached_property
    def tied(self) -> set[str]:
        return {project for tie in self.shares.ties_met for project in tie.among}

    @property
    def election(self) -> Election:
        return self.market.election

    @cached_property
    def held(self) -> Floats:
        """Row i, column p: the money that all supporters of p hold together after i purchases.

        A payment in which no supporter of p had a part changes nothing, to the last bit.
        """
        rows = [self._row(np.full(len(self.market.weights), float(self.shares.endowment)))]
        for paid in self._payments():
            rows.append(rows[-1] - self._row(paid))
        return np.array(rows)

    def _row(self, per_voter: Floats) -> Floats:
        market = self.market
        groups = np.flatnonzero(per_voter)
        entries = market.entries_of(groups)
        lengths = market.starts[groups + 1] - market.starts[groups]
        amounts = np.repeat(per_voter[groups] * market.weights[groups], lengths)
        held: Floats = np.bincount(market.picks[entries], amounts, len(market.costs)).astype(np.float64)
        return held

    def _payments(self) -> Iterator[Floats]:
        """For each purchase what one voter of each group paid."""
        market = self.market
        money = np.full(len(market.weights), float(self.shares.endowment))
        spent_up = np.zeros(len(market.weights), bool)
        for purchase, price in zip(self.shares.purchases, self.ledger.prices(), strict=True):
            buyers = market.buyers[purchase.project]
            paid = np.zeros(len(money))
            paid[buyers.groups] = price if buyers.value is None else price * buyers.value
            paid[purchase.poor] = money[purchase.poor]
            paid[spent_up] = 0.0
            spent_up[purchase.poor] = True
            self.short_voters.append(int(buyers.weight[spent_up[buyers.groups]].sum()))
            money -= paid
            money[spent_up] = 0.0
            yield paid

    # -- exact where it shows

    def _exact(self, after: int, p: int) -> Fraction:
        """The money held by the supporters of p after some purchases."""
        return self.ledger.held(self.market.buyers[p].groups, after)

    def _doubt(self, p: int) -> float:
        size = len(self.market.buyers[p].groups) + len(self.shares.purchases) + 8
        return SLACK * size * EPSILON * max(float(self.held[0, p]), 1.0)

    def _died(self, p: int, cost: int) -> int:
        """The number of purchases after which the supporters of p first held less than its cost."""
        held, doubt = self.held[:, p], self._doubt(p)
        near = np.flatnonzero(held < cost + doubt).tolist()
        return next(i for i in near if held[i] < cost - doubt or self._exact(i, p) < cost)

    def _whole(self, before: int | None, after: int, p: int) -> int:
        """Money held by the supporters of p (or spent since `before` purchases), rounded down to minor units."""
        held = float(self.held[after, p])
        amount = held if before is None else float(self.held[before, p]) - held
        doubt = 2 * self._doubt(p)
        if floor(amount - doubt) == floor(amount + doubt):
            return floor(amount)
        exact = self._exact(after, p)
        return floor(exact if before is None else self._exact(before, p) - exact)

    # -- what is told

    def steps(self) -> tuple[Step, ...]:
        """One funding per purchase. `share` is what each value cost, to a millionth of a minor unit."""
        election, left = self.election, self.election.budget_limit
        steps = []
        assert self.held is not None  # the payments count those who were short
        short = self.short_voters
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
        project, purchases = self.election.projects[p], self.shares.purchases
        after = self._died(p, project.cost)
        reason: Reason = "tie" if project.id in self.tied else "shares_already_used" if after else "too_few_for_cost"
        taken = [
            (self._whole(i, i + 1, p), self.election.projects[purchases[i].project].id)
            for i in np.flatnonzero(np.diff(self.held[: after + 1, p])).tolist()
        ]
        rivals = tuple((winner, amount) for amount, winner in sorted(taken, key=lambda t: (-t[0], t[1])) if amount)
        available = self._whole(None, after, p)
        return NotFunded(project.id, reason, project.cost, self.election.support[p], available, after, rivals)
