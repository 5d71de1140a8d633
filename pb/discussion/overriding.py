"""Deciding in spite of a conflict: an officer says why, a second officer without one agrees, and only then it is done.

Never for one's own words, and never with a declared interest: the Localism Act 2011 leaves no room for either.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.errors import NotFound
from pb.discussion.conflicts import NEVER_OVERRIDDEN, conflicts
from pb.discussion.errors import ConflictOfInterest, OverrideReasonNeeded, SecondHasInterest
from pb.discussion.models import Contribution, Talk
from pb.discussion.moderating import Decision, check_decision, decide
from pb.discussion.reasons import ACTIONS, CONFLICTS_OF_ANOTHER, REASONS

DUTY = (Role.OFFICER,)
CHOICES = ("publish", "blank", "reword", "hide")
"""Not `move`, which another can do as well, nor `remove`, which has two people of its own."""


def may_override(found: tuple[str, ...], by: Actor) -> bool:
    """Whether this person may ask a second one, with these conflicts (codes of `CONFLICTS`)."""
    return by.has(*DUTY) and bool(found) and not NEVER_OVERRIDDEN & set(found)


def ask_to_override(
    contribution: Contribution, decision: Decision, *, why: str, by: Actor, now: datetime
) -> ApprovalRequest:
    """Ask a second officer to agree to what this one, who has a conflict, would decide.

    Raises: ConflictOfInterest where no override is possible; OverrideReasonNeeded; what `check_decision` and
            `approvals.ask` raise
    """
    found = conflicts(contribution, by)
    if not may_override(found, by) or decision.action not in CHOICES:
        raise ConflictOfInterest(found)
    if len(why.strip()) < approvals.SHORTEST_REASON:
        raise OverrideReasonNeeded
    check_decision(contribution, decision)
    what = _sentence(contribution, decision, found)
    talk = session().get_one(Talk, (contribution.host_kind, contribution.host_id))
    return approvals.ask(
        "contribution.override",
        what=what[:600],
        payload={"contribution_id": contribution.id, "asked_by": by.id, **asdict(decision)},
        round_id=talk.round_id,
        reason=why.strip()[:600],
        look_at=f"/staff/queue/{contribution.id}",
        by=by,
        now=now,
    )


def _sentence(contribution: Contribution, decision: Decision, found: tuple[str, ...]) -> str:
    """What the second officer, and everybody in the record, reads."""
    done = str(ACTIONS[decision.action])
    if decision.action == "hide":
        done += f" ({REASONS[decision.reason]})"
    return str(
        _(
            "Decide about contribution %(id)s although the officer who asks has an interest. %(conflicts)s "
            "What would be done: %(done)s.",
            id=contribution.id,
            conflicts=" ".join(str(CONFLICTS_OF_ANOTHER[code]) for code in found),
            done=done,
        )
    )


def _unpublished(payload: Payload) -> list[tuple[LazyString, str]]:
    """The words that would be shown, and what would be written to the author: neither is for the record."""
    parts = ((_l("Words that would be shown"), "new_text"), (_l("Message to the author"), "message"))
    return [(label, payload[name]) for label, name in parts if payload[name]]


def _decide_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    """The second officer agreed: it is decided in their name, and who asked took part. Raises: SecondHasInterest"""
    contribution = session().get(Contribution, payload["contribution_id"])
    if contribution is None:
        raise NotFound
    if conflicts(contribution, by):
        raise SecondHasInterest
    fields = ("action", "reason", "message", "new_text")
    act = decide(contribution, Decision(**{name: payload[name] for name in fields}), by=by, now=now)
    act.second_by = payload.get("asked_by")
    session().flush()


def _barred(payload: Payload, viewer: Actor) -> LazyString | str | None:
    """What stands in place of the button for a second officer with an interest of their own."""
    contribution = session().get(Contribution, payload["contribution_id"])
    return SecondHasInterest.sentence if contribution and conflicts(contribution, viewer) else None


declare(
    Action(
        "contribution.override",
        _l("Decide about a contribution in spite of an interest"),
        roles=DUTY,
        perform=_decide_agreed,
        shows=_unpublished,
        bars=_barred,
    )
)
