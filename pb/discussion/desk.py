"""What moderators and facilitators find on their desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.discussion.board import waiting_statements
from pb.discussion.conflicts import LAST_RESORT, OF_ITS_TALK, conflicts, no_officer_is_free, why_not_again
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

    @property
    def oldest_appeal(self) -> datetime | None:
        """Since when the oldest appeal waits: five working days are promised."""
        return self.appeals[0].made_at if self.appeals else None

    @property
    def second_looks(self) -> int:
        """How many decisions wait that do not come up in the queue by themselves."""
        return len(self.removals) + len(self.appeals) + len(self.statements)


def state_of(viewer: Actor) -> Desk:
    """The desk of one moderator."""
    waits = _waiting_for(viewer).order_by(None).subquery()
    items, oldest = session().execute(select(func.count(), func.min(waits.c.waiting_since))).one()
    if not viewer.has(Role.OFFICER, LAST_RESORT):
        return Desk(items, oldest, (), (), ())
    unconfirmed = select(Moderation).where(Moderation.needs_second).order_by(Moderation.id)
    removals = [act for act in session().scalars(unconfirmed) if not why_not_again(act, viewer)]
    undecided = select(ModerationAppeal).where(ModerationAppeal.outcome.is_(None))
    oldest_first = undecided.order_by(ModerationAppeal.made_at, ModerationAppeal.id)
    appeals = [made for made in session().scalars(oldest_first) if not why_not_again(made.moderation, viewer)]
    statements = waiting_statements(viewer) if viewer.has(Role.OFFICER) else ()
    return Desk(items, oldest, removals, appeals, statements)


def _waiting_for(viewer: Actor) -> Select[Contribution]:
    """What waits for a moderator; for whoever decides in the last place what no officer can."""
    waiting = waiting_items(viewer)
    if viewer.has(Role.OFFICER, Role.COUNCILLOR):
        return waiting
    return waiting.join(Talk, OF_ITS_TALK).where(no_officer_is_free())


def next_item(viewer: Actor, *, after: int = 0) -> Contribution | None:
    """The item that waits longest, after the one skipped, and in which this moderator has no interest."""
    waiting = session().scalars(_waiting_for(viewer).limit(LOOKED_AT)).all()
    ids = [item.id for item in waiting]
    start = ids.index(after) + 1 if after in ids else 0
    others = [*waiting[start:], *(waiting[: max(0, start - 1)])]
    return next((item for item in others if not conflicts(item, viewer)), None)


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
