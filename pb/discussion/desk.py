"""What moderators and facilitators find on their desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.discussion.board import waiting_statements
from pb.discussion.conflicts import conflicts
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Flag, Moderation, ModerationAppeal, Statement, Talk
from pb.discussion.queries import waiting_items

LOOKED_AT = 50


@dataclass(frozen=True)
class Desk:
    """How many items wait for anybody, since when the oldest does, and the second looks this person may take."""

    items: int
    oldest: datetime | None
    removals: Sequence[Moderation]
    appeals: Sequence[ModerationAppeal]
    statements: Sequence[Statement]


def state_of(viewer: Actor) -> Desk:
    """The desk of one moderator."""
    waits = waiting_items(viewer).order_by(None).subquery()
    items, oldest = session().execute(select(func.count(), func.min(waits.c.waiting_since))).one()
    if not viewer.has(Role.OFFICER):
        return Desk(items, oldest, (), (), ())
    unconfirmed = Moderation.needs_second & (Moderation.moderator_id != viewer.id)
    removals = session().scalars(select(Moderation).where(unconfirmed).order_by(Moderation.id)).all()
    others = (Moderation.moderator_id != viewer.id) & or_(
        Moderation.second_by.is_(None), Moderation.second_by != viewer.id
    )
    undecided = select(ModerationAppeal).join(Moderation).where(ModerationAppeal.outcome.is_(None), others)
    appeals = session().scalars(undecided.order_by(ModerationAppeal.made_at, ModerationAppeal.id)).all()
    return Desk(items, oldest, removals, appeals, waiting_statements(viewer))


def next_item(viewer: Actor, *, after: int = 0) -> Contribution | None:
    """The item that waits longest, after the one skipped, and in which this moderator has no interest."""
    waiting = session().scalars(waiting_items(viewer).limit(LOOKED_AT)).all()
    ids = [item.id for item in waiting]
    start = ids.index(after) + 1 if after in ids else 0
    for item in [*waiting[start:], *(waiting[: max(0, start - 1)])]:
        talk = session().get_one(Talk, (item.host_kind, item.host_id))
        if not conflicts(item, talk, viewer):
            return item
    return None


def flags_of(contribution_id: int) -> Sequence[Flag]:
    """The reports that are open, the oldest first."""
    open_ones = (Flag.contribution_id == contribution_id) & Flag.was_right.is_(None)
    return session().scalars(select(Flag).where(open_ones).order_by(Flag.flagged_at, Flag.person_id)).all()


def worth_citing(host: Host) -> Sequence[Contribution]:
    """For the summary's writer: what both sides or many found useful, and unanswered questions."""
    here = (Contribution.host_kind == host.kind) & (Contribution.host_id == host.id)
    public = here & Contribution.is_listed & (Contribution.state == "published")
    order = (Contribution.both_sides.desc(), Contribution.useful.desc(), Contribution.id.desc())
    return session().scalars(select(Contribution).where(public).order_by(*order).limit(30)).all()
