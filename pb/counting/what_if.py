"""Counterfactuals for Equal Shares without completion, for every loser at once, in seconds on a city.

One run tells for each purchase how much the supporters of every loser would have paid at its price; from that follows
what each lacked. A lower cost changes nothing before the project is bought, so the largest cost is the largest of
these sums. Extra supporters lower everybody's share a little, so there the sums are only a guess, which re-runs of the
changed election (stopped as soon as the project's fate is known) correct and confirm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from types import SimpleNamespace
from typing import cast

import numpy as np

from pb.counting.counterfactual import MOST_RERUNS, Change, bounds
from pb.counting.market import Buyers, Market
from pb.counting.model import Election
from pb.counting.shares import Quote, Shares

# Sums of floats are this close, as a part of them.
NEAR = 1e-9
NEVER = 2**60

# Whether a change of this size funds the project, and what size would have been enough by that re-run.
Probe = Callable[[int], tuple[bool, int]]


class WhatIf:
    """Re-runs of Equal Shares at exactly the equal share of the pot, with one project changed.

    cost: loser → the largest cost its supporters would have paid, in floats
    """

    def __init__(self, market: Market) -> None:
        self.market, self.election = market, market.election
        # Room for one more group of ballots, which picks one project; filled in for every re-run.
        self.weights, self.starts = np.append(market.weights, 0), np.append(market.starts, market.starts[-1] + 1)
        self.picks, self.values = np.append(market.picks, 0), np.append(market.values, _worth(market))
        self.cost: dict[int, float] = dict.fromkeys(market.buyers, 0.0)
        needs = self._needs(0, self.cost)
        self.grid = [(0, needs)]
        for extra in _quantiles(sorted(needs.values())):
            self.grid.append((extra, self._needs(extra)))

    def _share(self, extra: int) -> Fraction:
        return Fraction(self.election.budget_limit, self.election.num_voters + extra)

    def _needs(self, extra: int, cost: dict[int, float] | None = None) -> dict[int, int]:
        """By loser: how many extra supporters would have been enough if everybody had the share that is left by `extra`
        people more. `cost`, where given, is raised to the largest cost that would have been paid, and loses winners."""
        market, run = self.market, Shares(self.market, self._share(extra))
        needs = dict.fromkeys(market.buyers, NEVER)
        while True:
            quote = run.next_quote()
            for p in needs:
                needs[p] = min(needs[p], _need(market, p, market.buyers[p], run, quote))
                if cost is not None:
                    cost[p] = max(cost[p], _dearest(market, p, run, quote, cost[p]))
            if quote is None:
                return needs
            del needs[quote.project]
            if cost is not None:
                del cost[quote.project]
            run.buy(quote)

    # -- a lower cost

    def largest_cost(self, p: int) -> Change | None:
        """The largest cost at which p is funded, in minor units, confirmed. None if not even a cost of 0 would do."""
        best = self.cost[p]
        least, most = floor(best * (1 - NEAR)), min(floor(best * (1 + NEAR)), self.election.costs[p] - 1)
        for tried in range(most, max(least - 2, -1), -1):
            if self._funded_at(p, tried):
                return Change(tried, proved=True)
        return None

    def _funded_at(self, p: int, cost: int) -> bool:
        market, costs, scale = self.market, list(self.market.costs), list(self.market.scale)
        costs[p] = cost
        scale[p] = max(cost, 1) if market.utility == "cost" else 1
        changed = replace(market, costs=costs, scale=scale, ranks=self._ranks(costs, self.election.support))
        return self._fate(changed, p, self._share(0))[0]

    # -- more supporters

    def extra_supporters(self, p: int) -> Change | None:
        """The smallest number found of extra supporters with which p is funded, confirmed, and one fewer is not."""
        cost, voters = self.election.costs[p], self.election.num_voters
        limits = bounds(cost, self.election.support[p], voters, self.election.budget_limit)
        if limits is None:
            return None
        low, high = limits

        def probe(extra: int) -> tuple[bool, int]:
            return self._fate(self._with_supporters(p, extra), p, self._share(extra), self.market.buyers[p])

        amount = least_by_needs(probe, low, high, self._guess(p))
        return None if amount is None else Change(amount, amount == low + 1)

    def _guess(self, p: int) -> int:
        """Where the number needed, in a straight line between the shares looked at, would be the number there is."""
        points = [(extra, needs.get(p, 1)) for extra, needs in self.grid]
        for (extra, need), (extra_2, need_2) in pairwise(points):
            if need > extra and need_2 <= extra_2:
                slope = (need_2 - need) / (extra_2 - extra)
                return round((need - slope * extra) / (1 - slope))
        return points[-1][1]

    def _with_supporters(self, p: int, extra: int) -> Market:
        """The market with one more group of ballots, which picks only p."""
        old, group = self.market, len(self.market.weights)
        buyers = dict(old.buyers)
        mine = buyers[p]
        value = None if mine.value is None else np.append(mine.value, _worth(old))
        if value is None and _worth(old) > 1:
            value = np.append(np.ones(len(mine.groups)), _worth(old))
        buyers[p] = Buyers.of(np.append(mine.groups, group), np.append(mine.weight, float(extra)), value)
        support = list(self.election.support)
        support[p] += extra
        self.weights[-1], self.picks[-1] = extra, p
        return replace(
            old,
            buyers=buyers,
            ranks=self._ranks(old.costs, support),
            weights=self.weights,
            starts=self.starts,
            picks=self.picks,
            values=self.values,
        )

    # -- re-runs

    def _ranks(self, costs: list[int], support: list[int]) -> list[int]:
        """Tie rules look at projects, costs and support only."""
        changed = SimpleNamespace(projects=self.election.projects, costs=costs, support=support)
        return self.market.ties.ranks(cast(Election, changed))

    def _fate(self, market: Market, p: int, share: Fraction, regulars: Buyers | None = None) -> tuple[bool, int]:
        """Whether p is bought; and with `regulars`, how many supporters beyond these would have been enough.

        The run ends as soon as p is bought, or can no longer be, or is shut out by a rival.
        """
        run, need = Shares(market, share), NEVER
        while True:
            quote = run.next_quote()
            bought = quote is not None and quote.project == p
            if regulars is not None:
                # Before the purchase of p itself, what counts is what it goes before.
                need = min(need, _need(market, p, regulars, run, run.next_quote() if bought else quote))
            if bought:
                return True, need
            if quote is not None:
                run.buy(quote)
            if quote is None or not run.is_open(p):
                return False, need


def least_by_needs(probe: Probe, low: int, high: int, guess: int) -> int | None:
    """As `least`, going by what each re-run says would have been enough: on a city two or three re-runs do.

    low:  known not to fund it; high: expected to, and confirmed before it is returned. None if that fails, or takes too
          long
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
        guess = min(guess, need) if funded else max(guess, need)
    return None


