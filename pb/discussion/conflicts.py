"""Who may not moderate what: judged by page and POST alike, from what is recorded.

Officers and councillors moderate. Where no officer is free of a conflict, the returning officer decides, who is the
council's monitoring officer or clerk: a parish with one officer needs no other. Source: security.md section 7
(councillor impartiality); Localism Act 2011, sections 29 to 34, for declared interests.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from flask_babel import LazyString
from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, or_, select
from sqlalchemy.orm import aliased

from pb.accounts.models import GroupMember, Person, RoleGrant
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.errors import NotAllowed
from pb.discussion import election
from pb.discussion.errors import ConflictOfInterest, OfficersOnly, SecondPersonNeeded
from pb.discussion.models import Contribution, Flag, Interest, Moderation, Stance, Talk
from pb.discussion.reasons import CONFLICTS

NEVER_OVERRIDDEN = frozenset({"own_words", "interest"})
"""Conflicts with which nobody decides, even if a second person agrees."""
LAST_RESORT = Role.RETURNING_OFFICER
_ABOUT_COUNCILLOR = re.compile(r"(?i)\b(?:cllrs?|councillors?)\b")
OF_ITS_TALK = and_(Talk.host_kind == Contribution.host_kind, Talk.host_id == Contribution.host_id)


def conflicts(contribution: Contribution, by: Actor) -> tuple[str, ...]:
    """Codes of `reasons.CONFLICTS` for this moderator and this item, in one statement; empty when there are none."""
    assert by.id is not None
    recorded = _recorded(by.id)
    wanted = select(*recorded.values()).select_from(Contribution).join(Talk, OF_ITS_TALK)
    row = session().execute(wanted.where(Contribution.id == contribution.id)).one()
    found = [code for code, holds in zip(recorded, row, strict=True) if holds]
    if by.has(Role.COUNCILLOR) and _touches_councillor(contribution):
        found.append("councillor")
    return tuple(found)


def _recorded(person: int | SQLColumnExpression[int]) -> dict[str, ColumnElement[bool]]:
    """The conflicts of a person that are rows, each true or false, for a `Contribution` joined to its `Talk`."""
    said, reported = aliased(Contribution), aliased(Contribution)
    interest = and_(Interest.host_kind == Talk.host_kind, Interest.host_id == Talk.host_id)
    stance = and_(Stance.host_kind == Talk.host_kind, Stance.host_id == Talk.host_id)
    here = and_(said.host_kind == Talk.host_kind, said.host_id == Talk.host_id, said.parent_id.is_(None))
    ward = and_(RoleGrant.role == Role.COUNCILLOR, RoleGrant.ward_id == Talk.ward_id)
    member = and_(GroupMember.group_id == Talk.group_id, GroupMember.person_id == person)
    by_author = and_(reported.id == Flag.contribution_id, Flag.person_id == Contribution.author_id)
    return {
        "own_ward": _is_there(RoleGrant.id, ward, RoleGrant.person_id == person),
        "own_words": Contribution.author_id == person,
        "proposer": or_(Talk.proposer_id.is_not_distinct_from(person), _is_there(GroupMember.group_id, member)),
        "interest": _is_there(Interest.person_id, interest, Interest.person_id == person),
        "side": _is_there(Stance.person_id, stance, Stance.person_id == person),
        "contributed": _is_there(said.id, here, said.author_id == person),
        "reported": _is_there(Flag.person_id, Flag.contribution_id == Contribution.id, Flag.person_id == person),
        "reported_by": _is_there(Flag.person_id, by_author, reported.author_id == person),
    }


def _is_there(column: SQLColumnExpression[int], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(column).where(*conditions).correlate(Contribution, Talk, _OFFICER).exists()


_OFFICER = aliased(RoleGrant)


def no_officer_is_free(took_part: Collection[int] = ()) -> ColumnElement[bool]:
    """Whether every officer has a conflict or took part, for a `Contribution` joined to its `Talk`."""
    has_conflict = or_(*_recorded(_OFFICER.person_id).values())
    there = and_(_OFFICER.role == Role.OFFICER, Person.deleted_at.is_(None), _OFFICER.person_id.not_in(took_part))
    free = select(_OFFICER.id).join(Person, Person.id == _OFFICER.person_id).where(there, ~has_conflict)
    return ~free.correlate(Contribution, Talk).exists()


def _came_to(by: Actor, contribution: Contribution, took_part: Collection[int] = ()) -> bool:
    """Whether this came to the last person there is, because no officer is free."""
    if not by.has(LAST_RESORT):
        return False
    wanted = select(no_officer_is_free(took_part)).select_from(Contribution).join(Talk, OF_ITS_TALK)
    return bool(session().scalar(wanted.where(Contribution.id == contribution.id)))


def _touches_councillor(contribution: Contribution) -> bool:
    """Written by a councillor, or naming one."""
    words = f"{contribution.text} {contribution.update_text}"
    if _ABOUT_COUNCILLOR.search(words):
        return True
    serving = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.COUNCILLOR)
    rows = session().execute(select(Person.id, Person.display_name).where(serving)).all()
    surnames = {name.split()[-1] for _, name in rows if name.split()}
    return contribution.author_id in {row.id for row in rows} or any(
        re.search(rf"(?i)\b{re.escape(surname)}\b", words) for surname in surnames
    )


def check_role(contribution: Contribution, by: Actor) -> None:
    """Raises: NotAllowed unless it is this person's duty, be it because no officer is free."""
    if not by.has(Role.OFFICER, Role.COUNCILLOR) and not _came_to(by, contribution):
        raise NotAllowed


def check_may_moderate(contribution: Contribution, talk: Talk, by: Actor, now: datetime) -> None:
    """Raises: as `check_role`; OfficersOnly for councillors before an election; ConflictOfInterest."""
    check_role(contribution, by)
    if not by.has(Role.OFFICER, LAST_RESORT) and election.is_on(talk.round_id, now):
        raise OfficersOnly
    if found := conflicts(contribution, by):
        raise ConflictOfInterest(found)


def check_second_look(act: Moderation, by: Actor) -> None:
    """Whether this person may decide again about what was done.

    Raises: SecondPersonNeeded for whoever took part; NotAllowed unless an officer, or no officer is free;
            ConflictOfInterest
    """
    took_part = {person for person in (act.moderator_id, act.second_by) if person is not None}
    if by.id in took_part:
        raise SecondPersonNeeded
    if not by.has(Role.OFFICER) and not _came_to(by, act.contribution, took_part):
        raise NotAllowed
    if found := conflicts(act.contribution, by):
        raise ConflictOfInterest(found)


def why_not_again(act: Moderation, by: Actor) -> list[LazyString | str]:
    """The same, in the sentences that stand on the page in place of the form; empty when they may."""
    try:
        check_second_look(act, by)
    except ConflictOfInterest as conflict:
        return [CONFLICTS[code] for code in conflict.reasons]
    except NotAllowed as refusal:
        return [refusal.sentence]
    return []


def declare_interest(host_kind: str, host_id: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Declare a personal or pecuniary interest in a host; a second declaration replaces the first."""
    assert by.id is not None
    key = (host_kind, host_id, by.id)
    row = session().get(Interest, key)
    if row is None:
        row = Interest(host_kind=host_kind, host_id=host_id, person_id=by.id, kind=kind, declared_at=now)
        session().add(row)
    row.kind, row.declared_at = kind, now
    session().flush()
