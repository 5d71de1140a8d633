"""The totals of a talk and the both-sides scores, counted anew behind every write, so that they cannot drift.

The caller holds the talk's row, so two writers of one talk come one after the other. A page then reads what is kept.
"""

from __future__ import annotations

import secrets
from collections import Counter

from sqlalchemy import ColumnElement, Select, and_, case, func, select, update
from sqlalchemy.exc import IntegrityError

from pb.core.db import session
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Stance, Talk, UsefulMark
from pb.discussion.order import FEWEST_MARKS, both_sides_score

PUBLIC = "published"


def hold(host: Host) -> Talk:
    """The host's talk, begun if need be, locked until the transaction ends, with the host's facts as they are now."""
    key = {"host_kind": host.kind, "host_id": host.id}
    if session().get(Talk, key) is None:
        try:
            with session().begin_nested():
                session().add(Talk(**key, title=host.title[:160], url=host.url))
        except IntegrityError:  # somebody began it at the same moment
            pass
    talk = session().get_one(Talk, key, with_for_update=True, populate_existing=True)
    talk.title, talk.url = host.title[:160], host.talk_url[:200]
    talk.round_id, talk.ward_id = host.round_id, host.ward_id
    talk.proposer_id, talk.group_id = host.proposer_id, host.group_id
    return talk


def hold_talk(host_kind: str, host_id: int) -> Talk:
    """A talk that exists, locked."""
    return session().get_one(Talk, (host_kind, host_id), with_for_update=True, populate_existing=True)


def changed(talk: Talk) -> None:
    """Something about the talk is not as it was: what was kept of its pages is not shown again."""
    talk.stamp = secrets.token_hex(8)


def of_talk(talk: Talk) -> ColumnElement[bool]:
    """The condition that a contribution belongs to this talk."""
    return and_(Contribution.host_kind == talk.host_kind, Contribution.host_id == talk.host_id)


def count_again(talk: Talk) -> None:
    """Count what the page's head says, and rescore, in a fixed number of statements."""
    changed(talk)
    session().flush()
    is_root = Contribution.parent_id.is_(None)
    groups = select(
        Contribution.kind,
        func.sum(case((Contribution.is_listed & is_root, 1), else_=0)),
        func.sum(case((Contribution.state == PUBLIC, 1), else_=0)),
        func.sum(case((and_(Contribution.state == PUBLIC, Contribution.outcome == ""), 1), else_=0)),
    )
    rows = session().execute(groups.where(of_talk(talk)).group_by(Contribution.kind)).all()
    listed = {kind: int(count) for kind, count, _, _ in rows}
    talk.support_posts, talk.worry_posts = listed.get("support", 0), listed.get("worry", 0)
    talk.questions, talk.suggestions = listed.get("question", 0), listed.get("suggestion", 0)
    talk.offers = listed.get("help", 0)
    talk.contributions = sum(int(public) for _, _, public, _ in rows)
    talk.unanswered = next((int(waiting) for kind, _, _, waiting in rows if kind == "question"), 0)
    sides = _people_by_side(talk)
    if sides != (talk.supports, talk.worries):
        talk.supports, talk.worries = sides
        rescore(talk)
    session().flush()


def _people_by_side(talk: Talk) -> tuple[int, int]:
    of_this = (Stance.host_kind == talk.host_kind) & (Stance.host_id == talk.host_id) & Stance.is_public
    rows = session().execute(select(Stance.side, func.count()).where(of_this).group_by(Stance.side))
    counted = Counter({row[0]: int(row[1]) for row in rows})
    return counted["support"], counted["worry"]


def rescore(talk: Talk) -> None:
    """Score every contribution that enough people on each side found useful."""
    marked = (Contribution.useful_support >= FEWEST_MARKS) & (Contribution.useful_worry >= FEWEST_MARKS)
    takes_part = marked | (Contribution.both_sides > 0)
    columns = (Contribution.id, Contribution.useful_support, Contribution.useful_worry, Contribution.state)
    rows = session().execute(select(*columns).where(of_talk(talk), takes_part)).all()
    scores = [
        {"id": row.id, "both_sides": _score(talk, row.useful_support, row.useful_worry, row.state)} for row in rows
    ]
    if scores:
        session().execute(update(Contribution), scores)


def _score(talk: Talk, useful_support: int, useful_worry: int, state: str) -> float:
    if state != PUBLIC:
        return 0.0
    return both_sides_score(useful_support, useful_worry, talk.supports, talk.worries)


def count_marks(talk: Talk, contribution: Contribution) -> None:
    """Count who found one contribution useful, by the side they stand on now, and score it."""
    changed(talk)
    session().flush()
    sides = Counter(session().scalars(_sides_of_marks(contribution.id)))
    contribution.useful = sides.total()
    contribution.useful_support, contribution.useful_worry = sides["support"], sides["worry"]
    contribution.both_sides = _score(talk, contribution.useful_support, contribution.useful_worry, contribution.state)
    session().flush()


def _sides_of_marks(contribution_id: int) -> Select[str]:
    """For each mark the side on which its giver counts now, None for neither."""
    here = (
        (Stance.host_kind == Contribution.host_kind)
        & (Stance.host_id == Contribution.host_id)
        & (Stance.person_id == UsefulMark.person_id)
        & Stance.is_public
    )
    marks = select(Stance.side).select_from(UsefulMark)
    of_contribution = marks.join(Contribution, Contribution.id == UsefulMark.contribution_id).outerjoin(Stance, here)
    return of_contribution.where(UsefulMark.contribution_id == contribution_id)


def moved_side(talk: Talk, person_id: int) -> None:
    """Count again the marks of somebody whose side began or ended to count, or changed."""
    session().flush()
    theirs = select(Contribution).join(UsefulMark, UsefulMark.contribution_id == Contribution.id)
    mine = theirs.where(UsefulMark.person_id == person_id, of_talk(talk)).order_by(Contribution.id)
    for contribution in session().scalars(mine):
        count_marks(talk, contribution)
