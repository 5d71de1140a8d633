"""The exact side of a run of Equal Shares: prices and sums of money as whole numbers over one common denominator.

Nothing is computed until a comparison of floats is left open, or the outcome is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.market import Bools, Buyers, Floats, Market
from pb.counting.model import Ints, sums

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
        fresh = self.purchases[len(self.numerators) :]
        if not fresh:
            return
        voters, stakes = self._stakes([purchase.poor for purchase in fresh])
        for purchase, number, stake in zip(fresh, voters, stakes, strict=True):
            owed = self.market.costs[purchase.project] * self.denominator - self._left(number, stake)
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

    def _stakes(self, several: Sequence[Ints]) -> tuple[list[int], Ints]:
        """For several sets of groups: how many voters each has, and (in its row) their stake in every purchase."""
        market, groups = self.market, np.concatenate(several)
        number = np.full(len(market.costs), len(self.purchases))
        number[list(self.number_of)] = list(self.number_of.values())
        row = np.repeat(np.arange(len(several)), [len(one) for one in several])
        lengths, entries = market.starts[groups + 1] - market.starts[groups], market.entries_of(groups)
        amounts = np.repeat(market.weights[groups], lengths) * market.values[entries]
        shape = len(several), len(self.purchases) + 1
        places = np.repeat(row * shape[1], lengths) + number[market.picks[entries]]
        # Sums of weight times value are whole and below 2^53, so these floats are exact.
        stakes = np.bincount(places, amounts, shape[0] * shape[1]).astype(np.int64).reshape(shape)
        return sums(row, market.weights[groups], len(several)), stakes[:, :-1]

    def _left(self, voters: int, stakes: Ints) -> int:
        """What so many voters have left of the endowment after the purchases priced so far, times denominator."""
        bought = np.flatnonzero(stakes[: len(self.numerators)]).tolist()
        return voters * self.endowment - sum(int(stakes[number]) * self.numerators[number] for number in bought)

    def _held(self, groups: Ints, after: int) -> int:
        """What these groups (not spent up by then) hold together after some purchases, times denominator."""
        voters, stakes = self._stakes([groups])
        return self._left(voters[0], stakes[0, :after])

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
