"""A later end of voting, once the ballot is published: the one promised date that can move, and only with two people.

Voters were promised the end they read, so it never comes earlier. The reason is public; later dates move along.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.filters import moment
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.errors import EndNotLater, NotExtendable, ReasonNeeded
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of, voting_window

kinds.declare({"voting.extended": _l("Voting was made longer. It ends at %(closes_at)s instead of %(was)s.")})

_FOLLOWING = (Phase.COUNTING, Phase.RESULTS, Phase.DELIVERING)


def check_extension(round: Round, closes_at: datetime, *, reason: str, now: datetime) -> None:
    """Raises: NotExtendable before the ballot is published and once voting has ended; EndNotLater; ReasonNeeded."""
    if phase_of(round, now) not in (Phase.FROZEN, Phase.VOTING):
        raise NotExtendable
    if closes_at <= voting_window(round).closes_at:
        raise EndNotLater
    if len(reason.strip()) < 10:
        raise ReasonNeeded


def ask_to_extend(round: Round, *, closes_at: datetime, reason: str, by: Actor, now: datetime) -> ApprovalRequest:
    """Ask a second person to make voting longer.

    Raises: as `check_extension`; what `approvals.ask` raises
    """
    check_extension(round, closes_at, reason=reason, now=now)
    was = moment(voting_window(round).closes_at)
    sentence = _("Voting in %(round)s ends at %(end)s instead of %(was)s.")
    what = str(sentence) % {"round": round.title, "end": moment(closes_at), "was": was}
    payload: Payload = {"round_id": round.id, "closes_at": closes_at.isoformat(), "reason": reason.strip()}
    how: dict[str, Any] = {"round_id": round.id, "reason": reason.strip(), "by": by, "now": now}
    return approvals.ask("voting.extend", what=what, payload=payload, **how)


def extend_voting(round: Round, *, closes_at: datetime, reason: str, by: Actor, now: datetime) -> Round:
    """Make voting end later; what is dated after it moves by as much.

    Raises: as `check_extension`, as things stand now
    """
    session().refresh(round, with_for_update={"key_share": True})
    check_extension(round, closes_at, reason=reason, now=now)
    was = voting_window(round).closes_at
    for date in round.dates:
        if date.phase in _FOLLOWING:
            date.starts_at += closes_at - was
    session().flush()
    facts: dict[str, Any] = {"closes_at": closes_at.isoformat(), "was": was.isoformat()}
    record("voting.extended", by=by, now=now, subject=round.slug, round_id=round.id, reason=reason, **facts)
    return round


def _extend_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    round, closes_at = session().get_one(Round, payload["round_id"]), datetime.fromisoformat(payload["closes_at"])
    extend_voting(round, closes_at=closes_at, reason=payload["reason"], by=by, now=now)


declare(
    Action(
        "voting.extend", _l("Make voting longer"), roles=(Role.OFFICER, Role.RETURNING_OFFICER), perform=_extend_agreed
    )
)
