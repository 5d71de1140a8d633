"""Forgetting who voters were, on its day (security.md 13): names and addresses, and every mark made from them.

What stays says nothing of anybody: that a round had so many entitlements, in which wards, and the references in the
box. So turnout, references and the published pack are as checkable as before.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update

from pb.core.actor import Actor
from pb.core.db import session
from pb.electorate.errors import NamesStillNeeded
from pb.electorate.models import Entitlement, ForgottenVoters, KnownAs, MailboxProof, RollEntry, RollUpload
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round

kinds.declare(
    {
        "voters.forgotten": _l(
            "Names and addresses of %(people)s people on the list of voters were deleted, and with them every mark "
            "that could tell who the %(voters)s people entitled to vote were."
        ),
    }
)

TABLES = ("roll_entry", "known_as", "roll_upload")
"""Written anew afterwards (with those of `closing.scrub`), so that no file of the database holds what was deleted."""
UPLOADS_KEPT = timedelta(days=1)
_AT_ONCE = 5_000


def day_of_forgetting(round: Round, *, days: int) -> datetime | None:
    """When a round's voters are forgotten; None before its results are public."""
    return round.results_at + timedelta(days=days) if round.results_at else None


def rounds_due(now: datetime, *, days: int) -> list[Round]:
    """The rounds whose voters' day has come."""
    done = select(ForgottenVoters.round_id)
    due = select(Round).where(Round.results_at <= now - timedelta(days=days), Round.id.not_in(done))
    return list(session().scalars(due.where(Round.imported_from.is_(None)).order_by(Round.id)))


def forget_voters(round: Round, *, days: int, by: Actor, now: datetime) -> bool:
    """Delete a round's names and addresses, and the marks that would tell who somebody was. Safe to repeat.

    Returns: whether there was anything left to do
    Raises: NamesStillNeeded before their day
    """
    day = day_of_forgetting(round, days=days)
    if day is None or now < day:
        raise NamesStillNeeded
    session().refresh(round, with_for_update={"key_share": True})
    if session().get(ForgottenVoters, round.id) is not None:
        return False
    people = session().scalar(select(func.count()).select_from(RollEntry).where(RollEntry.round_id == round.id)) or 0
    for table in (RollEntry, KnownAs, RollUpload, MailboxProof):
        session().execute(delete(table).where(table.round_id == round.id))
    voters = _make_marks_meaningless(round.id)
    session().add(ForgottenVoters(round_id=round.id, forgotten_at=now))
    session().flush()
    record("voters.forgotten", by=by, now=now, subject=round.slug, round_id=round.id, people=people, voters=voters)
    return True


def _make_marks_meaningless(round_id: int) -> int:
    """Put chance in the place of each mark: the pepper, a mailbox and this table together tell nothing any more."""
    ids = session().scalars(select(Entitlement.id).where(Entitlement.round_id == round_id)).all()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        blank = [{"id": one, "person_key": secrets.token_bytes(32), "code_hash": None, "run_id": None} for one in part]
        session().execute(update(Entitlement), blank)
    return len(ids)


def forget_leftovers(*, now: datetime) -> None:
    """Delete what outlived its use in any round: mailbox codes out of date, lists uploaded and never imported."""
    minute = int(now.timestamp()) // 60
    session().execute(delete(MailboxProof).where(MailboxProof.expires_on_minute < minute))
    session().execute(delete(RollUpload).where(RollUpload.uploaded_at < now - UPLOADS_KEPT))