def _worth(market: Market) -> int:
    """The value of p to a newcomer: the most points anybody gave, the first place of a ranking, or 1."""
    if market.utility == "points":
        return max(int(market.election.profile.values.max(initial=0)), 1)
    return market.election.longest_ballot if market.utility == "borda" else 1


def _quantiles(needs: list[int]) -> list[int]:
    """A few numbers of extra supporters among which those needed will be: shares get smaller, so needs get larger."""
    return sorted({needs[len(needs) * part // 4] * 5 // 4 for part in (1, 2, 3)} | {2 * needs[-1]}) if needs else []


def _need(market: Market, p: int, regulars: Buyers, run: Shares, quote: Quote | None) -> int:
    """How many supporters beside the regular ones would be enough for p to be bought before this purchase (or last)."""
    price = np.inf if quote is None else quote.price / quote.scale * market.scale[p]
    due = price if regulars.value is None else price * regulars.value
    offered = float((regulars.weight * np.minimum(run.money[regulars.groups], due)).sum())
    each = min(float(run.endowment), price * _worth(market))
    return max(ceil((market.costs[p] - offered) / each), 1) if each > 0 else NEVER


def _dearest(market: Market, p: int, run: Shares, quote: Quote | None, known: float) -> float:
    """The largest cost that its supporters would have paid for p before this purchase (or last), if above `known`.

    What they pay is concave in the price, and for the utility `cost` the price may rise with the cost. Newton's method
    from above comes down on the largest solution of paid = cost.
    """
    buyers = market.buyers[p]
    money, value = run.money[buyers.groups], buyers.values()
    if quote is None:
        return float((buyers.weight * money).sum())
    ratio = quote.price / quote.scale
    if market.utility != "cost":
        return float((buyers.weight * np.minimum(money, ratio * value)).sum())
    if float((buyers.weight * np.minimum(money, ratio * known)).sum()) < known:
        return known
    cost = float((buyers.weight * money).sum())
    while True:
        short = money < ratio * cost
        fixed = float((buyers.weight * money)[short].sum())
        slope = ratio * float(buyers.weight[~short].sum())
        lower = fixed / (1 - slope) if slope < 1 else cost
        if not lower < cost * (1 - 1e-12):
            return cost
        cost = lower
