"""Dates of a round whose ballot is published: moved, put on hold or let go again only if a second person agrees.

(A later end of voting has rules of its own: `pb.rounds.extending`.)
"""

from __future__ import annotations

from collections.abc import Mapping
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
from pb.rounds import service
from pb.rounds.models import Phase, Round
from pb.rounds.words import PHASE_BEGINS

DESK = (Role.OFFICER, Role.RETURNING_OFFICER)


def change_dates(
    round: Round, *, dates: Mapping[Phase, datetime | None], by: Actor, now: datetime, reason: str = ""
) -> ApprovalRequest | None:
    """Set dates: at once while the ballot is a draft, else by asking a second person (what is returned).

    Raises: as `service.set_dates`; what `approvals.ask` raises
    """
    changed, _new = service.checked_dates(round, dates=dates, reason=reason, now=now)
    if round.frozen_at is None or not changed:
        service.set_dates(round, dates=dates, by=by, now=now, reason=reason)
        return None
    moved = [f"{PHASE_BEGINS[phase]}: {moment(at) if at else _('no date')}" for phase, at in changed.items()]
    what = str(_("Move dates of %(round)s. %(dates)s.", round=round.title, dates="; ".join(moved)))
    said = {phase.value: at.isoformat() if at else None for phase, at in changed.items()}
    return _ask("dates.move", round, what, {"dates": said}, reason=reason, by=by, now=now)


def change_hold(round: Round, *, reason: str, by: Actor, now: datetime) -> ApprovalRequest | None:
    """Put the dates on hold, or end the hold: at once while the ballot is a draft, else by asking a second person.

    Raises: as `service.hold` or `service.release`; what `approvals.ask` raises
    """
    is_held = round.held_at is not None
    if round.frozen_at is None:
        (service.release if is_held else service.hold)(round, reason=reason, by=by, now=now)
        return None
    if is_held:
        what, name = _("End the hold of %(round)s: its dates count again.", round=round.title), "dates.release"
    else:
        service.check_hold(round, now=now)
        what, name = _("Put the dates of %(round)s on hold.", round=round.title), "dates.hold"
    return _ask(name, round, str(what), {}, reason=service.reasoned(reason), by=by, now=now)


def _ask(name: str, round: Round, what: str, more: Payload, *, reason: str, **act: Any) -> ApprovalRequest:
    payload = {"round_id": round.id, "reason": reason, **more}
    return approvals.ask(name, what=what[:600], payload=payload, round_id=round.id, reason=reason, **act)


def _move_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    dates = {Phase(phase): datetime.fromisoformat(at) if at else None for phase, at in payload["dates"].items()}
    service.set_dates(_round(payload), dates=dates, by=by, now=now, reason=payload["reason"])


def _hold_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    service.hold(_round(payload), reason=payload["reason"], by=by, now=now)


def _release_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    service.release(_round(payload), reason=payload["reason"], by=by, now=now)


def _round(payload: Payload) -> Round:
    return session().get_one(Round, payload["round_id"])


declare(
    Action("dates.move", _l("Move dates of a published ballot"), roles=DESK, perform=_move_agreed),
    Action("dates.hold", _l("Put a published ballot on hold"), roles=DESK, perform=_hold_agreed),
    Action("dates.release", _l("End the hold of a published ballot"), roles=DESK, perform=_release_agreed),
)
