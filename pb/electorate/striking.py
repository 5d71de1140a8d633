"""Taking somebody off the list of voters for a reason, or putting them back: two people, while voting has not closed.

A vote of somebody who is struck stays in its envelope and does not go into the box. The record says that somebody was
struck and why, never who.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.electorate.errors import ListIsOver, StruckAlready, WhyStruck
from pb.electorate.models import Entitlement, RollEntry
from pb.electorate.print_runs import DESK
from pb.electorate.queries import lock_entitlement
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round

kinds.declare(
    {
        "voter.struck": _l("Somebody was taken off the list of voters."),
        "voter.restored": _l("Somebody was put back on the list of voters."),
    }
)
SHORTEST_REASON = 10


def ask_to_strike(
    *, round: Round, entry: RollEntry, reason: str, look_at: str, by: Actor, now: datetime
) -> ApprovalRequest:
    """Ask a second person to take somebody off the list, or to put back somebody who is off it.

    look_at: the page that says who it is; the record does not

    Raises: ListIsOver; WhyStruck; what `approvals.ask` raises
    """
    if round.closed_at is not None:
        raise ListIsOver
    if len(reason.strip()) < SHORTEST_REASON:
        raise WhyStruck
    is_off = session().get_one(Entitlement, entry.entitlement_id).status == "struck"
    name = "voter.restore" if is_off else "voter.strike"
    words = (
        _("Put somebody back on the list of %(round)s.") if is_off else _("Take somebody off the list of %(round)s.")
    )
    payload: Payload = {"round_id": round.id, "entitlement_id": entry.entitlement_id, "reason": reason.strip()}
    what = str(words) % {"round": round.title}
    act = {"reason": reason.strip()[:600], "look_at": look_at, "by": by, "now": now}
    return approvals.ask(name, what=what, payload=payload, round_id=round.id, **act)  # type: ignore[arg-type]


def set_status(*, entitlement_id: str, status: str, reason: str, by: Actor, now: datetime) -> Entitlement:
    """Take somebody off the list (`struck`) or put them back (`ok`).

    Raises: StruckAlready when it is so; ListIsOver
    """
    found = lock_entitlement(entitlement_id)
    if found is None or found.status == status:
        raise StruckAlready
    round = session().get_one(Round, found.round_id, with_for_update={"key_share": True})
    if round.closed_at is not None:
        raise ListIsOver
    found.status = status
    session().flush()
    kind = "voter.struck" if status == "struck" else "voter.restored"
    record(kind, by=by, now=now, subject=round.slug, round_id=round.id, reason=reason)
    return found


def _strike_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    set_status(entitlement_id=payload["entitlement_id"], status="struck", reason=payload["reason"], by=by, now=now)


def _restore_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    set_status(entitlement_id=payload["entitlement_id"], status="ok", reason=payload["reason"], by=by, now=now)


declare(
    Action("voter.strike", _l("Take somebody off the list of voters"), roles=DESK, perform=_strike_agreed),
    Action("voter.restore", _l("Put somebody back on the list of voters"), roles=DESK, perform=_restore_agreed),
)
