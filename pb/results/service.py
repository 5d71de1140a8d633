"""Count, certify by two people, publish, decide: each a verb of its own, each in the record.

The engine runs on plain data (`tally`), outside any transaction; what is written here is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from pb.core.actor import Actor
from pb.core.db import session
from pb.results import tally
from pb.results.models import Count
from pb.rounds.models import Pot, Round


def keep_counts(
    round: Round, tallies: Sequence[tuple[Pot, tally.Tally]], *, purpose: str, by: Actor, now: datetime
) -> list[Count]:
    """Write one row a pot, numbered on from what is there."""
    counts = [
        Count(
            round_id=round.id,
            pot_id=pot.id,
            number=_last_number(pot, purpose) + 1,
            purpose=purpose,
            rule=counted.task.rule,
            completion=counted.task.completion,
            ballots=counted.ballots,
            ballots_sha256=counted.ballots_sha256,
            outcome_json=counted.outcome_json,
            outcome_sha256=counted.outcome_sha256,
            facts=counted.facts,
            engine=tally.engine_mark(),
            counted_at=now,
            counted_by=by.id,
        )
        for pot, counted in tallies
    ]
    session().add_all(counts)
    session().flush()
    return counts


def _last_number(pot: Pot, purpose: str) -> int:
    mine = select(func.max(Count.number)).where(Count.pot_id == pot.id, Count.purpose == purpose)
    return session().scalar(mine) or 0
