"""Reading people, roles, groups and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import selectinload

from pb.accounts.models import Group, GroupMember, Person, RoleGrant, SignedInSession, SignInLink, StaffCredential
from pb.core.actor import STAFF_ROLES, Actor, Role
from pb.core.db import Base, UTCDateTime, session
from pb.core.errors import NotFound


@dataclass(frozen=True)
class OpenSession:
    """A session that counts, and who acts in it."""

    actor: Actor
    is_staff: bool


_OPEN = (
    select(
        SignedInSession.is_staff,
        Person.id,
        Person.display_name,
        exists().where(GroupMember.person_id == Person.id),
        RoleGrant.role,
        RoleGrant.ward_id,
    )
    .join(Person, Person.id == SignedInSession.person_id)
    .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
    .where(SignedInSession.token_sha256 == bindparam("token"), Person.deleted_at.is_(None))
    .where(SignedInSession.ended_at.is_(None), SignedInSession.expires_at > bindparam("moment", type_=UTCDateTime))
)
"""Every request of somebody signed in asks this: written once, because putting it together takes longer than asking."""


def open_session(token_sha256: str, now: datetime) -> OpenSession | None:
    """The session with its person, roles and wards, in one query; None when it ended or never was.

    Whoever signed in by e-mail alone has no staff role in that session, even if they hold one.
    """
    rows = session().connection().execute(_OPEN, {"token": token_sha256, "moment": now}).all()  # the ORM adds half
    if not rows:
        return None
    is_staff, person_id, name, is_member, *_ = rows[0]
    roles = {Role(role) for *_, role, _ in rows if role}
    held = roles if is_staff else roles - STAFF_ROLES
    extra = {Role.RESIDENT, Role.GROUP_MEMBER} if is_member else {Role.RESIDENT}
    wards = frozenset(ward_id for *_, ward_id in rows if ward_id)
    return OpenSession(Actor(id=person_id, name=name, roles=frozenset(held | extra), ward_ids=wards), is_staff)


def person(person_id: int) -> Person:
    """Raises: NotFound."""
    found = session().get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def person_by_mailbox(mailbox: str) -> Person | None:
    """The person with this normalised address, with roles."""
    found = select(Person).where(Person.email == mailbox).options(selectinload(Person.roles))
    return session().scalars(found).one_or_none()


def people_with_roles() -> Sequence[Person]:
    """Everybody who holds a role, by name."""
    holding = select(Person).where(exists().where(RoleGrant.person_id == Person.id))
    return session().scalars(holding.options(selectinload(Person.roles)).order_by(Person.display_name, Person.id)).all()


def groups_of(person_id: int) -> Sequence[Group]:
    """The groups this person acts for, by name."""
    mine = select(Group).join(GroupMember).where(GroupMember.person_id == person_id)
    return session().scalars(mine.order_by(Group.name, Group.id)).all()


def group_of(person_id: int, slug: str) -> Group:
    """A group, for its members only.

    Raises: NotFound, for others too.
    """
    mine = select(Group).join(GroupMember).where(GroupMember.person_id == person_id, Group.slug == slug)
    found = session().scalars(mine).one_or_none()
    if found is None:
        raise NotFound
    return found


def members_of(group_id: int) -> Sequence[Person]:
    """Who acts for a group, by name."""
    theirs = (
        select(Person).join(GroupMember, GroupMember.person_id == Person.id).where(GroupMember.group_id == group_id)
    )
    return session().scalars(theirs.order_by(Person.display_name, Person.id)).all()


def wards() -> Sequence[tuple[int, str]]:
    """Ids and names of all wards, by name. The class lives in a higher room; the table is named by our foreign key."""
    ward = Base.metadata.tables["ward"]
    rows = session().execute(select(ward.c.id, ward.c.name).order_by(ward.c.name, ward.c.id)).all()
    return [(row[0], row[1]) for row in rows]


def councillors_of(ward_id: int) -> Sequence[Person]:
    """The councillors of a ward with their roles, by name."""
    serving = exists().where(
        RoleGrant.person_id == Person.id, RoleGrant.role == Role.COUNCILLOR, RoleGrant.ward_id == ward_id
    )
    found = select(Person).where(serving, Person.deleted_at.is_(None)).options(selectinload(Person.roles))
    return session().scalars(found.order_by(Person.display_name, Person.id)).all()


def open_link(token_sha256: str, now: datetime) -> SignInLink | None:
    """A sign-in link that can still be used."""
    link = session().get(SignInLink, token_sha256)
    return link if link and link.ended_at is None and link.expires_at > now else None


def open_link_of_browser(browser_sha256: str, now: datetime) -> SignInLink | None:
    """The newest usable link that this browser asked for."""
    still_open = SignInLink.ended_at.is_(None) & (SignInLink.expires_at > now)
    found = select(SignInLink).where(SignInLink.browser_sha256 == browser_sha256, still_open)
    newest = found.order_by(SignInLink.created_at.desc(), SignInLink.token_sha256).limit(1)
    return session().scalars(newest).one_or_none()


def credential_of(mailbox: str) -> StaffCredential | None:
    """Password and second factor of the person with this address."""
    found = select(StaffCredential).join(Person, Person.id == StaffCredential.person_id).where(Person.email == mailbox)
    return session().scalars(found).one_or_none()


def all_credentials() -> Sequence[tuple[Person, StaffCredential]]:
    """Everybody with a password, by name: for the demonstration's list."""
    found = select(Person, StaffCredential).join(StaffCredential, StaffCredential.person_id == Person.id)
    rows = session().execute(found.options(selectinload(Person.roles)).order_by(Person.display_name, Person.id)).all()
    return [(row[0], row[1]) for row in rows]


def has_password(person_id: int) -> bool:
    return session().get(StaffCredential, person_id) is not None
