"""What a finished run of Equal Shares has to say for itself: its steps, and for each loser where the money went."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from math import floor

import numpy as np

from pb.counting.market import Floats
from pb.counting.model import Election, Ints, runs
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
        """Row i, column p: the money that all supporters of p (which was not bought) hold together after i purchases.

        A payment in which no supporter of p had a part changes nothing, to the last bit.
        """
        market = self.market
        lost = np.ones(len(market.costs), bool)
        lost[[purchase.project for purchase in self.shares.purchases]] = False
        kept = lost[market.picks] if len(market.picks) else np.zeros(0, bool)
        starts, picks = np.concatenate(([0], np.cumsum(kept)))[market.starts], market.picks[kept]

        def row(groups: Ints, per_voter: Floats) -> Floats:
            lengths = starts[groups + 1] - starts[groups]
            amounts = np.repeat(per_voter * market.weights[groups], lengths)
            return np.bincount(picks[runs(starts[groups], lengths)], amounts, len(lost)).astype(np.float64)

        everybody = np.arange(len(market.weights))
        rows = [row(everybody, np.full(len(everybody), float(self.shares.endowment)))]
        for groups, paid in self._payments():
            rows.append(rows[-1] - row(groups, paid))
        return np.array(rows)

    def _payments(self) -> Iterator[tuple[Ints, Floats]]:
        """For each purchase the groups that paid, and what one voter of each gave."""
        money = np.full(len(self.market.weights), float(self.shares.endowment))
        for number, price in enumerate(self.ledger.prices()):
            buyers = self.market.buyers[self.shares.purchases[number].project]
            spent_up_at = self.ledger.spent_up_at[buyers.groups]
            self.short_voters.append(int(buyers.weight[spent_up_at <= number].sum()))
            due = np.full(len(spent_up_at), price) if buyers.value is None else price * buyers.value
            paid = np.where(spent_up_at == number, money[buyers.groups], due)
            paying = spent_up_at >= number
            groups, paid = buyers.groups[paying], paid[paying]
            money[groups] -= paid
            yield groups, paid

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

    def left(self, p: int, after: int) -> int:
        """What the supporters of p (not bought) held after some purchases, rounded down to minor units."""
        return self._whole(None, after, p)

    def went_to(self, p: int, after: int) -> tuple[tuple[str, int], ...]:
        """What the supporters of p (not bought) gave for each of the first purchases, rounded down, largest first."""
        projects, purchases = self.election.projects, self.shares.purchases
        taken = [
            (projects[purchases[i].project].id, self._whole(i, i + 1, p))
            for i in np.flatnonzero(np.diff(self.held[: after + 1, p])).tolist()
        ]
        return tuple(sorted(taken, key=lambda entry: (-entry[1], entry[0])))

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
        project = self.election.projects[p]
        after = self._died(p, project.cost)
        reason: Reason = "tie" if project.id in self.tied else "shares_already_used" if after else "too_few_for_cost"
        rivals = tuple((winner, amount) for winner, amount in self.went_to(p, after) if amount)
        available = self.left(p, after)
        return NotFunded(project.id, reason, project.cost, self.election.support[p], available, after, rivals)
