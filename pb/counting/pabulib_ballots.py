"""From ballots as `.pb` text to a `Profile`: blocks of plain ones at a time, the others one by one, where what is not
plainly written (spaces, a project twice, an unknown project, points that are no number) is put right or refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pb.counting.model import LARGEST_AMOUNT, Ints, Kind, Profile, runs
from pb.counting.pabulib_blocks import Block, Cutter, Words, mixed

# Blocks are put together when there are so many, to keep no more than needed of a file that repeats itself.
MANY_BLOCKS = 128


class BadBallot(Exception):
    """A ballot that cannot be counted, with its line."""

    def __init__(self, problem: str, line: int) -> None:
        self.problem, self.line = problem, line


class _Numbers(dict[str, int]):
    """Points by their text; anything but a whole number of at least 0 is a KeyError."""

    def __missing__(self, text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text[:20]) > LARGEST_AMOUNT:
            raise KeyError(text)
        self[text] = int(text)
        return self[text]


class Ballots:
    """Collects ballots of one kind. `oddities` says what was survived.

    ids: of the projects, in order; vote, points: the columns of the ballot and (None: no points) of its points
    """

    def __init__(self, kind: Kind, ids: Sequence[str], vote: int = 0, points: int | None = None) -> None:
        self.kind, self.vote, self.points = kind, vote, points
        self.position = {project: place for place, project in enumerate(ids)}
        self.numbers = _Numbers()
        self.cutter = Cutter(kind, ids, vote, points)
        self.cast = 0
        self.profiles: list[Profile] = []
        self.blocks: list[Block] = []
        self.singles: list[list[tuple[int, int]]] = []
        self.oddities: list[tuple[int, str]] = []

    def add_block(self, text: bytes) -> bool:
        """Add a block of whole lines; False, and nothing added, if it has to be read line by line."""
        block = self.cutter.cut(text)
        if block is None:
            return False
        self._end_singles()
        self.blocks.append(block)
        self.cast += len(block.lengths)
        if len(self.blocks) >= MANY_BLOCKS:
            self._merge()
        return True

    def add(self, cells: Sequence[str], line: int) -> None:
        """Add the ballot of one line. Raises: BadBallot"""
        points = "" if self.points is None else cells[self.points]
        self.singles.append(sorted(self._ballot(cells[self.vote], points, line).items()))
        self.cast += 1

    def profile(self) -> Profile:
        """All ballots, those that say the same in one group, in the order of their first appearance."""
        self._end_singles()
        self._merge()
        return self.profiles[0]

    def _end_singles(self) -> None:
        """Make a block of the ballots that came one by one."""
        if self.singles:
            flat = np.array([entry for ballot in self.singles for entry in ballot], np.int64).reshape(-1, 2)
            lengths = np.array([len(ballot) for ballot in self.singles], np.int64)
            self.blocks.append(Block(lengths, flat[:, 0], flat[:, 1]))
            self.singles = []

    def _merge(self) -> None:
        ones = [np.ones(len(block.lengths), np.int64) for block in self.blocks]
        known = [Block(np.diff(p.starts), p.picks, p.values) for p in self.profiles]
        weights = _joined([*(p.weights for p in self.profiles), *ones])
        lengths, picks, values = (_joined([part[i] for part in [*known, *self.blocks]]) for i in range(3))
        self.profiles, self.blocks = [merged(self.kind, weights, lengths, picks, values)], []

    # -- one by one

    def _ballot(self, ids: str, points: str, line: int) -> dict[int, int]:
        names = [name.strip() for name in ids.split(",")] if ids.strip() else []
        values = iter(self._points(points, len(names), line)) if self.kind == "points" else None
        ballot: dict[int, int] = {}
        for name in names:
            place = self.position.get(name)
            if place is None:
                raise BadBallot(f"a ballot names {name!r}, which is not among the PROJECTS", line)
            value = next(values) if values else len(ballot) if self.kind == "ranking" else 1
            if place in ballot:
                self.oddities.append((line, f"the project {name!r} twice in one ballot: counted once"))
            ballot.setdefault(place, value)
        return ballot

    def _points(self, text: str, expected: int, line: int) -> list[int]:
        given = [point.strip() for point in text.split(",")] if text.strip() else []
        if len(given) != expected:
            raise BadBallot(f"{expected} projects but {len(given)} points", line)
        try:
            return [self.numbers[point] for point in given]
        except KeyError as error:
            raise BadBallot(f"the points {error.args[0]!r} are not a whole number, zero or more", line) from None


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def merged(kind: Kind, weights: Ints, lengths: Ints, picks: Ints, values: Ints) -> Profile:
    """A profile in which ballots that say the same are one group, in the order of their first appearance.

    Candidates are found by a 64-bit sum over their entries and then compared entry by entry, so that neither chance
    nor a forger of equal sums decides anything.
    """
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    first, group = _alike(_digests(starts, lengths, picks, values))
    if not _same(starts, picks, values, first[group]):
        first, group = _told_apart(starts, picks, values)
    together = np.zeros(len(first), np.int64)
    np.add.at(together, group, weights)
    if len(first) == len(lengths):
        return Profile(kind, together[group], starts, picks, values)
    order = np.argsort(first)
    kept = first[order]
    entries = _entries(starts, kept)
    ends = np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64)
    return Profile(kind, together[order], ends, picks[entries], values[entries])


def _digests(starts: Ints, lengths: Ints, picks: Ints, values: Ints) -> Words:
    """By ballot a 64-bit number; those that say the same have the same."""
    if values.size and values.min() == values.max():
        entries = mixed(np.arange(picks.max() + 1), values[:1])[picks]
    else:
        entries = mixed(picks, values)
    total = np.concatenate((np.zeros(1, np.uint64), np.cumsum(entries)))
    return total[starts[1:]] - total[starts[:-1]] + mixed(lengths, lengths)


def _alike(digests: Words) -> tuple[Ints, Ints]:
    """The first place of every number, and for each place which of these it is (`np.unique`, but faster)."""
    order = np.argsort(digests)
    ascending = digests[order]
    begins = np.concatenate(
        (np.zeros(min(1, order.size), np.int64), np.flatnonzero(ascending[1:] != ascending[:-1]) + 1)
    )
    group = np.zeros(order.size, np.int64)
    group[order[begins[1:]]] = 1
    group[order] = np.cumsum(group[order])
    return np.minimum.reduceat(order, begins) if order.size else order, group


def _entries(starts: Ints, groups: Ints) -> Ints:
    return runs(starts[groups], starts[groups + 1] - starts[groups])


def _same(starts: Ints, picks: Ints, values: Ints, like: Ints) -> bool:
    """Whether each ballot says the same as the one it is taken for."""
    other = np.flatnonzero(like != np.arange(len(like)))
    mine, theirs = _entries(starts, other), _entries(starts, like[other])
    if len(mine) != len(theirs):
        return False
    return bool((picks[mine] == picks[theirs]).all() and (values[mine] == values[theirs]).all())


def _told_apart(starts: Ints, picks: Ints, values: Ints) -> tuple[Ints, Ints]:
    """As `np.unique` with first index and inverse, by comparing the ballots themselves."""
    seen: dict[tuple[bytes, bytes], int] = {}
    first: list[int] = []
    group = np.zeros(len(starts) - 1, np.int64)
    for ballot, (begin, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        key = picks[begin:end].tobytes(), values[begin:end].tobytes()
        if key not in seen:
            seen[key] = len(first)
            first.append(ballot)
        group[ballot] = seen[key]
    return np.array(first, np.int64), group
