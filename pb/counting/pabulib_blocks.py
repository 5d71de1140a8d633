"""Ballots cut out of a block of `.pb` text by whole-array operations, without a Python object for any of them.

A block is read this way only if it is plain: no quotes, as many columns as needed on every line, every project known,
none twice in a ballot, every number of points a short number. Anything else makes `cut` return None, and the block is
read line by line, where it is put right or refused with its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pb.counting.model import Ints, Kind, runs

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

LONGEST_LINE, LONGEST_ID, LONGEST_NUMBER = 1 << 20, 16, 8
NEWLINE, SEMICOLON, COMMA, ZERO = b"\n;,0"
# By number of bytes: what is left of eight bytes, read as a little-endian number, when only so many are meant.
MEANT = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
PADDING = b"\n" + bytes(2 * LONGEST_ID)


class Block(NamedTuple):
    """Ballots in order: how many entries each has, and their picks (ascending in each ballot) and values."""

    lengths: Ints
    picks: Ints
    values: Ints


class _Tokens(NamedTuple):
    """The parts between the commas of one column: how many per line, where each begins, and its length."""

    counts: Ints
    begins: Ints
    sizes: Ints


@dataclass(frozen=True)
class _Lines:
    """The lines of a block that are not empty, and where its separators are."""

    data: Bytes
    begins: Ints
    ends: Ints
    semicolons: Ints
    commas: Ints

    @classmethod
    def of(cls, text: str) -> _Lines:
        data = np.frombuffer(text.encode() + PADDING, np.uint8)
        ends = np.flatnonzero(data == NEWLINE)
        begins = np.concatenate(([0], ends[:-1] + 1))
        filled = ends > begins
        return cls(data, begins[filled], ends[filled], np.flatnonzero(data == SEMICOLON), np.flatnonzero(data == COMMA))

    def column(self, number: int) -> _Tokens | None:
        """The parts of a column; None if a line has fewer columns."""
        before = np.searchsorted(self.semicolons, self.begins) + number
        bounds = np.concatenate((self.semicolons, [self.data.size] * (number + 1)))
        ends = np.minimum(bounds[before], self.ends)
        begins = self.begins if not number else bounds[before - 1] + 1
        return None if (begins > ends).any() else self._parts(begins, ends)

    def _parts(self, begins: Ints, ends: Ints) -> _Tokens:
        first, last = np.searchsorted(self.commas, begins), np.searchsorted(self.commas, ends)
        counts = np.where(ends > begins, last - first + 1, 0)
        filled = counts > 0
        places = np.cumsum(counts)[filled]
        starts, stops = np.zeros(int(counts.sum()), np.int64), np.zeros(int(counts.sum()), np.int64)
        inner = np.ones(len(starts), bool)
        inner[places - counts[filled]] = False
        commas = self.commas[runs(first, last - first)]
        starts[inner] = commas + 1
        starts[~inner] = begins[filled]
        inner[:-1], inner[-1:] = inner[1:].copy(), False
        stops[inner] = commas
        stops[~inner] = ends[filled]
        return _Tokens(counts, starts, stops - starts)


class Cutter:
    """Cuts blocks with the ballots in one column and, for points, the points in another."""

    def __init__(self, kind: Kind, ids: Sequence[str], vote: int, points: int | None) -> None:
        self.kind, self.vote, self.points, self.projects = kind, vote, points, len(ids)
        encoded = [name.encode() for name in ids]
        self.plain = all(len(name) <= LONGEST_ID for name in encoded)
        padded = b"".join(name[:LONGEST_ID].ljust(LONGEST_ID, b"\0") for name in encoded)
        words = np.frombuffer(padded, "<u8").reshape(-1, 2)
        sizes = np.array([len(name) for name in encoded], np.int64)
        self.order = np.argsort(mixed(words[:, 0], words[:, 1]), kind="stable")
        self.sizes, self.heads, self.tails = sizes[self.order], words[self.order, 0], words[self.order, 1]
        self.digests = mixed(self.heads, self.tails)

    def cut(self, text: str) -> Block | None:
        """The ballots of a block of whole lines, None if it is not plain."""
        text = text.replace("\r\n", "\n")
        if not self.plain or '"' in text or "\r" in text:
            return None
        lines = _Lines.of(text)
        if (lines.ends - lines.begins).max(initial=0) >= LONGEST_LINE:
            return None
        named = lines.column(self.vote)
        if named is None or (picks := self._projects(lines.data, named)) is None:
            return None
        values = self._values(lines, named)
        return None if values is None else self._sorted(named.counts, picks, values)

    def _projects(self, data: Bytes, named: _Tokens) -> Ints | None:
        """The position of each project named; None if one is unknown."""
        if named.sizes.max(initial=0) > LONGEST_ID or not self.projects:
            return None if len(named.sizes) else named.sizes
        words = np.ndarray((data.size - 7,), "<u8", data.tobytes(), strides=(1,))
        head = words[named.begins] & MEANT[np.minimum(named.sizes, 8)]
        tail = (
            words[named.begins + 8] & MEANT[np.maximum(named.sizes - 8, 0)] if self.tails.any() else np.zeros_like(head)
        )
        found = np.minimum(np.searchsorted(self.digests, mixed(head, tail)), self.projects - 1)
        right = (self.heads[found] == head) & (self.tails[found] == tail) & (self.sizes[found] == named.sizes)
        return self.order[found] if right.all() else None

    def _values(self, lines: _Lines, named: _Tokens) -> Ints | None:
        if self.kind == "ranking":
            return runs(np.zeros(len(named.counts), np.int64), named.counts)
        if self.points is None:
            return np.ones(len(named.begins), np.int64)
        given = lines.column(self.points)
        if given is None or (given.counts != named.counts).any():
            return None
        if given.sizes.max(initial=1) > LONGEST_NUMBER or given.sizes.min(initial=1) < 1:
            return None
        values = np.zeros(len(given.begins), np.int64)
        for place in range(int(given.sizes.max(initial=0))):
            digit = lines.data[given.begins + place].astype(np.int64) - ZERO
            here = place < given.sizes
            if ((digit < 0) | (digit > 9))[here].any():
                return None
            values = np.where(here, 10 * values + digit, values)
        return values

    def _sorted(self, lengths: Ints, picks: Ints, values: Ints) -> Block | None:
        """Picks ascending in each ballot, None if a project comes twice in one."""
        base = np.repeat(np.arange(len(lengths)) * self.projects, lengths)
        places = base + picks
        if self.points is None and self.kind != "ranking":
            places.sort()
        else:
            order = np.argsort(places, kind="stable")
            places, values = places[order], values[order]
        return None if (places[1:] == places[:-1]).any() else Block(lengths, places - base, values)


def mixed(left: NDArray[np.generic], right: NDArray[np.generic]) -> Words:
    """Spread pairs of numbers over 64 bits (the finaliser of splitmix64)."""
    x = (left.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ right.astype(np.uint64)
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
