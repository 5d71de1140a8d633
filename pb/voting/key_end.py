"""How a sealing key ends: by itself some weeks after the results, at once or later only if two people agree.

From then on nobody can open a sealed ballot any more, not even one in an old backup.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.filters import day
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round
from pb.voting import sealing, wrapping
from pb.voting.closing import DESK
from pb.voting.errors import KeyDestroyed, KeyStillNeeded, TooFewDays
from pb.voting.models import Contest, KeyCeremony
from pb.voting.queries import contest_of

kinds.declare(
    {
        "key.kept": _l("The key of the ballot box is kept until %(until)s."),
        "key.destroyed": _l("The key of the ballot box was destroyed. Nobody can open a sealed vote any more."),
    }
)


def day_of_destruction(round: Round, contest: Contest, *, days: int) -> datetime | None:
    """When the key ends by itself; None before results are public, and once it has ended."""
    if round.results_at is None or contest.key_destroyed_at is not None:
        return None
    usual = round.results_at + timedelta(days=days)
    return max(usual, contest.key_kept_until) if contest.key_kept_until else usual


def check_later(round: Round, until: datetime, *, days: int) -> Contest:
    """Raises: KeyStillNeeded before results are public; KeyDestroyed; TooFewDays unless later than now planned."""
    contest = contest_of(round.id)
    if contest.key_destroyed_at is not None:
        raise KeyDestroyed
    planned = day_of_destruction(round, contest, days=days)
    if planned is None:
        raise KeyStillNeeded
    if until <= planned:
        raise TooFewDays
    return contest


def destroy_key(round: Round, *, by: Actor, now: datetime) -> Contest:
    """Destroy the key of a finished vote, for good. The file goes first: the record must never say more than is true.

    Raises: KeyStillNeeded before results are public; KeyDestroyed when it was done before
    """
    contest = session().get(Contest, round.id, with_for_update=True, populate_existing=True)
    if contest is None or round.results_at is None:
        raise KeyStillNeeded
    if contest.key_destroyed_at is not None:
        raise KeyDestroyed
    sealing.destroy_key(contest.round_id, contest.seal_public_key)
    if (made := session().get(KeyCeremony, round.id)) is not None:
        made.wrapped = {}
    contest.key_destroyed_at = now
    mark = wrapping.fingerprint(contest.seal_public_key)
    session().flush()
    facts: dict[str, Any] = {"fingerprint": mark, "seal_mode": contest.seal_mode}
    record("key.destroyed", by=by, now=now, subject=round.slug, round_id=round.id, **facts)
    return contest


def keep_key_longer(round: Round, *, until: datetime, reason: str, by: Actor, now: datetime, days: int) -> Contest:
    """Keep the key past its day, while the result is challenged.

    Raises: as `check_later`
    """
    contest = check_later(round, until, days=days)
    contest.key_kept_until = until
    session().flush()
    said: dict[str, Any] = {"until": until.isoformat()}
    record("key.kept", by=by, now=now, subject=round.slug, round_id=round.id, reason=reason, **said)
    return contest


def keys_due(now: datetime, *, days: int) -> list[Round]:
    """The rounds whose key's day has come."""
    kept = select(Round, Contest).join(Contest, Contest.round_id == Round.id).where(Contest.key_destroyed_at.is_(None))
    ends = [
        (round, day_of_destruction(round, contest, days=days))
        for round, contest in session().execute(kept.where(Round.results_at.is_not(None)).order_by(Round.id))
    ]
    return [round for round, at in ends if at is not None and at <= now]


def ask_to_destroy(round: Round, *, reason: str, by: Actor, now: datetime) -> ApprovalRequest:
    """Ask a second person to destroy the key before its day.

    Raises: KeyStillNeeded; KeyDestroyed; what `approvals.ask` raises
    """
    contest = contest_of(round.id)
    if round.results_at is None:
        raise KeyStillNeeded
    if contest.key_destroyed_at is not None:
        raise KeyDestroyed
    what = str(_("Destroy the key of %(round)s now. Nobody can open its sealed votes again.", round=round.title))
    payload: Payload = {"round_id": round.id}
    return approvals.ask("key.destroy", what=what, payload=payload, round_id=round.id, reason=reason, by=by, now=now)


def ask_to_keep(round: Round, *, until: datetime, reason: str, by: Actor, now: datetime, days: int) -> ApprovalRequest:
    """Ask a second person to keep the key past its day.

    Raises: as `check_later`; what `approvals.ask` raises
    """
    check_later(round, until, days=days)
    what = str(_("Keep the key of %(round)s until %(day)s.", round=round.title, day=day(until)))
    payload: Payload = {"round_id": round.id, "until": until.isoformat(), "reason": reason, "days": days}
    return approvals.ask("key.keep", what=what, payload=payload, round_id=round.id, reason=reason, by=by, now=now)


def _destroy_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    destroy_key(session().get_one(Round, payload["round_id"]), by=by, now=now)


def _keep_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    round, until = session().get_one(Round, payload["round_id"]), datetime.fromisoformat(payload["until"])
    keep_key_longer(round, until=until, reason=payload["reason"], by=by, now=now, days=payload["days"])


declare(
    Action("key.destroy", _l("Destroy the key of a ballot box"), roles=DESK, perform=_destroy_agreed),
    Action("key.keep", _l("Keep the key of a ballot box longer"), roles=DESK, perform=_keep_agreed),
)
