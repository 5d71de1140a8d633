"""Sharing costs among those who picked them so that the most anybody pays is least, by exact whole-number flows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pb.counting.model import Ints

# Amounts are scaled to whole numbers; beyond this, numpy's integers give way to Python's.
FITS_64_BITS = 2**62


@dataclass(frozen=True, eq=False)
class Sharing:
    """Projects to be paid for, and classes of voters who may pay.

    costs: per project; weights: voters per class; picked: per project the classes that picked it, ascending
    """

    costs: list[int]
    weights: Ints
    picked: list[Ints]

    def least_load(self, bound: Fraction = Fraction(0)) -> Fraction:
        """The least possible largest payment of one voter. `bound` is known not to exceed it.

        By duality it is the greatest cost per supporter of any set of projects. Starting from a bound, a flow either
        shares all costs without anybody paying more, or leaves a set of projects that costs more per supporter: the
        next bound (Dinkelbach's method).
        """
        while (dear := self.too_dear_at(bound)) is not None:
            cost, voters = self.set_of(dear)
            bound = Fraction(cost, voters)
        return bound

    def set_of(self, projects: list[int]) -> tuple[int, int]:
        """The cost of some projects, and how many voters picked any of them."""
        reached = np.zeros(len(self.weights), bool)
        for p in projects:
            reached[self.picked[p]] = True
        return sum(self.costs[p] for p in projects), int(self.weights[reached].sum())

    def too_dear_at(self, load: Fraction) -> list[int] | None:
        """A set of projects that costs more than `load` per supporter, None if there is none."""
        return Flow(self, load).run()


class Flow:
    """Push-relabel with projects as the only nodes.

    `level` of a project is a lower bound on the number of projects (itself included) through which its excess must go
    to reach somebody who can still pay: 1 if one of its own supporters can. A project whose supporters are all at
    their limit pushes another project's payments away from them. Above `len(costs)` there is no way.
    """

    def __init__(self, sharing: Sharing, load: Fraction) -> None:
        self.picked = sharing.picked
        scale = load.denominator
        most = max(max(sharing.costs) * scale, int(sharing.weights.sum()) * load.numerator)
        kind = np.int64 if most * len(sharing.costs) < FITS_64_BITS else object
        self.spare: NDArray[np.int64] = sharing.weights.astype(kind) * load.numerator
        self.paid: NDArray[np.int64] = np.zeros((len(sharing.costs), len(sharing.weights)), kind)
        self.excess = [cost * scale for cost in sharing.costs]
        self.level = [1] * len(sharing.costs)

    def run(self) -> list[int] | None:
        """The projects that cannot be paid for, with all whose payments would have to make room; None if all can."""
        top = len(self.excess)
        while active := [p for p, excess in enumerate(self.excess) if excess and self.level[p] <= top]:
            p = min(active, key=lambda p: self.level[p])
            self._discharge(p)
        if not any(self.excess):
            return None
        return sorted(set(range(top)) - self._can_reach_spare())

    def _discharge(self, p: int) -> None:
        """Push what p still owes as far as its level allows, then raise the level."""
        classes = self.picked[p]
        if self.level[p] == 1:
            taken = _fill(self.spare[classes], self.excess[p])
            self.spare[classes] -= taken
            self._pay(p, taken)
        for q in range(len(self.excess)):
            if self.excess[p] and self.level[q] == self.level[p] - 1:
                taken = _fill(self.paid[q, classes], self.excess[p])
                self.paid[q, classes] -= taken
                self.excess[q] += int(taken.sum())
                self._pay(p, taken)
        if self.excess[p]:
            self.level[p] = self._raised(p)

    def _pay(self, p: int, taken: NDArray[np.int64]) -> None:
        self.paid[p, self.picked[p]] += taken
        self.excess[p] -= int(taken.sum())

    def _raised(self, p: int) -> int:
        shared = self.paid[:, self.picked[p]].any(axis=1)
        levels = [self.level[q] for q in np.flatnonzero(shared).tolist() if q != p]
        return 1 + min(levels, default=len(self.excess))

    def _can_reach_spare(self) -> set[int]:
        """The projects from which a payment could still be moved on, step by step, to somebody who can pay more."""
        reach = {p for p, classes in enumerate(self.picked) if self.spare[classes].any()}
        grown = reach
        while grown:
            movable = np.any(self.paid[sorted(grown)], axis=0)
            grown = {p for p, classes in enumerate(self.picked) if p not in reach and movable[classes].any()}
            reach |= grown
        return reach


def _fill(room: NDArray[np.int64], amount: int) -> NDArray[np.int64]:
    """Take `amount`, or all there is, from places with some room, the first ones first."""
    before = np.cumsum(room) - room
    left: NDArray[np.int64] = np.maximum(amount - before, 0)
    taken: NDArray[np.int64] = np.minimum(room, left)
    return taken
