"""What a run of Equal Shares tells of another at a higher endowment, also where the two differ.

Take what some buyers held in the first run after its first n purchases, and the second run at a moment when it has
bought all of these, in whatever order and whatever else. A voter who was ever short in the second run has nothing
left. Any other has paid the full price of each of these n projects on the ballot, and in the first run paid at most
that; so the second run leaves at most what the first did, the difference between the endowments, and for each of
these projects on the ballot what its price is lower by. Summed over the buyers of a project, the last is the fall of
each price times the value that these buyers put on it (`Market.shared`). Many a project need not be looked at, then,
to know that it is dearer than the one that is bought, or out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pb.counting.ledger import Purchase
from pb.counting.market import Market

# Rounding of one operation, with a safety factor.
ROUNDING = 2.0**-51


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A bound on what the buyers of a project pay together from the purchase number `after` on: at most `held`, which
    is what some of them (of the stake `poor`) hold at most, and the price for each value of the others (`rich`)."""

    after: int
    held: float
    poor: float
    rich: float


class Foresight:
    """Made from the looks and purchases of the run at the lower endowment.

    more:  by how much the endowment is higher
    known: so many of the first run's purchases, from the beginning, have been made in the second run too
    """

    def __init__(
        self, market: Market, looks: Mapping[int, Sequence[Look]], purchases: Sequence[Purchase], more: Fraction
    ) -> None:
        self.market, self.looks, self.purchases, self.more = market, looks, purchases, float(more)
        self.order = np.array([purchase.project for purchase in purchases], np.intp)
        self.number_of = {purchase.project: number for number, purchase in enumerate(purchases)}
        # By purchase of the first run: how much lower its price for each value is, and the largest value of a buyer.
        self.fall, self.most = np.full(len(purchases), -1.0), np.zeros(len(purchases))
        self.known = 0

    def look(self, p: int, number: int) -> Look | None:
        """The last bound there is, as one on the second run after `number` purchases; None if there is none."""
        for look in reversed(self.looks.get(p, ())):
            if look.after <= self.known:
                return Look(number, self._raised(p, look), look.poor, look.rich)
        return None

    def _raised(self, p: int, look: Look) -> float:
        """What the poor ones of a look hold at most in the second run."""
        first = slice(look.after)
        value = np.minimum(self.market.shared(p).take(self.order[first]), look.poor * self.most[first])
        more = max(self.more, 0.0) * look.poor + float(value.dot(self.fall[first]))
        return (look.held + more) * (1 + ROUNDING * (look.after + 8))

    def buy(self, purchase: Purchase) -> None:
        """Take note of the next purchase of the second run."""
        number = self.number_of.get(purchase.project)
        if number is None:
            return
        scale = self.market.scale[purchase.project]
        self.fall[number] = max(self.purchases[number].ceiling - purchase.floor, 0.0) * scale
        self.most[number] = self.market.buyers[purchase.project].most
        while self.known < len(self.fall) and self.fall[self.known] >= 0:
            self.known += 1
