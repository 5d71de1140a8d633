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
# Odd, so that multiplying by it tells all numbers apart; the upper bits are well spread (Fibonacci hashing).
SPREAD = np.uint64(0x9E3779B97F4A7C15)
# Projects are looked up by this many upper bits of their digests.
BITS = 14


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
    """The lines of a block that are not empty, by its separators.

    places:     where they are in the data, in order (the first one stands before the data)
    begins, ends: of each line the numbers of the separators before and at its end
    semicolons: the numbers of those that are semicolons
    """

    data: Bytes
    places: Ints
    begins: Ints
    ends: Ints
    semicolons: Ints

    @classmethod
    def of(cls, text: bytes) -> _Lines:
        data = np.frombuffer(text + PADDING, np.uint8)
        found = np.flatnonzero((data == NEWLINE) | (data == SEMICOLON) | (data == COMMA))
        places, marks = np.concatenate(([-1], found)), np.concatenate(([NEWLINE], data[found]))
        newlines = np.flatnonzero(marks == NEWLINE)
        begins, ends = newlines[:-1], newlines[1:]
        filled = places[ends] - places[begins] > 1
        return cls(data, places, begins[filled], ends[filled], np.flatnonzero(marks == SEMICOLON))

    def longest(self) -> int:
        return int((self.places[self.ends] - self.places[self.begins]).max(initial=0))

    def column(self, number: int) -> _Tokens | None:
        """The parts of a column; None if a line has fewer columns."""
        before = np.searchsorted(self.semicolons, self.begins) + number
        bounds = np.concatenate((self.semicolons, [self.places.size] * (number + 1)))
        begins = self.begins if not number else bounds[before - 1]
        ends = np.minimum(bounds[before], self.ends)
        return None if (begins >= ends).any() else self._parts(begins, ends)

    def _parts(self, begins: Ints, ends: Ints) -> _Tokens:
        """What stands between the separators from `begins` to `ends`; nothing, if they are next to each other."""
        counts = ends - begins
        counts[self.places[ends] - self.places[begins] == 1] = 0
        parts = runs(begins, counts)
        starts = self.places[parts] + 1
        return _Tokens(counts, starts, self.places[parts + 1] - starts)


class Cutter:
    """Cuts blocks with the ballots in one column and, for points, the points in another.

    Projects are known by their ids as one or two numbers (`heads`, `tails`), in the order of a digest of these.
    `buckets` says where to begin to look for a digest by its upper bits, and `crowd` how far one must look at most.
    """

    def __init__(self, kind: Kind, ids: Sequence[str], vote: int, points: int | None) -> None:
        self.kind, self.vote, self.points, self.projects = kind, vote, points, len(ids)
        encoded = [name.encode(errors="surrogatepass") for name in ids]
        self.longest = max(map(len, encoded), default=0)
        padded = b"".join(name[:LONGEST_ID].ljust(LONGEST_ID, b"\0") for name in encoded)
        words = np.frombuffer(padded, "<u8").reshape(-1, 2)
        digests = _digests(words[:, 0], words[:, 1] if self.longest > 8 else None)
        self.order = np.argsort(digests, kind="stable")
        self.heads, self.tails, self.digests = words[self.order, 0], words[self.order, 1], digests[self.order]
        upper = (self.digests >> np.uint64(64 - BITS)).astype(np.int64)
        self.buckets = np.minimum(np.searchsorted(upper, np.arange(1 << BITS)), max(self.projects - 1, 0))
        self.crowd = int(np.bincount(upper).max(initial=0))

    def cut(self, text: bytes) -> Block | None:
        """The ballots of a block of whole lines, None if it is not plain."""
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        if self.longest > LONGEST_ID or any(odd in text for odd in (b'"', b"\r", b"\0")):
            return None
        lines = _Lines.of(text)
        if lines.longest() > LONGEST_LINE:
            return None
        named = lines.column(self.vote)
        if named is None or (picks := self._projects(lines.data, named)) is None:
            return None
        values = self._values(lines, named)
        return None if values is None else self._sorted(named.counts, picks, values)

    def _projects(self, data: Bytes, named: _Tokens) -> Ints | None:
        """The position of each project named; None if one is unknown."""
        if not self.projects or named.sizes.max(initial=0) > self.longest:
            return None if len(named.sizes) else named.sizes
        words = np.ndarray((data.size - 7,), "<u8", data, strides=(1,))
        head = words[named.begins] & MEANT[np.minimum(named.sizes, 8)]
        tail = words[named.begins + 8] & MEANT[np.maximum(named.sizes - 8, 0)] if self.longest > 8 else None
        digests = _digests(head, tail)
        found = self.buckets[digests >> np.uint64(64 - BITS)]
        for _ in range(self.crowd - 1):
            found += (self.digests[found] < digests) & (found < self.projects - 1)
        right = self.heads[found] == head
        if tail is not None:
            right &= self.tails[found] == tail
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
        # Small integers are sorted several times faster.
        size = np.int32 if len(lengths) * self.projects < 2**31 else np.int64
        base = np.repeat((np.arange(len(lengths)) * self.projects).astype(size), lengths)
        places = base + picks.astype(size)
        if self.points is None and self.kind != "ranking":
            places.sort()
        else:
            order = np.argsort(places, kind="stable")
            places, values = places[order], values[order]
        return None if (places[1:] == places[:-1]).any() else Block(lengths, (places - base).astype(np.int64), values)


def _digests(heads: Words, tails: Words | None) -> Words:
    return heads * SPREAD if tails is None else mixed(heads, tails)


def mixed(left: NDArray[np.generic], right: NDArray[np.generic]) -> Words:
    """Spread pairs of numbers over 64 bits (the finaliser of splitmix64)."""
    x = (left.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ right.astype(np.uint64)
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
