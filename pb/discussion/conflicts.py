"""Who may not moderate what: judged by page and POST alike, from what is recorded.

Source: security.md section 7 (councillor impartiality); Localism Act 2011, sections 29 to 34, for declared interests.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import exists, select

from pb.accounts.models import GroupMember, Person, RoleGrant
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.errors import NotAllowed
from pb.discussion import election, tally
from pb.discussion.errors import ConflictOfInterest, OfficersOnly
from pb.discussion.models import Contribution, Flag, Interest, Stance, Talk

NEVER_OVERRIDDEN = frozenset({"own_words", "interest"})
"""Conflicts with which nobody decides, even if a second person agrees."""
_ABOUT_COUNCILLOR = re.compile(r"(?i)\b(?:cllrs?|councillors?)\b")


def conflicts(contribution: Contribution, talk: Talk, by: Actor) -> tuple[str, ...]:
    """Codes of `reasons.CONFLICTS` for this moderator and this item, in three statements; empty when there are none."""
    assert by.id is not None
    here = (Stance.host_kind == talk.host_kind) & (Stance.host_id == talk.host_id)
    interest = (Interest.host_kind == talk.host_kind) & (Interest.host_id == talk.host_id)
    theirs = Contribution.author_id == by.id
    answers = (
        session()
        .execute(
            select(
                exists().where(GroupMember.group_id == talk.group_id, GroupMember.person_id == by.id),
                exists().where(interest, Interest.person_id == by.id),
                exists().where(here, Stance.person_id == by.id),
                exists().where(tally.of_talk(talk), theirs, Contribution.parent_id.is_(None)),
                exists().where(Flag.contribution_id == contribution.id, Flag.person_id == by.id),
                select(Flag.contribution_id)
                .join(Contribution, Contribution.id == Flag.contribution_id)
                .where(theirs, Flag.person_id == contribution.author_id)
                .exists(),
            )
        )
        .one()
    )
    is_member, declared, took_side, contributed, reported, reported_by = answers
    is_councillor = by.has(Role.COUNCILLOR)
    found = {
        "own_ward": is_councillor and talk.ward_id in by.ward_ids,
        "own_words": contribution.author_id == by.id,
        "proposer": talk.proposer_id == by.id or is_member,
        "interest": declared,
        "side": took_side,
        "contributed": contributed,
        "reported": reported,
        "reported_by": reported_by,
        "councillor": is_councillor and _touches_councillor(contribution),
    }
    return tuple(code for code, holds in found.items() if holds)


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


def check_may_moderate(contribution: Contribution, talk: Talk, by: Actor, now: datetime) -> None:
    """Raises: NotAllowed without a role for it; OfficersOnly before an election; ConflictOfInterest."""
    if not by.has(Role.OFFICER, Role.COUNCILLOR):
        raise NotAllowed
    if not by.has(Role.OFFICER) and election.is_on(talk.round_id, now):
        raise OfficersOnly
    if found := conflicts(contribution, talk, by):
        raise ConflictOfInterest(found)


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
