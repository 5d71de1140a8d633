"""From ballots as `.pb` text to a `Profile`, many at a time.

The fast way translates thousands of ballots in a few calls. Whatever does not fit it (spaces, a project twice, an
unknown project, points that are no number) is read again ballot by ballot, where it is put right or refused with its
line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pb.counting.model import LARGEST_AMOUNT, Ints, Kind, Profile

CHUNK = 8192


class BadBallot(Exception):
    """A ballot that cannot be counted, with its line."""

    def __init__(self, problem: str, line: int) -> None:
        self.problem, self.line = problem, line


@dataclass
class Texts:
    """Distinct ballots as written ("ids" or "ids;points") with how many of each, and the line of the first."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)


class _Numbers(dict[str, int]):
    """Points by their text; anything but a whole number of at least 0 is a KeyError."""

    def __missing__(self, text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text[:20]) > LARGEST_AMOUNT:
            raise KeyError(text)
        self[text] = int(text)
        return self[text]


class Layout:
    """Translates ballots of one kind; `oddities` collects what was survived."""

    def __init__(self, kind: Kind, position: Mapping[str, int]) -> None:
        self.kind, self.position = kind, position
        self.numbers = _Numbers()
        self.oddities: list[tuple[int, str]] = []

    def profile(self, texts: Texts) -> Profile:
        """Raises: BadBallot."""
        keys = list(texts.counts)
        blocks = [
            self._block(keys[begin : begin + CHUNK], texts.lines[begin : begin + CHUNK])
            for begin in range(0, len(keys), CHUNK)
        ]
        weights = np.fromiter(texts.counts.values(), np.int64, len(keys))
        lengths, picks, values = (_joined([block[i] for block in blocks]) for i in range(3))
        return merged(self.kind, weights, lengths, picks, values)

    def _block(self, keys: Sequence[str], lines: Sequence[int]) -> tuple[Ints, Ints, Ints]:
        """Lengths, picks and values of some ballots, picks ascending within each."""
        try:
            block = self._quickly(keys)
        except KeyError:
            block = None
        return block if block is not None else self._carefully(keys, lines)

    def _quickly(self, keys: Sequence[str]) -> tuple[Ints, Ints, Ints] | None:
        """None if a project comes twice or points do not match. Raises: KeyError for what is not plainly written."""
        ids = [key.partition(";")[0] for key in keys] if self.kind == "points" else keys
        filled = [text for text in ids if text]
        lengths = np.fromiter((text.count(",") + 1 if text else 0 for text in ids), np.int64, len(ids))
        total = int(lengths.sum())
        names = ",".join(filled).split(",") if filled else []
        picks = np.fromiter(map(self.position.__getitem__, names), np.int64, total)
        starts = np.cumsum(lengths) - lengths
        values = self._quick_values(keys, lengths, starts, total)
        if values is None:
            return None
        group = np.repeat(np.arange(len(ids)), lengths)
        order = np.argsort(group * len(self.position) + picks, kind="stable")
        picks, values = picks[order], values[order]
        twice = (picks[1:] == picks[:-1]) & (group[1:] == group[:-1])
        return None if twice.any() else (lengths, picks, values)

    def _quick_values(self, keys: Sequence[str], lengths: Ints, starts: Ints, total: int) -> Ints | None:
        if self.kind == "ranking":
            return np.arange(total) - np.repeat(starts, lengths)
        if self.kind != "points":
            return np.ones(total, np.int64)
        given = [key.partition(";")[2] for key in keys]
        counts = np.fromiter((text.count(",") + 1 if text else 0 for text in given), np.int64, len(given))
        if (counts != lengths).any():
            return None
        texts = ",".join(text for text in given if text).split(",") if total else []
        return np.fromiter(map(self.numbers.__getitem__, texts), np.int64, total)

    # -- one by one

    def _carefully(self, keys: Sequence[str], lines: Sequence[int]) -> tuple[Ints, Ints, Ints]:
        ballots = [sorted(self._ballot(key, line).items()) for key, line in zip(keys, lines, strict=True)]
        lengths = np.array([len(ballot) for ballot in ballots], np.int64)
        flat = np.array([entry for ballot in ballots for entry in ballot], np.int64).reshape(-1, 2)
        return lengths, flat[:, 0], flat[:, 1]

    def _ballot(self, text: str, line: int) -> dict[int, int]:
        ids, _, points = text.partition(";")
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
    mixed = np.concatenate((np.zeros(1, np.uint64), np.cumsum(_mix(picks, values))))
    digest = mixed[starts[1:]] - mixed[starts[:-1]] + _mix(lengths, lengths)
    _, first, group = np.unique(digest, return_index=True, return_inverse=True)
    if not _same(starts, picks, values, first[group]):
        first, group = _told_apart(starts, picks, values)
    total = np.zeros(len(first), np.int64)
    np.add.at(total, group, weights)
    order = np.argsort(first)
    kept = first[order]
    entries = _entries(starts, kept)
    ends = np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64)
    return Profile(kind, total[order], ends, picks[entries], values[entries])


def _mix(left: Ints, right: Ints) -> NDArray[np.uint64]:
    """Spread pairs of numbers over 64 bits (the finaliser of splitmix64)."""
    x = (left.astype(np.uint64) << np.uint64(32)) ^ right.astype(np.uint64)
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _entries(starts: Ints, groups: Ints) -> Ints:
    lengths = starts[groups + 1] - starts[groups]
    ends = np.cumsum(lengths)
    return np.repeat(starts[groups] - (ends - lengths), lengths) + np.arange(int(ends[-1]) if len(ends) else 0)


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
