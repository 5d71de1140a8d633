"""The best set of projects within a limit, exactly: dynamic programming over undominated part-sets, pruned by bounds.

A narrow pass that keeps only the most promising part-sets proposes a good set; wider passes prune everything that
provably cannot beat it, until one has dropped nothing else. That last pass is the proof. All numbers are whole, so no
solver's tolerance is trusted, and nothing outside Python is loaded (an integer-programming solver took 1.8 s to import
and still needed this proof).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pb.counting.errors import TooManySets

# Part-sets kept in the passes; the last gives up rather than fill the memory.
WIDTHS = (40, 1_000, 30_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to take or leave: its size, its value (positive), and any label."""

    size: int
    value: int
    label: int


@dataclass(frozen=True, slots=True)
class Part:
    """A choice among the first few items. `bound`: no completion is worth more. `marked`: items still to come that
    may not be taken (or may not be left)."""

    size: int
    value: int
    chosen: int
    marked: int
    bound: int


class Knapsack:
    """Take items of the greatest total value whose sizes add up to at most `limit`.

    rivals: label → labels of which at most one may be taken; with `leave_one` instead, at least one must be taken
    """

    def __init__(
        self, items: Sequence[Item], limit: int, rivals: Mapping[int, frozenset[int]], *, leave_one: bool = False
    ) -> None:
        self.items = sorted(items, key=lambda i: (i.size > 0, -Fraction(i.value, i.size or 1), i.label))
        self.limit, self.leave_one = limit, leave_one
        self.sizes, self.values = [0], [0]
        for item in self.items:
            self.sizes.append(self.sizes[-1] + item.size)
            self.values.append(self.values[-1] + item.value)
        place = {item.label: k for k, item in enumerate(self.items)}
        self.rivals = [
            sum(1 << place[r] for r in rivals.get(item.label, ()) if place.get(r, -1) > k)
            for k, item in enumerate(self.items)
        ]
        self.best: Part | None = None

    def solve(self) -> frozenset[int] | None:
        """The labels of a best set, None if no set obeys the rivals. Raises: TooManySets if the proof is too long."""
        for width in WIDTHS:
            if self._pass(width):
                return None if self.best is None else self._labels(self.best)
        raise TooManySets(len(self.items))

    def _labels(self, part: Part) -> frozenset[int]:
        return frozenset(item.label for k, item in enumerate(self.items) if part.chosen >> k & 1)

    def _pass(self, width: int) -> bool:
        """Go through the items once; whether every part-set dropped was provably no better than the best."""
        proved = True
        parts = [Part(0, 0, 0, 0, self._bound(0, 0, 0))]
        for k in range(len(self.items)):
            parts = undominated([new for part in parts for new in self._branches(k, part)])
            if len(parts) > width:
                parts = sorted(parts, key=lambda part: -part.bound)[:width]
                proved = False
        known = [] if self.best is None else [self.best]
        self.best = max([*known, *parts], key=lambda part: part.value, default=None)
        return proved

    def _branches(self, k: int, part: Part) -> Iterator[Part]:
        item, marked = self.items[k], part.marked >> k & 1
        may_take = not marked or self.leave_one
        may_leave = not marked or not self.leave_one
        if may_leave:
            mark = part.marked | self.rivals[k] if self.leave_one else part.marked
            yield from self._promising(k + 1, part.size, part.value, part.chosen, mark)
        if may_take and part.size + item.size <= self.limit:
            mark = part.marked if self.leave_one else part.marked | self.rivals[k]
            yield from self._promising(
                k + 1, part.size + item.size, part.value + item.value, part.chosen | 1 << k, mark
            )

    def _promising(self, k: int, size: int, value: int, chosen: int, marked: int) -> Iterator[Part]:
        bound = self._bound(k, size, value)
        if self.best is None or bound > self.best.value:
            yield Part(size, value, chosen, marked >> k << k, bound)

    def _bound(self, k: int, size: int, value: int) -> int:
        """No set that begins like this is worth more: fill up by value per size, the last item in part."""
        room = self.limit - size
        last = bisect_right(self.sizes, self.sizes[k] + room, k) - 1
        bound = value + self.values[last] - self.values[k]
        if last < len(self.items):
            item = self.items[last]
            bound += (room - (self.sizes[last] - self.sizes[k])) * item.value // item.size
        return bound


def undominated(parts: list[Part]) -> list[Part]:
    """Without those for which another with the same marks is no larger and worth at least as much."""
    best: dict[int, int] = {}
    kept = []
    for part in sorted(parts, key=lambda part: (part.size, -part.value)):
        if part.value > best.get(part.marked, -1):
            best[part.marked] = part.value
            kept.append(part)
    return kept
