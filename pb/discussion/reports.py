"""Reports by readers: weighed, so that a crowd of new accounts cannot make anything disappear."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from pb.accounts.models import Person
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import NotFound
from pb.discussion import tally
from pb.discussion.errors import AlreadyReported, OwnReport, ReasonNotListed
from pb.discussion.models import Contribution, Flag
from pb.discussion.reasons import REASONS
from pb.discussion.service import settle_state

ENOUGH = 3.0
OLD_ENOUGH = timedelta(days=7)
LOST_PER_FALSE = 0.25


def report(contribution: Contribution, *, reason: str, words: str, by: Actor, now: datetime) -> Flag:
    """Report a public contribution. Three weights hide it until somebody has decided; nothing is deleted.

    A report by an account younger than the post, or than a week, weighs nothing but is read all the same; every report
    that was found wrong takes a quarter of the weight of the next.

    Raises: ReasonNotListed, OwnReport, AlreadyReported, NotFound when it is not public.
    """
    assert by.id is not None
    if reason not in REASONS:
        raise ReasonNotListed
    talk = tally.hold_talk(contribution.host_kind, contribution.host_id)
    session().refresh(contribution)
    if contribution.state != "published":
        raise NotFound
    if contribution.author_id == by.id:
        raise OwnReport
    if session().get(Flag, (contribution.id, by.id)) is not None:
        raise AlreadyReported
    flag = Flag(
        contribution_id=contribution.id,
        person_id=by.id,
        reason=reason,
        words=words[:300],
        weight=_weight(session().get_one(Person, by.id), contribution, now),
        flagged_at=now,
    )
    session().add(flag)
    contribution.flags += flag.weight
    contribution.waiting_since = contribution.waiting_since or now
    if contribution.flags >= ENOUGH:
        contribution.state, contribution.held_because = "held", "flags"
        settle_state(talk, contribution)
    session().flush()
    return flag


def _weight(person: Person, contribution: Contribution, now: datetime) -> float:
    if person.created_at > contribution.posted_at or now - person.created_at < OLD_ENOUGH:
        return 0.0
    false = select(func.count()).where(Flag.person_id == person.id, Flag.was_right.is_(False))
    return max(0.0, 1.0 - LOST_PER_FALSE * (session().scalar(false) or 0))
