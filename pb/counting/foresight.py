"""What a run of Equal Shares tells of another at a higher endowment, for as long as both buy the same.

After the same purchases a voter has more in the second run, but only by so much: at first the difference between the
endowments, and after each purchase at most what its price is lower by in addition (two who pay all they have, or all
that is asked, keep their distance or come nearer). So what some buyers held in the first run bounds what they hold in
the second, and many a project need not be looked at to know that it is dearer than the one that is bought, or out of
reach. Where the first purchase differs, foresight ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pb.counting.ledger import Purchase

# Rounding of the few operations here, with a safety factor.
UPWARDS = 1 + 16 * 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A bound on what the buyers of a project pay together from the purchase number `after` on: at most `held`, which
    is what some of them (of the stake `poor`) hold at most, and the price for each value of the others (`rich`)."""

    after: int
    held: float
    poor: float
    rich: float


class Foresight:
    """Made from the looks and purchases of the run at the lower endowment."""

    def __init__(self, looks: Mapping[int, Sequence[Look]], purchases: Sequence[Purchase], more: Fraction) -> None:
        self.looks, self.purchases = looks, purchases
        # By number of purchases: how much more a voter has at most. As long as this list are the equal beginnings.
        self.more = [float(more) * UPWARDS] if more >= 0 else []

    def look(self, p: int, number: int) -> Look | None:
        """The last bound there is before this purchase, None if there is none."""
        if number >= len(self.more):
            return None
        for look in reversed(self.looks.get(p, ())):
            if look.after <= number:
                return Look(number, (look.held + look.poor * self.more[look.after]) * UPWARDS, look.poor, look.rich)
        return None

    def buy(self, purchase: Purchase, number: int, per_price: int) -> None:
        """Take note of the next purchase. per_price: what a voter pays at most for each unit of its scaled price"""
        if number + 1 != len(self.more) or number >= len(self.purchases):
            return
        before = self.purchases[number]
        if before.project == purchase.project:
            lower = (before.ceiling - purchase.floor) * per_price
            self.more.append(max(self.more[-1] + lower, 0.0) * UPWARDS)
