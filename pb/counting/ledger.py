"""The exact side of a run of Equal Shares: prices and sums of money as whole numbers over one common denominator.

Nothing is computed until a comparison of floats is left open, or the outcome is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.market import Bools, Buyers, Floats, Market
from pb.counting.model import Ints

# Budgets this close to a price (as a part of it) are worked out one by one.
NARROW = 1e-7
NEVER = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Purchase:
    """A funded project: its price per value, who gave all they had left (not those with nothing), and the value of
    the others together. `floor` and `ceiling` bound the scaled price, for comparing runs."""

    project: int
    price: float
    poor: Ints
    rich_value: int
    floor: float
    ceiling: float


class Ledger:
    """The purchases of a run, exact.

    Prices and the endowment are `numerator / self.denominator`. The denominator grows with each purchase by the value
    that shares its price, so no greatest common divisor is ever looked for.
    """

    def __init__(self, market: Market, endowment: Fraction) -> None:
        self.market = market
        self.purchases: list[Purchase] = []
        self.number_of: dict[int, int] = {}
        self.endowment, self.denominator = endowment.numerator, endowment.denominator
        self.numerators: list[int] = []
        self.spent_up_at: Ints = np.full(len(market.weights), NEVER, np.int64)

    def enter(self, purchase: Purchase) -> None:
        """Note a purchase; its exact price is worked out when needed."""
        self.spent_up_at[purchase.poor] = len(self.purchases)
        self.number_of[purchase.project] = len(self.purchases)
        self.purchases.append(purchase)

    @property
    def spent_up(self) -> Bools:
        """By group: whether it has given all it had."""
        return self.spent_up_at < NEVER

    # -- prices of what was bought

    def _settle(self) -> None:
        """Work out the exact prices of all purchases entered so far."""
        for number in range(len(self.numerators), len(self.purchases)):
            purchase = self.purchases[number]
            given = self._held(purchase.poor, number)
            owed = self.market.costs[purchase.project] * self.denominator - given
            self._rescale(purchase.rich_value)
            self.numerators.append(owed)

    def _rescale(self, factor: int) -> None:
        self.denominator *= factor
        self.endowment *= factor
        self.numerators = [numerator * factor for numerator in self.numerators]

    def price_of_purchase(self, number: int) -> Fraction:
        """The exact price per value of a purchase."""
        self._settle()
        return Fraction(self.numerators[number], self.denominator)

    def millionths(self, number: int) -> int:
        """The price per value of a purchase in millionths of a minor unit, to the nearest (halves up)."""
        self._settle()
        return (2 * self.numerators[number] * 10**6 + self.denominator) // (2 * self.denominator)

    def prices(self) -> list[float]:
        """All prices per value, each the float nearest to the exact one."""
        self._settle()
        return [numerator / self.denominator for numerator in self.numerators]

    # -- sums of money

    def _held(self, groups: Ints, after: int) -> int:
        """What these groups (not spent up by then) hold together after some purchases, times denominator."""
        market = self.market
        entries = market.entries_of(groups)
        lengths = market.starts[groups + 1] - market.starts[groups]
        amounts = np.repeat(market.weights[groups], lengths) * market.values[entries]
        # Sums of weight times value are whole and below 2^53, so these floats are exact.
        bought = np.bincount(market.picks[entries], amounts, len(market.costs))
        held = int(market.weights[groups].sum()) * self.endowment
        for p in np.flatnonzero(bought).tolist():
            number = self.number_of.get(p, after)
            if number < after:
                held -= int(bought[p]) * self.numerators[number]
        return held

    def held(self, groups: Ints, after: int) -> Fraction:
        """The money all voters of these groups held together after some purchases."""
        self._settle()
        return Fraction(self._held(groups[self.spent_up_at[groups] >= after], after), self.denominator)

    def _budgets(self, groups: Ints) -> list[int]:
        """What one voter of each group holds now, times denominator."""
        market, numerators, number_of = self.market, self.numerators, self.number_of
        budgets = []
        for group in groups.tolist():
            if self.spent_up_at[group] < NEVER:
                budgets.append(0)
                continue
            entries = slice(int(market.starts[group]), int(market.starts[group + 1]))
            picked = zip(market.picks[entries].tolist(), market.values[entries].tolist(), strict=True)
            budgets.append(self.endowment - sum(v * numerators[number_of[p]] for p, v in picked if p in number_of))
        return budgets

    # -- prices of what may be bought

    def price(self, project: int, money: Floats, doubt: float) -> Fraction | None:
        """The exact price per value of a project now, None if its buyers cannot pay for it.

        money: float budgets of its buyers, wrong by at most `doubt`. They only choose for whom exact budgets are
               worked out one by one; a choice that turns out too narrow is made again with everybody
        """
        self._settle()
        buyers = self.market.buyers[project]
        if self.held(buyers.groups, len(self.purchases)) < self.market.costs[project]:
            return None
        ratio = money if buyers.value is None else money / buyers.value
        guess = _guess(buyers, money, ratio, self.market.costs[project])
        margin = NARROW * guess + 8 * doubt
        narrow = self._walk(project, ratio < guess - margin, ratio <= guess + margin)
        if narrow is None or abs(float(narrow) - guess) > margin / 2:
            narrow = self._walk(project, np.zeros(len(ratio), bool), np.ones(len(ratio), bool))
        return narrow

    def _walk(self, project: int, poor: Bools, not_rich: Bools) -> Fraction | None:
        """The price if all of `poor` are too poor for it, of the doubtful ones those who prove to be, nobody else."""
        buyers, market = self.market.buyers[project], self.market
        values = buyers.values()
        weights = market.weights[buyers.groups]
        groups = buyers.groups[poor]
        owed = market.costs[project] * self.denominator
        owed -= self._held(groups[self.spent_up_at[groups] == NEVER], len(self.purchases))
        rich_value = buyers.total - int((weights * values)[poor].sum())
        doubtful = not_rich & ~poor
        budgets = self._budgets(buyers.groups[doubtful])
        known = zip(budgets, values[doubtful].tolist(), weights[doubtful].tolist(), strict=True)
        for budget, value, weight in sorted(known, key=lambda k: Fraction(k[0], k[1])):
            if rich_value and budget * rich_value >= owed * value:
                break
            owed -= weight * budget
            rich_value -= weight * value
        return Fraction(owed, rich_value * self.denominator) if rich_value else None

    def short(self, price: Fraction, project: int, money: Floats, doubt: float) -> Bools:
        """Which buyers have less than they should pay at an exact price."""
        self._settle()
        buyers = self.market.buyers[project]
        values = buyers.values()
        demand = float(price) * values
        margin = NARROW * demand + 8 * doubt
        short: Bools = money < demand - margin
        doubtful = np.flatnonzero(~short & (money <= demand + margin))
        budgets = self._budgets(buyers.groups[doubtful])
        for place, budget in zip(doubtful.tolist(), budgets, strict=True):
            owed = price.numerator * int(values[place]) * self.denominator
            short[place] = budget * price.denominator < owed
        return short


def _guess(buyers: Buyers, money: Floats, ratio: Floats, cost: int) -> float:
    """The price per value in floats: sort by wealth and fill up."""
    order = np.argsort(ratio, kind="stable")
    values = buyers.stake[order]
    paid = np.concatenate(([0.0], np.cumsum((buyers.weight * money)[order])[:-1]))
    left = np.cumsum(values[::-1])[::-1]
    prices = (cost - paid) / left
    enough = np.flatnonzero(prices <= ratio[order])
    return float(prices[enough[0]] if len(enough) else ratio.max())
