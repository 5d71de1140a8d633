"""The time before an election: every post is read first, officers alone moderate, councillors pause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select

from pb.core.actor import Actor
from pb.core.db import UTCDateTime, session
from pb.discussion.errors import DatesOutOfOrder, DecisionReasonNeeded
from pb.discussion.models import PreElection
from pb.journal.kinds import declare
from pb.journal.service import record

declare(
    {
        "election.paused": _l("Before an election, talk is read first, from %(starts)s to %(ends)s."),
        "election.ended": _l("The time before the election was ended early."),
    }
)


@dataclass(frozen=True)
class Time:
    """A time before an election, for one round or with None for the council."""

    round_id: int | None
    starts_at: datetime
    ends_at: datetime

    def holds(self, round_id: int | None, moment: datetime) -> bool:
        return self.round_id in (None, round_id) and self.starts_at <= moment < self.ends_at


COLUMNS = (PreElection.round_id, PreElection.starts_at, PreElection.ends_at)
TO_COME = PreElection.ends_at > bindparam("moment", type_=UTCDateTime)
"""The condition that a time is not over at `moment`."""


def any_holds(times: Iterable[Time], round_id: int | None, now: datetime) -> bool:
    """Whether one of these times is on for this round; with None, for the council."""
    return any(time.holds(round_id, now) for time in times)


def is_on(round_id: int | None, now: datetime) -> bool:
    """Whether an election is near for this round; with None, for the council."""
    rows = session().execute(select(*COLUMNS).where(TO_COME), {"moment": now})
    return any_holds((Time(*row) for row in rows), round_id, now)


def pause(
    *, round_id: int | None, starts_at: datetime, ends_at: datetime, reason: str, by: Actor, now: datetime
) -> PreElection:
    """Set the time before an election for one round, or with None for the council.

    Raises: DatesOutOfOrder, DecisionReasonNeeded.
    """
    assert by.id is not None
    if ends_at <= starts_at:
        raise DatesOutOfOrder
    if not reason.strip() or len(reason) > 300:
        raise DecisionReasonNeeded
    row = PreElection(round_id=round_id, starts_at=starts_at, ends_at=ends_at, reason=reason, set_by=by.id, set_at=now)
    session().add(row)
    session().flush()
    starts, ends = starts_at.date().isoformat(), ends_at.date().isoformat()
    record("election.paused", by=by, now=now, round_id=round_id, reason=reason, starts=starts, ends=ends)
    return row


def end_early(row: PreElection, *, reason: str, by: Actor, now: datetime) -> None:
    """End it now; what was held stays in the queue.

    Raises: DecisionReasonNeeded.
    """
    if not reason.strip():
        raise DecisionReasonNeeded
    row.starts_at, row.ends_at = min(row.starts_at, now - timedelta(seconds=1)), now
    session().flush()
    record("election.ended", by=by, now=now, round_id=row.round_id, reason=reason)


def all_times() -> Sequence[PreElection]:
    """Every time before an election that was ever set, the newest first."""
    return session().scalars(select(PreElection).order_by(PreElection.starts_at.desc(), PreElection.id.desc())).all()
