"""Ask, approve, decline, withdraw, take: each checked here, each in the public record (security.md, section 6)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from pb.approvals.actions import Action, Payload, action
from pb.approvals.errors import (
    AlreadyAsked,
    AlreadyDecided,
    NotApproved,
    NotYourDuty,
    RequestChanged,
    RequestExpired,
    SamePerson,
    WhyNeeded,
)
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.journal import kinds
from pb.journal.service import record

SHORTEST_REASON = 10

kinds.declare(
    {
        "approval.asked": _l("A second person was asked to agree: %(what)s"),
        "approval.given": _l("A second person agreed: %(what)s"),
        "approval.declined": _l("A second person did not agree: %(what)s"),
        "approval.withdrawn": _l("Whoever asked took it back: %(what)s"),
        "approval.refused": _l("An agreement was refused by the system (%(why)s): %(what)s"),
    }
)


def ask(
    name: str,
    *,
    what: str,
    payload: Payload,
    round_id: int | None = None,
    reason: str = "",
    look_at: str = "",
    by: Actor,
    now: datetime,
) -> ApprovalRequest:
    """Ask a second person for an act. `what` is the sentence they read; `look_at` the page to look at first.

    Raises: NotYourDuty; AlreadyAsked; UnknownAction for an act nobody declared
    """
    wanted = action(name)
    if by.id is None or not by.has(*wanted.roles):
        raise NotYourDuty
    mark = hash_of(name, round_id, what, reason, payload)
    if _find(name, mark, "waiting", now):
        raise AlreadyAsked
    request = ApprovalRequest(
        action=name,
        round_id=round_id,
        what=what,
        look_at=look_at,
        payload=payload,
        payload_sha256=mark,
        reason=reason,
        state="waiting",
        asked_by=by.id,
        asked_by_name=by.name,
        asked_at=now,
        expires_at=now + wanted.lasts,
    )
    session().add(request)
    session().flush()
    _note("approval.asked", request, by=by, now=now, reason=reason)
    return request


def approve(request_id: int, *, seen: str, by: Actor, now: datetime) -> ApprovalRequest:
    """Agree, and do it in the same transaction. `seen`: the hash that was on the page.

    Raises: NotFound; NotYourDuty; SamePerson; AlreadyDecided; RequestExpired; RequestChanged; what the act raises
    """
    request, wanted = _hold_waiting(request_id, by, now)
    if request.asked_by == by.id:
        raise SamePerson
    if seen != request.payload_sha256 or request.payload_sha256 != _hash_of(request):
        raise RequestChanged
    _decide(request, "approved" if wanted.perform is None else "used", by, now)
    _note("approval.given", request, by=by, now=now)
    if wanted.perform is not None:
        wanted.perform(request.payload, by=by, now=now)
    return request


def decline(request_id: int, *, reason: str, by: Actor, now: datetime) -> ApprovalRequest:
    """Say no, with a reason.

    Raises: NotFound; NotYourDuty; SamePerson (who asked withdraws instead); AlreadyDecided; RequestExpired; WhyNeeded
    """
    request, _ = _hold_waiting(request_id, by, now)
    if request.asked_by == by.id:
        raise SamePerson
    if len(reason.strip()) < SHORTEST_REASON:
        raise WhyNeeded
    _decide(request, "declined", by, now)
    _note("approval.declined", request, by=by, now=now, reason=reason.strip())
    return request


def withdraw(request_id: int, *, by: Actor, now: datetime) -> ApprovalRequest:
    """Take back what one asked for.

    Raises: NotFound; NotYourDuty unless one asked for it; AlreadyDecided; RequestExpired
    """
    request, _ = _hold_waiting(request_id, by, now)
    if request.asked_by != by.id:
        raise NotYourDuty
    _decide(request, "withdrawn", by, now)
    _note("approval.withdrawn", request, by=by, now=now)
    return request


def take(name: str, *, payload: Payload, by: Actor, now: datetime) -> ApprovalRequest:
    """Use up an approval of exactly this act (one without `perform`), once and in time.

    Raises: NotYourDuty; NotApproved
    """
    if by.id is None or not by.has(*action(name).roles):
        raise NotYourDuty
    approved = select(ApprovalRequest).where(
        ApprovalRequest.action == name, ApprovalRequest.state == "approved", ApprovalRequest.expires_at > now
    )
    held = session().scalars(approved.order_by(ApprovalRequest.id).with_for_update()).all()
    for request in held:
        if request.payload == payload and request.payload_sha256 == _hash_of(request):
            request.state = "used"
            session().flush()
            return request
    raise NotApproved


def note_refusal(request_id: int, refusal: Refusal, *, by: Actor, now: datetime) -> None:
    """Put a refused attempt to approve into the record: in a transaction of its own, after the refused one."""
    request = session().get(ApprovalRequest, request_id)
    if request is not None:
        _note("approval.refused", request, by=by, now=now, why=type(refusal).__name__)


def hash_of(name: str, round_id: int | None, what: str, reason: str, payload: Payload) -> str:
    """SHA-256 over everything that says what is done.

    Raises: TypeError for a float, which has no one spelling
    """
    _check_plain(payload)
    fields = {"action": name, "round": round_id, "what": what, "reason": reason, "payload": payload}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_plain(value: Any) -> None:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for inner in value:
            _check_plain(inner)
    elif value is not None and type(value) not in (str, int, bool):
        raise TypeError(f"{value!r} cannot be part of what two people agree on")


def _hash_of(request: ApprovalRequest) -> str:
    return hash_of(request.action, request.round_id, request.what, request.reason, request.payload)


def _find(name: str, mark: str, state: str, now: datetime) -> ApprovalRequest | None:
    same = select(ApprovalRequest).where(ApprovalRequest.action == name, ApprovalRequest.payload_sha256 == mark)
    return session().scalars(same.where(ApprovalRequest.state == state, ApprovalRequest.expires_at > now)).first()


def _hold_waiting(request_id: int, by: Actor, now: datetime) -> tuple[ApprovalRequest, Action]:
    """The request for us alone, if it can still be decided: two people who press at once come one after the other."""
    request = session().get(ApprovalRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound
    wanted = action(request.action)
    if by.id is None or not by.has(*wanted.roles):
        raise NotYourDuty
    if request.state != "waiting":
        raise AlreadyDecided
    if request.expires_at <= now:
        raise RequestExpired
    return request, wanted


def _decide(request: ApprovalRequest, state: str, by: Actor, now: datetime) -> None:
    request.state, request.decided_by, request.decided_by_name, request.decided_at = state, by.id, by.name, now
    session().flush()


def _note(kind: str, request: ApprovalRequest, *, by: Actor, now: datetime, reason: str = "", **facts: Any) -> None:
    facts |= {"what": request.what, "action": request.action, "request": request.id, "sha256": request.payload_sha256}
    record(kind, by=by, now=now, subject=request.action, round_id=request.round_id, reason=reason, **facts)
