"""What a reporter with two hours needs of a round: what won, what nearly won, who decided, what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pb.journal.models import JournalEntry
from pb.journal.queries import journal_of
from pb.results.page import Results
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of

NEWEST = 4
OF_THE_RESULT = frozenset({"result.corrected", "council.decided", "count.repeated"})
OF_PROMISES = "promise.updated"


@dataclass(frozen=True)
class Changes:
    """What was decided after the first publication, newest first: of the result itself, and of its promises.

    more: how many updates of promises are left out
    """

    result: Sequence[JournalEntry]
    promises: Sequence[JournalEntry]
    more: int


def embargo_of(round: Round, now: datetime) -> datetime | None:
    """The announced time of the results while it lies ahead. Before it, and before publication, there is nothing."""
    announced = dates_of(round).get(Phase.RESULTS)
    return announced if announced and announced > now else None


def changes_of(results: Results) -> Changes:
    """Entries of the public record from the first version on."""
    first = min(version.published_at for version in results.versions)
    later = [entry for entry in reversed(journal_of(results.round.id)) if entry.at >= first]
    promises = [entry for entry in later if entry.kind == OF_PROMISES]
    of_result = [entry for entry in later if entry.kind in OF_THE_RESULT]
    return Changes(of_result, promises[:NEWEST], max(len(promises) - NEWEST, 0))
