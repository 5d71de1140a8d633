"""Which ballots may be published. Ballots are already without names; a few of them can still point at people.

Source: the rules measured on 5.2 million public ballots (docs/open-data.md, "What is never published").
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

FEWEST_BALLOTS = 200
"""Under this many ballots of one pot, their file is not published."""
NEEDS_TOTALS = frozenset({"greedy", "greedy-no-skip", "greedy-threshold", "greedy-exclusive", "greedy-per-cost"})
"""Rules whose result follows from the totals of each project alone."""


class Withheld(StrEnum):
    """Why a pot's ballots are not published."""

    TOO_FEW = "too_few"
    TOTALS_ARE_ENOUGH = "totals_are_enough"


def withheld(ballots: int, rule: str, *, is_imported: bool) -> Withheld | None:
    """Why the ballots of a pot stay unpublished, or None when they are published.

    A person's whole ballot can be recognised like a signature, so it is published only where the count cannot be
    repeated without it. The ballots of an imported round were public before.
    """
    if is_imported:
        return None
    if ballots < FEWEST_BALLOTS:
        return Withheld.TOO_FEW
    return Withheld.TOTALS_ARE_ENOUGH if rule in NEEDS_TOTALS else None


def shows_sums(why: Withheld | None, rule: str) -> bool:
    """Whether the sums of a count may be told in full: not where few voted and sums tell what was picked together."""
    return why is not Withheld.TOO_FEW or rule in NEEDS_TOTALS


def shown_hash(ballots_sha256: str, why: Withheld | None) -> str | None:
    """The hash over all ballots, or None: of a few ballots somebody could try all until the hash fits."""
    return None if why is Withheld.TOO_FEW else ballots_sha256


_SUMS_OF_FEW = {"share", "spent_up", "available", "after", "rivals"}


def totals_only(outcome: dict[str, Any]) -> dict[str, Any]:
    """An outcome without the sums that, among few voters, tell which projects were picked together."""
    kept = {name: value for name, value in outcome.items() if name != "endowment"}
    for part in ("steps", "not_funded"):
        kept[part] = [{k: v for k, v in line.items() if k not in _SUMS_OF_FEW} for line in outcome[part]]
    return kept
