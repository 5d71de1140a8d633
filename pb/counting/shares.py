"""One run of Equal Shares at one endowment: floats propose, integers decide.

A float decides nothing here. Every float carries a bound on its error, and a comparison that the bound leaves open is
made again with whole numbers. That is cheap because of two facts. A group of voters that was never too poor to pay
its part has exactly the endowment minus the payments for the funded projects on its ballot, and one that was has
exactly nothing; so any sum of money is a combination of the endowment and the payments with whole numbers, counted
from the ballots. And prices only rise during a run, so an old price is a lower bound and most need no new look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import NamedTuple

import numpy as np

from pb.counting.errors import TieRefused
from pb.counting.foresight import Foresight, Look
from pb.counting.ledger import Ledger, Purchase
from pb.counting.market import Bools, Buyers, Floats, Market
from pb.counting.model import Ints
from pb.counting.outcome import Tie

EPSILON = 2.0**-53
# Float budgets are computed afresh from whole numbers when their error bound grows beyond this part of the endowment.
STALE = 1e-6
# Bound on the rounding of numpy's pairwise sums, in units of EPSILON: blocks of 128 summed eight abreast, then a tree.
SUMMING = 64
# Safety on every bound: they are derived to first order.
SLACK = 4.0
# What a budget that might not be quite spent is set to, so that exactly nothing means: gave all they had, for sure.
TINY = 1e-300
# Buyers who have nothing left are dropped from a run's lists when they are this part of them.
CROWDED = 0.2
# OpenBLAS uses threads for more than 10,000 numbers: on a busy machine they wait for each other a hundred times longer.
PIECE = 8192


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


class Purses(NamedTuple):
    """What the buyers of a project hold now, by group: a voter, a voter for each value, and all voters together."""

    buyers: Buyers
    money: Floats
    ratio: Floats
    held: Floats


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
        self.bounds = self._opening()
        self.expected: list[Purchase] = []
        self.looks: dict[int, list[Look]] = {}
        self.foresight: Foresight | None = None

    @property
    def purchases(self) -> list[Purchase]:
        return self.ledger.purchases

    def _opening(self) -> Floats:
        """By project a lower bound of its scaled price, infinite for what cannot be bought any more, and behind them
        one more that stays infinite. Nobody can be cheaper than with all supporters rich."""
        market = self.market
        bounds = np.full(len(market.costs) + 1, inf)
        for p, buyers in market.buyers.items():
            bounds[p] = market.costs[p] / buyers.total / market.scale[p] * (1 - SLACK * EPSILON)
        return bounds

    def is_open(self, p: int) -> bool:
        """Whether p may still be bought: nobody's money comes back, so what is out of reach stays there."""
        return bool(self.bounds[p] < inf)

    # -- the run

    def run(self, like: Shares | None = None) -> Shares:
        """Buy until nobody can afford anything more. Raises: TieRefused.

        like: a run at an endowment nearby. What it bought next is looked at first, and what it foresees is not looked
              at, which only saves time
        """
        if like is not None:
            self.expected = like.purchases[::-1]
            self._foresee(like)
        while (quote := self.next_quote()) is not None:
            self.buy(quote)
        self.foresight = None
        return self

    def _foresee(self, model: Shares) -> None:
        self.foresight = Foresight(self.market, model.looks, model.purchases, self.endowment - model.endowment)

    def follow(self, model: Shares) -> bool:
        """Run as long as it is proved that every endowment between the model's and this one buys the same.

        With the same order of purchases, more endowment means that before each purchase every voter has at least as
        much and every price is at most as high (by induction over the purchases). So the bought project's price in
        the model is its dearest in the interval, and any other project's price here is its cheapest; if the first is
        below the second at every purchase, no endowment in between departs from the order.
        """
        self._foresee(model)
        for number, purchase in enumerate(model.purchases):
            self.expected = [purchase]
            quotes = {quote.project: quote for quote in self._quotes(at_least=purchase.ceiling)}
            quote = quotes.pop(purchase.project, None)
            if quote is None or not all(self._is_later(other, model, number) for other in quotes.values()):
                return False
            self.buy(quote)
            self._put_back(quotes.values())
        # Not `next_quote`: this endowment is only tried, and a tie here is not yet one to refuse.
        nothing_more = not self._quotes()
        self.foresight = None
        return nothing_more

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
        self._put_back(quote for quote in quotes if quote is not chosen)
        return chosen

    def _quotes(self, at_least: float = -1.0) -> list[Quote]:
        """The projects that may be cheapest, or not dearer than `at_least`. Their bounds are infinite until they are
        put back."""
        limit, looked = inf, []
        while self.expected and not self.is_open(self.expected[-1].project):
            self.expected.pop()
        guess = self.expected[-1] if self.expected else None
        while True:
            p = guess.project if guess else int(self.bounds.argmin())
            bound = float(self.bounds[p])
            if bound == inf or bound > max(limit, at_least):
                break
            if guess is None and self._is_foreseen(p, max(limit, at_least)):
                continue
            quote = self.quote(p, bound, max(limit, at_least), guess.price if guess else 0.0)
            guess = None
            if quote is not None:
                looked.append(quote)
                limit = min(limit, quote.high)
        limit = max(limit, at_least)
        self._put_back(quote for quote in looked if quote.low > limit)
        return [quote for quote in looked if quote.low <= limit]

    def _clash(self, tied: Sequence[Quote]) -> bool:
        """Free projects come in any order, unless they conflict."""
        among = {quote.project for quote in tied}
        return any(self.market.rivals.get(p, frozenset()) & among for p in among)

    def _is_foreseen(self, p: int, limit: float) -> bool:
        """Whether p proves dearer than `limit`, or out of reach, without a look at its buyers."""
        look = self.foresight.look(p, len(self.purchases)) if self.foresight else None
        if look is None:
            return False
        owed, scale = self.market.costs[p] - look.held, self.market.scale[p]
        low = owed / look.rich / scale * (1 - SLACK * EPSILON) if look.rich else inf if owed > 0 else 0.0
        if low <= limit < inf or low <= self.bounds[p]:
            return False  # it has to be looked at: foresight says no more than is known
        self.bounds[p] = low
        self.looks.setdefault(p, []).append(look)
        return True

    def _put_back(self, quotes: Iterable[Quote]) -> None:
        for quote in quotes:
            self.bounds[quote.project] = quote.low

    def _meet_tie(self, tied: Sequence[Quote], chosen: Quote) -> None:
        projects, ties = self.market.election.projects, self.market.ties
        among = tuple(sorted(projects[q.project].id for q in tied))
        if ties.refuses:
            raise TieRefused(among)
        self.ties_met.append(Tie(len(self.purchases) + 1, among, projects[chosen.project].id, ties.name))

    # -- prices

    def quote(self, p: int, bound: float, limit: float = inf, guess: float = 0.0) -> Quote | None:
        """The price of p now. None if its supporters cannot pay for it (then they never will), or if it proves dearer
        than `limit` on the way (then its bound is raised to what is known by then).

        Newton's method on Σ weight · min(money, price · value) = cost. The sum is concave in the price, so that every
        step ends at or below the solution, also one from a `guess` above it, and those who are then too poor are so
        at the solution. Whoever they are, all pay together at most what these hold and the price times the value of
        the others: hence the lower bound.
        """
        cost, scale, purses = self.market.costs[p], self.market.scale[p], self._purses(p)
        least = bound * scale * (1 - SLACK * EPSILON)
        price, rich, many = max(guess, least, limit * scale if limit < inf else 0.0), 0.0, -1
        self.bounds[p] = inf
        while (now := int(np.count_nonzero(poorer := purses.ratio < price))) != many:
            many, marked = now, poorer.astype(np.float64)
            poor, given = (dot(marked, purses.buyers.stake), dot(marked, purses.held)) if now else (0.0, 0.0)
            rich, rounding = purses.buyers.total - poor, EPSILON * (len(marked) + 8) * (cost + given)
            most = given + poor * self.money_error + rounding
            if rich:
                least = price = max((cost - given) / rich, least)
                low = ((cost - most) / rich - SLACK * EPSILON * price) / scale * (1 - SLACK * EPSILON)
                if low > limit:
                    self.bounds[p] = low
                    self._look(p, most, rich)
                    return None
            elif most + rounding < cost:
                self._look(p, most, rich)
                return None
            elif price > least:
                price, many = least, -1
            else:
                return self._exact_quote(p)
        self._look(p, most, rich)
        return self._settled(p, purses, price, rich, poorer)

    def _purses(self, p: int) -> Purses:
        buyers = self.buyers[p]
        money = self.money.take(buyers.groups)
        return Purses(buyers, money, money if buyers.value is None else money / buyers.value, buyers.weight * money)

    def _settled(self, p: int, purses: Purses, price: float, rich: float, poorer: Bools) -> Quote | None:
        """A quote now that it is known who is too poor, unless floats leave that open."""
        buyers, money, ratio, held = purses
        short, error = poorer.nonzero()[0], SLACK * EPSILON * price
        if len(short):
            # Once more, adding up with less error; and of those who have nothing left we are sure.
            cost = self.market.costs[p]
            price = (cost - float(np.add.reduce(held.take(short)))) / rich
            unsure = buyers.total - rich - self._spent_up(p, money)
            error += (unsure * self.money_error + SUMMING * EPSILON * cost) / rich
        margin = error + 2 * self.money_error
        if np.count_nonzero(ratio < price + margin) != np.count_nonzero(ratio < price - margin):
            return self._exact_quote(p)
        return Quote(p, price, error, self.market.scale[p], buyers, money, short)

    def _look(self, p: int, held: float, rich: float) -> None:
        """Keep for runs at higher endowments what the buyers of p pay at most."""
        poor = self.market.buyers[p].total - rich
        self.looks.setdefault(p, []).append(Look(len(self.purchases), held, poor, rich))

    def _spent_up(self, p: int, money: Floats) -> float:
        """The stake of those who have nothing left. They never pay again: if they are many, drop them in this run."""
        buyers, kept = self.buyers[p], money > 0
        left = np.count_nonzero(kept)
        if left == len(kept):
            return 0.0
        if 0 < left < (1 - CROWDED) * len(kept):
            self.buyers[p] = buyers.only(kept)
        return buyers.total - dot(kept.astype(np.float64), buyers.stake)

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
        left = quote.money - (quote.price if buyers.value is None else quote.price * buyers.value)
        np.maximum(left, TINY, out=left)
        left[short] = 0.0
        self.money[buyers.groups] = left
        newly = buyers.groups.take(short)[quote.money.take(short) > 0]
        rich_value = buyers.total - int(np.add.reduce(buyers.stake.take(short)))
        purchase = Purchase(quote.project, quote.price, newly, rich_value, quote.low, quote.high)
        if self.foresight:
            self.foresight.buy(purchase)
        self.ledger.enter(purchase)
        self.money_error += quote.error * buyers.most + 2 * EPSILON * float(self.endowment)
        for rival in self.market.rivals.get(quote.project, frozenset()):
            self.excluded.setdefault(rival, quote.project)
            self.bounds[rival] = inf
        if self.money_error > STALE * float(self.endowment):
            self.refresh()

    def refresh(self) -> None:
        """Recompute float budgets from whole numbers, so that their error does not grow from purchase to purchase."""
        market, price = self.market, np.zeros(len(self.market.costs))
        for purchase, exact in zip(self.purchases, self.ledger.prices(), strict=True):
            price[purchase.project] = exact
        paid = np.bincount(market.group_of_entry, price[market.picks] * market.values, len(market.weights))
        self.money = np.where(self.ledger.spent_up, 0.0, np.maximum(float(self.endowment) - paid, TINY))
        self.money_error = SLACK * EPSILON * float(self.endowment) * (len(self.purchases) + 2)


def dot(left: Floats, right: Floats) -> float:
    """The sum of the products."""
    if len(left) <= PIECE:
        return float(left.dot(right))
    pieces = (slice(begin, begin + PIECE) for begin in range(0, len(left), PIECE))
    return sum(float(left[piece].dot(right[piece])) for piece in pieces)
