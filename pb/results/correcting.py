"""Correcting a published result: one person says what was wrong, another agrees, and the next version is out."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.results import errors, queries, service
from pb.rounds.models import Round


def ask_to_correct(
    round: Round, *, note: str, seen: str | None, version: int | None, by: Actor, now: datetime
) -> ApprovalRequest:
    """Ask a second person to publish the certified count as a correction.

    Raises: what `service.check_publishable` raises; what `approvals.ask` raises
    """
    number, mark = service.check_publishable(round, by=by, note=note, seen=seen, version=version)
    what = str(_("Correct the published result of %(round)s (version %(version)s).", round=round.title, version=number))
    payload: Payload = {"round_id": round.id, "note": note.strip(), "seen": mark, "version": number}
    reason = note.strip()[:600]
    return approvals.ask("result.correct", what=what, payload=payload, round_id=round.id, reason=reason, by=by, now=now)


def is_correction(round: Round) -> bool:
    """Whether something is public already, so that the next version corrects it."""
    return queries.latest_publication(round.id) is not None


def _correct_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    round = session().get(Round, payload["round_id"])
    if round is None:
        raise errors.NotPublished
    service.publish(round, by=by, now=now, note=payload["note"], seen=payload["seen"], version=payload["version"])


declare(Action("result.correct", _l("Correct a published result"), roles=service.DUTY, perform=_correct_agreed))
