"""One run of Equal Shares at one endowment: floats propose, integers decide.

A float decides nothing here. Every float carries a bound on its error, and a comparison that the bound leaves open is
made again with whole numbers. That is cheap because of two facts. A group of voters that was never too poor to pay
its part has exactly the endowment minus the payments for the funded projects on its ballot, and one that was has
exactly nothing; so any sum of money is a combination of the endowment and the payments with whole numbers, counted
from the ballots. And prices only rise during a run, so an old price is a lower bound and most need no new look.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.errors import TieRefused
from pb.counting.ledger import NEVER, Ledger, Purchase
from pb.counting.market import Buyers, Floats, Market
from pb.counting.model import Ints
from pb.counting.outcome import Tie

EPSILON = 2.0**-53
# Float budgets are computed afresh from whole numbers when their error bound grows beyond this part of the endowment.
STALE = 1e-6
# Bound on the rounding of numpy's pairwise sums, in units of EPSILON: blocks of 128 summed eight abreast, then a tree.
SUMMING = 64
# Safety on every bound: they are derived to first order.
SLACK = 4.0
NOBODY: Ints = np.zeros(0, np.int64)
# Buyers who have nothing left are dropped from a run's lists when they are this part of them.
CROWDED = 0.2


@dataclass(slots=True, eq=False)
class Quote:
    """The price per value of a project now, with an error bound, and what its buyers hold.

    short: who cannot pay in full (positions in buyers.groups); `exact` once the price was computed exactly
    """

    project: int
    price: float
    error: float
    scale: int
    buyers: Buyers
    money: Floats
    short: Ints
    exact: Fraction | None = None

    @property
    def low(self) -> float:
        return (self.price - self.error) / self.scale * (1 - SLACK * EPSILON)

    @property
    def high(self) -> float:
        return (self.price + self.error) / self.scale * (1 + SLACK * EPSILON)


class Shares:
    """The run. `purchases` in order; `excluded` maps a project to the funded one it conflicts with."""

    def __init__(self, market: Market, endowment: Fraction) -> None:
        self.market, self.endowment = market, endowment
        self.money: Floats = np.full(len(market.weights), float(endowment))
        self.money_error = SLACK * EPSILON * float(endowment)
        self.excluded: dict[int, int] = {}
        self.ties_met: list[Tie] = []
        self.ledger = Ledger(market, endowment)
        self.buyers = dict(market.buyers)
        self.waiting = self._opening()

    @property
    def purchases(self) -> list[Purchase]:
        return self.ledger.purchases

    def _opening(self) -> list[tuple[float, int]]:
        """A heap of (lower bound of the scaled price, project): nobody can be cheaper than with all supporters rich."""
        market = self.market
        heap = [
            (market.costs[p] / buyers.total / market.scale[p] * (1 - SLACK * EPSILON), p)
            for p, buyers in market.buyers.items()
        ]
        heapq.heapify(heap)
        return heap

    # -- the run

    def run(self) -> Shares:
        """Buy until nobody can afford anything more. Raises: TieRefused."""
        while (quote := self.next_quote()) is not None:
            self.buy(quote)
        return self

    def follow(self, model: Shares) -> bool:
        """Run as long as it is proved that every endowment between the model's and this one buys the same.

        With the same order of purchases, more endowment means that before each purchase every voter has at least as
        much and every price is at most as high (by induction over the purchases). So the bought project's price in
        the model is its dearest in the interval, and any other project's price here is its cheapest; if the first is
        below the second at every purchase, no endowment in between departs from the order.
        """
        for number, purchase in enumerate(model.purchases):
            quotes = {quote.project: quote for quote in self._quotes(at_least=purchase.ceiling)}
            quote = quotes.pop(purchase.project, None)
            if quote is None or not all(self._is_later(other, model, number) for other in quotes.values()):
                return False
            self.buy(quote)
            for other in quotes.values():
                heapq.heappush(self.waiting, (other.low, other.project))
        return self.next_quote() is None

    def _is_later(self, other: Quote, model: Shares, number: int) -> bool:
        """Whether the model's purchase was not dearer than the other project is here, and goes first if equal."""
        purchase, market = model.purchases[number], self.market
        scale = market.scale[purchase.project]
        if other.high < purchase.floor or market.ties.refuses:
            return False
        bought = model.ledger.price_of_purchase(number) / scale
        here = self._exact(other) / other.scale
        return bought < here or (bought == here and market.ranks[purchase.project] < market.ranks[other.project])

    def next_quote(self) -> Quote | None:
        """The project to buy next; None if none is affordable. Ties are met here."""
        quotes = self._quotes()
        if len(quotes) < 2:
            return quotes[0] if quotes else None
        prices = {quote.project: self._exact(quote) / quote.scale for quote in quotes}
        least = min(prices.values())
        tied = [q for q in quotes if prices[q.project] == least]
        chosen = min(tied, key=lambda q: self.market.ranks[q.project])
        if len(tied) > 1 and (least or self._clash(tied)):
            self._meet_tie(tied, chosen)
        for quote in quotes:
            if quote is not chosen:
                heapq.heappush(self.waiting, (quote.low, quote.project))
        return chosen

    def _quotes(self, at_least: float = -1.0) -> list[Quote]:
        """The projects that may be cheapest, or not dearer than `at_least`, taken off the heap; the rest stay on."""
        limit, looked = np.inf, []
        while self.waiting and self.waiting[0][0] <= max(limit, at_least):
            bound, p = heapq.heappop(self.waiting)
            if p in self.excluded:
                continue
            quote = self.quote(p, bound, max(limit, at_least))
            if quote is not None:
                looked.append(quote)
                limit = min(limit, quote.high)
        limit = max(limit, at_least)
        for quote in looked:
            if quote.low > limit:
                heapq.heappush(self.waiting, (quote.low, quote.project))
        return [quote for quote in looked if quote.low <= limit]

    def _clash(self, tied: Sequence[Quote]) -> bool:
        """Free projects come in any order, unless they conflict."""
        among = {quote.project for quote in tied}
        return any(self.market.rivals.get(p, frozenset()) & among for p in among)

    def _meet_tie(self, tied: Sequence[Quote], chosen: Quote) -> None:
        projects, ties = self.market.election.projects, self.market.ties
        among = tuple(sorted(projects[q.project].id for q in tied))
        if ties.refuses:
            raise TieRefused(among)
        self.ties_met.append(Tie(len(self.purchases) + 1, among, projects[chosen.project].id, ties.name))

    # -- prices

    def quote(self, p: int, bound: float, limit: float = np.inf) -> Quote | None:
        """The price of p now. None if its supporters cannot pay for it (then they never will), or if it proves dearer
        than `limit` on the way (then p goes back on the heap with what is known by then)."""
        buyers, cost, scale = self.buyers[p], self.market.costs[p], self.market.scale[p]
        money = self.money.take(buyers.groups)
        ratio = money if buyers.value is None else money / buyers.value
        rounding = SUMMING * EPSILON * max(cost, 1)
        price, short, seen = bound * scale * (1 - SLACK * EPSILON), NOBODY, -1
        while (now := int(np.count_nonzero(poorer := ratio < price))) > seen:
            seen, short = now, poorer.nonzero()[0]
            weight, held = buyers.weight.take(short), money.take(short)
            stake = weight if buyers.value is None else buyers.stake.take(short)
            given, poor = float(np.add.reduce(weight * held)), float(np.add.reduce(stake))
            if poor == buyers.total:
                return self._all_poor(p, given, rounding)
            # Newton's method from below on Σ weight · min(money, price · value) = cost: the sum is concave in the
            # price, so the steps never overshoot, and end when nobody more turns out too poor.
            price = (cost - given) / (buyers.total - poor)
            error = (poor * self.money_error + rounding) / (buyers.total - poor) + SLACK * EPSILON * price
            if (low := (price - error) / scale * (1 - SLACK * EPSILON)) > limit:
                heapq.heappush(self.waiting, (low, p))
                return None
        if len(short):
            # Of those who have nothing left we are sure.
            unsure = float(np.add.reduce(stake * (held > 0)))
            error = (unsure * self.money_error + rounding) / (buyers.total - poor) + SLACK * EPSILON * price
            self._drop_the_spent_up(p, money)
        margin = error + 2 * self.money_error
        if np.count_nonzero(ratio < price + margin) != np.count_nonzero(ratio < price - margin):
            return self._exact_quote(p)
        return Quote(p, price, error, scale, buyers, money, short)

    def _all_poor(self, p: int, held: float, rounding: float) -> Quote | None:
        """Nobody could pay the price in full: they hold too little, or just enough."""
        doubt = self.buyers[p].voters * self.money_error + 2 * rounding
        return None if held < self.market.costs[p] - doubt else self._exact_quote(p)

    def _drop_the_spent_up(self, p: int, money: Floats) -> None:
        """Those who have nothing left never pay again: look at them no more in this run."""
        kept = money > 0
        if 0 < np.count_nonzero(kept) < (1 - CROWDED) * len(kept):
            self.buyers[p] = self.buyers[p].only(kept)

    def _exact_quote(self, p: int) -> Quote | None:
        exact = self._exact_price(p)
        if exact is None:
            return None
        buyers = self.market.buyers[p]
        money = self.money[buyers.groups]
        short = np.flatnonzero(self.ledger.short(exact, p, money, self.money_error))
        return Quote(p, float(exact), SLACK * EPSILON * float(exact), self.market.scale[p], buyers, money, short, exact)

    def _exact(self, quote: Quote) -> Fraction:
        if quote.exact is None and not len(quote.short):
            quote.exact = Fraction(self.market.costs[quote.project], quote.buyers.total)
        if quote.exact is None:
            quote.exact = self._exact_price(quote.project)
        assert quote.exact is not None, "somebody could have paid more, so it is affordable"
        return quote.exact

    def _exact_price(self, p: int) -> Fraction | None:
        return self.ledger.price(p, self.money[self.market.buyers[p].groups], self.money_error)

    # -- paying

    def buy(self, quote: Quote) -> None:
        """Everybody who picked it pays the price per value, or all they have left if that is less."""
        buyers, short = quote.buyers, quote.short
        poor = buyers.groups.take(short)
        rich_value = buyers.total - int(np.add.reduce(buyers.stake.take(short)))
        newly = poor[self.ledger.spent_up_at[poor] == NEVER]
        self.ledger.enter(Purchase(quote.project, quote.price, newly, rich_value, quote.low, quote.high))
        demand = quote.price if buyers.value is None else quote.price * buyers.value
        self.money[buyers.groups] = np.maximum(quote.money - demand, 0.0)
        self.money[poor] = 0.0
        self.money_error += quote.error * buyers.most + 2 * EPSILON * float(self.endowment)
        for rival in self.market.rivals.get(quote.project, frozenset()):
            self.excluded.setdefault(rival, quote.project)
        if self.money_error > STALE * float(self.endowment):
            self.refresh()

    def refresh(self) -> None:
        """Recompute float budgets from whole numbers, so that their error does not grow from purchase to purchase."""
        market, price = self.market, np.zeros(len(self.market.costs))
        for purchase, exact in zip(self.purchases, self.ledger.prices(), strict=True):
            price[purchase.project] = exact
        group = np.repeat(np.arange(len(market.weights)), np.diff(market.starts))
        paid = np.bincount(group, price[market.picks] * market.values, len(market.weights))
        self.money = np.where(self.ledger.spent_up, 0.0, np.maximum(float(self.endowment) - paid, 0.0))
        self.money_error = SLACK * EPSILON * float(self.endowment) * (len(self.purchases) + 2)
