"""Whether an outcome can be explained by prices: everyone has the same money, pays only for funded picks, and the
supporters of a project that is not funded never have more left than it costs.

Finding such prices is a linear program; on city-sized elections we look for a witness where there usually is one (the
payments of Equal Shares and of Phragmén's rule, run on the funded projects alone), or for a plain proof that there is
none. Either is exact. If neither is found the answer is "not decided".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.loads import Loads
from pb.counting.market import Bools, Market
from pb.counting.metrics import positions_of
from pb.counting.model import Election
from pb.counting.representation import Utilities
from pb.counting.shares import Shares
from pb.counting.ties import lexicographic

# Halvings of the interval in which an endowment for Equal Shares is looked for.
HALVINGS = 8


@dataclass(frozen=True, slots=True)
class Prices:
    """A witness. Every voter has `endowment`; of each funded project, supporters pay at most the price (for each
    point), or whatever they have left if that is less, in this order. `payments` says by which rule: equal-shares, or
    phragmen (where a price is the load: a supporter pays what brings all she has paid up to it). Minor units."""

    payments: str
    endowment: Fraction
    prices: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class NoPrices:
    """A proof that there are none: to pay for `needs` everybody needs at least `least` (the equal part of the pot if
    `needs` is empty), but then the supporters of `loser` would have more left than it costs."""

    needs: tuple[str, ...]
    least: Fraction
    loser: str


def priceable(
    election: Election, funded: Collection[str], *, endowment: Fraction | None = None, utility: str | None = None
) -> Prices | NoPrices | None:
    """Prices that explain the outcome, a proof that there are none, or None if neither was found.

    endowment: one to try first, such as that of an Equal Shares outcome
    Shapes:  projects shut out by the election, or in conflict with a funded one, do not count as losers
    Raises:  UnknownProject, RuleDoesNotApply
    Source:  Peters, Skowron, "Proportionality and the Limits of Welfarism", EC 2020; for costs: Los, Christoff,
             Grossi, IJCAI 2022. As there, the voters' money together is at least the pot
    """
    return _Search(election, funded, utility).search(endowment)


class _Search:
    def __init__(self, election: Election, funded: Collection[str], utility: str | None) -> None:
        self.election = election
        self.funded = positions_of(election, funded)
        utilities = Utilities(election, funded, utility)
        self.market = utilities.market
        self.losers = utilities.askable()
        self.paying = np.zeros(len(self.market.weights), bool)
        self.paying[utilities.group[utilities.entry_won]] = True
        out = {p.id for q, p in enumerate(election.projects) if q not in set(self.funded)}
        self.alone = election.replace(withdrawn=out, minimum_score=0, conflicts=())
        self.share = Fraction(election.budget_limit, election.num_voters or 1)

    def search(self, endowment: Fraction | None) -> Prices | NoPrices | None:
        least, needs = self._least()
        most, loser = min(self._most(), default=(None, -1))
        if most is not None and most < least:
            return NoPrices(needs, least, self.election.projects[loser].id)
        if not self.funded:
            return Prices("equal-shares", self.share, ())
        return self._by_phragmen() or self._by_equal_shares(endowment, least, most)

    # -- bounds on what everybody has

    def _least(self) -> tuple[Fraction, tuple[str, ...]]:
        """What everybody must have at least: the equal part of the pot, and enough to pay for any one funded project,
        or for all together."""
        projects = self.election.projects
        found: list[tuple[Fraction, tuple[str, ...]]] = [(self.share, ())]
        for p in self.funded:
            voters = self.market.buyers[p].voters if p in self.market.buyers else 0
            # What nobody picked, nobody may pay for: no money is enough. One more than all costs stands for that.
            need = Fraction(projects[p].cost, voters) if voters else Fraction(sum(self.election.costs) + 1)
            found.append((need if projects[p].cost else Fraction(0), (projects[p].id,)))
        payers = int(self.market.weights[self.paying].sum())
        if payers:
            together = sum(self.election.costs[p] for p in self.funded)
            found.append((Fraction(together, payers), tuple(sorted(projects[p].id for p in self.funded))))
        return max(found, key=lambda entry: entry[0])

    def _most(self) -> Iterator[tuple[Fraction, int]]:
        """For each loser what everybody may have at most: those of its supporters who picked nothing funded keep all
        they have, and all of them together cannot spend more than the funded projects they picked cost."""
        costs = self.election.costs
        for p in self.losers:
            buyers = self.market.buyers[p]
            idle = int(buyers.weight[~self.paying[buyers.groups]].sum())
            if idle:
                yield Fraction(costs[p], idle), p
            spendable = sum(costs[q] for q in self.funded if self._share_a_voter(p, q))
            yield Fraction(costs[p] + spendable, buyers.voters), p

    def _share_a_voter(self, p: int, q: int) -> bool:
        if q not in self.market.buyers:
            return False
        return bool(self._members(q)[self.market.buyers[p].groups].any())

    def _members(self, q: int) -> Bools:
        members = np.zeros(len(self.market.weights), bool)
        members[self.market.buyers[q].groups] = True
        return members

    # -- witnesses

    def _by_phragmen(self) -> Prices | None:
        """The loads of Phragmén's rule as payments; everybody has as much as the losers allow."""
        if self.election.profile.kind not in {"approval", "knapsack"}:
            return None
        # The pot is no limit here: what is funded is given.
        everything = self.alone.replace(budget_limit=sum(self.election.costs[p] for p in self.funded))
        loads = Loads(everything, lexicographic(), stops=False).run()
        if len(loads.funded) != len(self.funded):
            return None
        prices = loads.prices()
        paid = [loads.paid_by(self.market.buyers[p]) for p in self.losers]
        limits = [
            (self.election.costs[p] + money) / self.market.buyers[p].voters
            for p, money in zip(self.losers, paid, strict=True)
        ]
        endowment = min(limits, default=max(self.share, prices[-1]))
        if endowment < self.share or endowment < prices[-1]:
            return None
        return Prices("phragmen", endowment, self._named(loads.funded, prices))

    def _by_equal_shares(self, given: Fraction | None, least: Fraction, most: Fraction | None) -> Prices | None:
        """Equal Shares on the funded projects alone, with the given endowment, the least possible one, and the least
        that is found to buy them all."""
        market = Market.of(self.alone, lexicographic(), self.market.utility)
        for endowment in [given, self.share, least]:
            if endowment is not None and (found := self._explains(Shares(market, endowment).run())):
                return found
        low, high = float(least), float(most) if most is not None else 2 * float(least) + 1
        best: Shares | None = None
        for _ in range(HALVINGS):
            shares = Shares(market, Fraction((low + high) / 2).limit_denominator(10**6)).run()
            if len(shares.purchases) == len(self.funded):
                high, best = float(shares.endowment), shares
            else:
                low = float(shares.endowment)
        return None if best is None else self._explains(best)

    def _explains(self, shares: Shares) -> Prices | None:
        """The prices of this run, if it buys everything and leaves no loser's supporters with more than it costs."""
        ledger, bought = shares.ledger, [purchase.project for purchase in shares.purchases]
        if len(bought) != len(self.funded) or shares.endowment < self.share:
            return None
        for p in self.losers:
            if ledger.held(self.market.buyers[p].groups, len(bought)) > self.election.costs[p]:
                return None
        prices = [ledger.price_of_purchase(number) for number in range(len(bought))]
        return Prices("equal-shares", shares.endowment, self._named(bought, prices))

    def _named(self, order: list[int], prices: list[Fraction]) -> tuple[tuple[str, Fraction], ...]:
        return tuple((self.election.projects[p].id, price) for p, price in zip(order, prices, strict=True))
