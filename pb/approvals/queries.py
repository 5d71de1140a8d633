"""Reading what waits for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from pb.approvals.actions import all_actions
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import NotFound

DECIDED_SHOWN = 30


def request_of(request_id: int, viewer: Actor) -> ApprovalRequest:
    """One request, for those whose duty the act is.

    Raises: NotFound, for others too
    """
    found = session().get(ApprovalRequest, request_id)
    if found is None or found.action not in names_for(viewer):
        raise NotFound
    return found


def names_for(viewer: Actor) -> set[str]:
    """The acts that this person may ask for and approve."""
    return {name for name, action in all_actions().items() if viewer.has(*action.roles)}


def waiting_for(viewer: Actor, now: datetime) -> Sequence[ApprovalRequest]:
    """What this person could decide or withdraw now, the oldest first."""
    mine = select(ApprovalRequest).where(ApprovalRequest.action.in_(names_for(viewer)))
    open_now = mine.where(ApprovalRequest.state == "waiting", ApprovalRequest.expires_at > now)
    return session().scalars(open_now.order_by(ApprovalRequest.asked_at, ApprovalRequest.id)).all()


def decided_for(viewer: Actor, now: datetime) -> Sequence[ApprovalRequest]:
    """What is over, the newest first: approved, declined, withdrawn or not decided in time."""
    mine = select(ApprovalRequest).where(ApprovalRequest.action.in_(names_for(viewer)))
    over = mine.where((ApprovalRequest.state != "waiting") | (ApprovalRequest.expires_at <= now))
    return session().scalars(over.order_by(ApprovalRequest.id.desc()).limit(DECIDED_SHOWN)).all()


def waiting_in(round_id: int, now: datetime, *actions: str) -> Sequence[ApprovalRequest]:
    """What waits in a round (of these acts, or of all), for the desk that would otherwise offer to ask again."""
    asked = select(ApprovalRequest).where(
        ApprovalRequest.round_id == round_id, ApprovalRequest.state == "waiting", ApprovalRequest.expires_at > now
    )
    if actions:
        asked = asked.where(ApprovalRequest.action.in_(actions))
    return session().scalars(asked.order_by(ApprovalRequest.id)).all()


def approved_in(round_id: int, now: datetime, action: str) -> Sequence[ApprovalRequest]:
    """What two people agreed on in a round and nobody has used yet (`service.take`)."""
    agreed = select(ApprovalRequest).where(
        ApprovalRequest.round_id == round_id,
        ApprovalRequest.action == action,
        ApprovalRequest.state == "approved",
        ApprovalRequest.expires_at > now,
    )
    return session().scalars(agreed.order_by(ApprovalRequest.id)).all()
