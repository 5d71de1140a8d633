"""What waits for staff: higher rooms answer the slot `staff.waiting` with these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Waiting:
    """One line of the staff home: what, where, how many, and since when the oldest waits."""

    label: str
    url: str
    count: int
    since: datetime | None = None


def oldest_first(answers: Iterable[Waiting | Iterable[Waiting]]) -> list[Waiting]:
    """All that waits, the longest waiting first, then what has no date; nothing with a count of 0."""
    never = datetime.max.replace(tzinfo=UTC)
    flat = [line for answer in answers for line in ([answer] if isinstance(answer, Waiting) else answer)]
    return sorted((line for line in flat if line.count), key=lambda line: line.since or never)
