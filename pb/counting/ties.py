"""Tie rules. A tie rule is a required argument of every count and has a name that is published with the outcome.

Each is a fixed order of the projects, known before the count: among tied projects the first in the order wins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pb.counting.errors import CountingError, UnknownRule
from pb.counting.model import Election

Key = Callable[[Election, int], tuple[object, ...]]


@dataclass(frozen=True)
class TieRule:
    """A named order. `parameter` is the published commitment of a lot, empty otherwise."""

    name: str
    key: Key | None = None
    parameter: str = ""

    @property
    def label(self) -> str:
        """What is published: the name, and for a lot its commitment. `tie_rule` reads it back."""
        return f"{self.name}:{self.parameter}" if self.parameter else self.name

    @property
    def refuses(self) -> bool:
        return self.key is None

    def ranks(self, election: Election) -> list[int]:
        """By position: the place of each project in the order. A rule that refuses orders by id, for its message."""
        key = self.key or _by_id
        order = sorted(range(len(election.projects)), key=lambda p: key(election, p))
        ranks = [0] * len(order)
        for place, project in enumerate(order):
            ranks[project] = place
        return ranks


def _by_id(election: Election, p: int) -> tuple[object, ...]:
    return (election.projects[p].id,)


def _cost_votes(election: Election, p: int) -> tuple[object, ...]:
    return (election.costs[p], -election.support[p])


def _lot(commitment: str, project: str) -> str:

    return hashlib.sha256(f"{commitment}\n{project}".encode()).hexdigest()


def lexicographic() -> TieRule:
    """By id as text: "10" before "9". The convention of pabutools."""
    return TieRule("lexicographic", _by_id)


def cost_votes_id() -> TieRule:
    """Lower cost, then more votes, then id: what equalshares.net and the Pabulib checker use."""
    return TieRule("cost_votes_id", lambda e, p: (*_cost_votes(e, p), e.projects[p].id))


def cost_votes_lot(commitment: str) -> TieRule:
    """Lower cost, then more votes, then a lot: the SHA-256 of the published commitment and the id, smallest first."""
    _check(commitment)
    key: Key = lambda e, p: (*_cost_votes(e, p), _lot(commitment, e.projects[p].id))  # noqa: E731
    return TieRule("cost_votes_lot", key, commitment)


def votes_lot(commitment: str) -> TieRule:
    """More votes, then the same lot."""
    _check(commitment)
    key: Key = lambda e, p: (-e.support[p], _lot(commitment, e.projects[p].id))  # noqa: E731
    return TieRule("votes_lot", key, commitment)


def refuse() -> TieRule:
    """Raise TieRefused at the first tie, so that people decide."""
    return TieRule("refuse")


def _check(commitment: str) -> None:
    if not commitment:
        raise CountingError("a lot needs a commitment published before the count")


WITHOUT_LOT = {"cost_votes_id": cost_votes_id, "lexicographic": lexicographic, "refuse": refuse}
WITH_LOT = {"cost_votes_lot": cost_votes_lot, "votes_lot": votes_lot}


def tie_rule(name: str) -> TieRule:
    """The tie rule of this name; a lot is written with its commitment, as in `votes_lot:2 July, sealed no. 4`."""
    base, _, commitment = name.partition(":")
    if base in WITHOUT_LOT and not commitment:
        return WITHOUT_LOT[base]()
    if base in WITH_LOT and commitment:
        return WITH_LOT[base](commitment)
    raise UnknownRule("tie rule", name, [*WITHOUT_LOT, *(f"{lot}:COMMITMENT" for lot in WITH_LOT)])
