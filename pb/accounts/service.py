"""Signing in and out, people, roles, staff and groups: who may do what, and what ends whose sessions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from pb.accounts import invitations, letters, passwords, queries, second_factor, tokens
from pb.accounts.errors import (
    CodeNotRight,
    GroupNameTaken,
    HasRoleAlready,
    LastAdministrator,
    LinkNotGood,
    NotAnAddress,
    PasswordTooShort,
    RoleNotGiven,
    SignInRefused,
    TitleMissing,
    WardMissing,
)
from pb.accounts.mailbox import normalise
from pb.accounts.models import Group, GroupMember, Person, RoleGrant, SignedInSession, SignInLink, StaffCredential
from pb.approvals import actions as approval_acts
from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload
from pb.approvals.models import ApprovalRequest
from pb.approvals.queries import waiting_for
from pb.core import limits
from pb.core.actor import STAFF_ROLES, Actor, Role
from pb.core.db import let_go, session
from pb.core.errors import NotAllowed, NotFound
from pb.core.outbox import send_mail
from pb.core.slots import gathered
from pb.journal.kinds import declare
from pb.journal.service import record

declare(
    {
        "role.granted": _l("A role was given: %(role)s (%(title)s)."),
        "role.revoked": _l("A role was taken back: %(role)s (%(title)s)."),
    }
)

LINK_LIFE = timedelta(minutes=15)
LONGEST = {True: timedelta(hours=8), False: timedelta(hours=12)}
"""How long a session of staff (True) and of residents (False) may last in all."""
IDLE = {True: timedelta(minutes=30), False: timedelta(minutes=60)}
KEPT = timedelta(days=1)
"""Ended links and sessions are deleted after this."""
UNNAMED = "A resident"
GIVEN_ROLES = (Role.OFFICER, Role.RETURNING_OFFICER, Role.ADMIN, Role.COUNCILLOR)


@dataclass(frozen=True)
class Arrival:
    """A browser that has just signed in: its session token, where it was going, and whether the person is new."""

    token: str
    person: Person
    go_to: str
    is_new: bool


@dataclass(frozen=True)
class NewStaff:
    """A member of staff and the secret for their authenticator, shown this once."""

    person: Person
    totp_secret: str


def request_sign_in(
    *, email: str, go_to: str, browser: str, network: str, link_to: Callable[[str], str], now: datetime
) -> None:
    """Mail a link and a code to a mailbox; the same work and the same answer whether we know it or not.

    `browser` is the nonce in the asking browser's cookie; `link_to` turns a token into the page's whole address.

    Raises: NotAnAddress; TooMany beyond 3 in 15 minutes or 10 a day for a mailbox, 30 in 15 minutes for a network.
    Source: security.md section 5.3.
    """
    mailbox = normalise(email)
    limits.spend("sign-in asked from", "30/15 minutes", network)
    limits.spend("sign-in asked", "3/15 minutes", mailbox)
    limits.spend("sign-in asked today", "10/day", mailbox)
    _end_links(mailbox, now)
    token, code = tokens.link_token(), tokens.six_digits()
    key = tokens.digest(token)
    link = SignInLink(
        token_sha256=key,
        email=mailbox,
        code_sha256=tokens.digest(key, code),
        browser_sha256=tokens.digest(browser),
        go_to=go_to[:300],
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    session().add(link)
    letter = letters.sign_in(url=link_to(token), code=code)
    send_mail(to=mailbox, subject=letter.subject, body=letter.body, now=now)
    session().flush()


def _end_links(mailbox: str, now: datetime) -> None:
    """A newer link ends the older ones; those of the day before are forgotten altogether."""
    mine = SignInLink.email == mailbox
    session().execute(update(SignInLink).where(mine, SignInLink.ended_at.is_(None)).values(ended_at=now))
    session().execute(delete(SignInLink).where(SignInLink.expires_at < now - KEPT))


def forget_old_sign_ins(*, now: datetime) -> None:
    """Delete links and sessions that ended a day ago, whether or not anybody signs in meanwhile."""
    for table in (SignInLink, SignedInSession):
        session().execute(delete(table).where(table.expires_at < now - KEPT))


def sign_in_by_link(*, token: str, browser: str, code: str, now: datetime) -> Arrival:
    """Use up an e-mailed link. In the browser that asked the link is enough; elsewhere the code is needed too.

    Raises: LinkNotGood; CodeNotRight; TooMany after 5 codes for one link.
    """
    link = queries.open_link(tokens.digest(token), now)
    if link is None:
        raise LinkNotGood
    if not asked_here(link, browser):
        _check_code(link, code)
    return _arrive(link, now)


def sign_in_by_code(*, browser: str, code: str, now: datetime) -> Arrival:
    """Use up the link by typing its code in the browser that asked for it.

    Raises: LinkNotGood when nothing is open for this browser; CodeNotRight; TooMany after 5 codes for one link.
    """
    link = queries.open_link_of_browser(tokens.digest(browser), now)
    if link is None:
        raise LinkNotGood
    _check_code(link, code)
    return _arrive(link, now)


def asked_here(link: SignInLink, browser: str) -> bool:
    """Whether this browser is the one that asked for the link."""
    return link.browser_sha256 == tokens.digest(browser)


def _check_code(link: SignInLink, code: str) -> None:
    """Every try counts, right or wrong, so that parallel guesses do not get past; at most ten in a million a day."""
    digits = "".join(c for c in code if c.isdecimal())
    limits.spend("sign-in code", "5/15 minutes", link.token_sha256)
    limits.spend("sign-in codes today", "10/day", link.email)
    if tokens.digest(link.token_sha256, digits) != link.code_sha256:
        raise CodeNotRight


def _arrive(link: SignInLink, now: datetime) -> Arrival:
    """One of two who use a link at once gets through: the update finds it open only once."""
    still_open = SignInLink.ended_at.is_(None)
    mine = update(SignInLink).where(SignInLink.token_sha256 == link.token_sha256, still_open).values(ended_at=now)
    if session().execute(mine).rowcount != 1:  # type: ignore[attr-defined]
        raise LinkNotGood
    is_new = queries.person_by_mailbox(link.email) is None
    person = find_or_create_person(email=link.email, display_name=UNNAMED, now=now)
    return Arrival(start_session(person_id=person.id, is_staff=False, now=now), person, link.go_to, is_new)


def find_or_create_person(*, email: str, display_name: str, now: datetime) -> Person:
    """The person of this mailbox; `display_name` is used only when they are new.

    Raises: NotAnAddress.
    """
    mailbox = normalise(email)
    known = queries.person_by_mailbox(mailbox)
    if known is not None:
        return known
    person = Person(email=mailbox, display_name=display_name, created_at=now)
    try:
        with session().begin_nested():
            session().add(person)
    except IntegrityError:  # somebody was quicker
        return session().scalars(select(Person).where(Person.email == mailbox)).one()
    return person


def start_session(*, person_id: int, is_staff: bool, now: datetime) -> str:
    """Open a session and return its token, which only the browser's signed cookie holds."""
    session().execute(delete(SignedInSession).where(SignedInSession.expires_at < now - KEPT))
    token = tokens.session_token()
    row = SignedInSession(token_sha256=tokens.digest(token), person_id=person_id, is_staff=is_staff, started_at=now)
    row.expires_at = now + LONGEST[is_staff]
    session().add(row)
    session().flush()
    return token


def end_session(*, token: str, now: datetime) -> None:
    """End one session, wherever its cookie may be."""
    mine = SignedInSession.token_sha256 == tokens.digest(token)
    session().execute(
        update(SignedInSession).where(mine, SignedInSession.ended_at.is_(None)).values(ended_at=now),
    )


def end_sessions(*, person_id: int, now: datetime) -> int:
    """End every session of a person; returns how many there were."""
    theirs = update(SignedInSession).where(SignedInSession.person_id == person_id, SignedInSession.ended_at.is_(None))
    ended: int = session().execute(theirs.values(ended_at=now)).rowcount  # type: ignore[attr-defined]
    return ended


def sign_in_staff(*, email: str, password: str, code: str, network: str, now: datetime) -> str:
    """Sign a member of staff in by password and second factor; returns the session's token.

    Unknown people take the same work and get the same answer. The slow hash runs outside any transaction.

    Raises: SignInRefused; TooMany beyond 20 tries an hour for a mailbox, 60 in 15 minutes for a network.
    """
    limits.spend("staff sign-in from", "60/15 minutes", network)
    try:
        mailbox = normalise(email)
    except NotAnAddress:
        mailbox = ""
    limits.spend("staff sign-in", "20/hour", mailbox)
    credential = queries.credential_of(mailbox)
    person_id = credential.person_id if credential else 0
    password_hash = credential.password_hash if credential else passwords.NOBODYS
    secret = second_factor.unseal(credential.totp_sealed) if credential else second_factor.new_secret()
    with let_go():
        is_right = passwords.matches(password_hash, password)
    step = second_factor.matching_step(secret, code, now)
    if not is_right or step is None or not _use_step(person_id, step):
        raise SignInRefused
    return start_session(person_id=person_id, is_staff=True, now=now)


def _use_step(person_id: int, step: int) -> bool:
    """Whether this step's code was still unused; it is used now."""
    unused = StaffCredential.totp_last_step < step
    mine = update(StaffCredential).where(StaffCredential.person_id == person_id, unused).values(totp_last_step=step)
    return bool(session().execute(mine).rowcount == 1)  # type: ignore[attr-defined]


def create_staff(
    *,
    email: str,
    display_name: str,
    password: str,
    role: Role,
    title: str,
    ward_id: int | None = None,
    by: Actor,
    now: datetime,
) -> NewStaff:
    """Make or renew a member of staff: a role, a password, a new second factor. Ends their sessions.

    Raises: NotAnAddress; PasswordTooShort; and what `grant_role` raises, except HasRoleAlready.
    """
    if len(password) < passwords.MINIMUM:
        raise PasswordTooShort
    password_hash = passwords.hash_of(password)  # first: no lock is held yet
    person = find_or_create_person(email=email, display_name=display_name, now=now)
    person.display_name = display_name
    if not _holds(person, role, ward_id):
        grant_role(person, role=role, title=title, ward_id=ward_id, by=by, now=now)
    secret = second_factor.new_secret()
    credential = session().get(StaffCredential, person.id) or StaffCredential(person_id=person.id, totp_last_step=0)
    credential.password_hash, credential.totp_sealed = password_hash, second_factor.seal(secret)
    credential.changed_at = now
    session().add(credential)
    end_sessions(person_id=person.id, now=now)
    session().flush()
    return NewStaff(person, secret)


def _holds(person: Person, role: Role, ward_id: int | None) -> bool:
    return any(held.role == role and held.ward_id == ward_id for held in person.roles)


def _check_may_give_roles(by: Actor) -> None:
    if not by.has(Role.ADMIN, Role.SYSTEM):
        raise NotAllowed


def grant_role(
    person: Person, *, role: Role, ward_id: int | None = None, title: str = "", by: Actor, now: datetime
) -> RoleGrant:
    """Give a role, in the open: the journal says role and title. The person's sessions end, so that it counts at once.

    Raises: NotAllowed unless an administrator or an operator; RoleNotGiven; WardMissing; TitleMissing; HasRoleAlready.
    """
    _check_grant(person, role=role, ward_id=ward_id, title=title, by=by)
    grant = RoleGrant(role=role.value, title=title, ward_id=ward_id, granted_at=now, granted_by=by.id)
    person.roles.append(grant)
    session().flush()
    end_sessions(person_id=person.id, now=now)
    record("role.granted", by=by, now=now, subject=title, role=role.value, title=title)
    return grant


def _check_grant(person: Person, *, role: Role, ward_id: int | None, title: str, by: Actor) -> None:
    """Raises: as `grant_role`."""
    _check_may_give_roles(by)
    if role not in GIVEN_ROLES:
        raise RoleNotGiven
    if (role is Role.COUNCILLOR) != (ward_id is not None):
        raise WardMissing
    if not title:
        raise TitleMissing
    _lock(person)
    if _holds(person, role, ward_id):
        raise HasRoleAlready


def give_role(
    person: Person, *, role: Role, ward_id: int | None = None, title: str = "", look_at: str, by: Actor, now: datetime
) -> ApprovalRequest | None:
    """Give a role at once, or ask a second administrator where it is one of staff (what is returned).

    The first ones are made at the server's terminal (`pb create-staff`). `look_at`: the page that says who it is; the
    record does not.

    Raises: as `grant_role`; what `approvals.ask` raises
    """
    if role not in STAFF_ROLES:
        grant_role(person, role=role, ward_id=ward_id, title=title, by=by, now=now)
        return None
    _check_grant(person, role=role, ward_id=ward_id, title=title, by=by)
    what = _(
        "Give somebody the role %(role)s, with the title “%(title)s”.", role=role.value.replace("_", " "), title=title
    )
    payload: Payload = {"person_id": person.id, "role": role.value, "title": title}
    return approvals.ask("role.grant", what=str(what), payload=payload, look_at=look_at, by=by, now=now)


def roles_asked_for(person_id: int, *, by: Actor, now: datetime) -> list[ApprovalRequest]:
    """Roles of staff for this person that wait for a second administrator."""
    asked = [one for one in waiting_for(by, now) if one.action == "role.grant"]
    return [one for one in asked if one.payload["person_id"] == person_id]


def _grant_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    person, role = queries.person(payload["person_id"]), Role(payload["role"])
    grant_role(person, role=role, title=payload["title"], by=by, now=now)


approval_acts.declare(
    Action("role.grant", _l("Give a role of staff"), roles=(Role.ADMIN,), perform=_grant_agreed),
)


def revoke_role(*, person_id: int, grant_id: int, by: Actor, now: datetime) -> Person:
    """Take a role back and end the person's sessions.

    Raises: NotAllowed; NotFound; LastAdministrator when nobody else could give roles.
    """
    _check_may_give_roles(by)
    grant = session().get(RoleGrant, grant_id)
    if grant is None or grant.person_id != person_id:
        raise NotFound
    person = grant.person
    if grant.role == Role.ADMIN and _administrators() == 1:
        raise LastAdministrator
    person.roles.remove(grant)
    session().delete(grant)
    session().flush()
    end_sessions(person_id=person.id, now=now)
    record("role.revoked", by=by, now=now, subject=grant.title, role=grant.role, title=grant.title)
    return person


def _administrators() -> int:
    """How many there are; their rows are locked, so that two of them cannot leave at once."""
    rows = session().scalars(select(RoleGrant).where(RoleGrant.role == Role.ADMIN).with_for_update()).all()
    return len(rows)


def _lock(person: Person) -> None:
    """One change of a person's roles at a time."""
    session().flush()
    session().scalars(select(Person).where(Person.id == person.id).with_for_update()).one()
    session().refresh(person, ["roles"])


def describe_person(*, by: Actor, display_name: str, language: str) -> Person:
    """Change the name that is shown and the language of our e-mails."""
    assert by.id is not None
    person = queries.person(by.id)
    person.display_name, person.language = display_name, language
    session().flush()
    return person


def delete_person(*, by: Actor, now: datetime) -> None:
    """Forget who somebody is: the row stays, so that what they wrote keeps its place, without name or address.

    Roles and memberships end with it, and every session. Higher rooms forget the name too (slot `person.deleted`).

    Raises: LastAdministrator.
    """
    assert by.id is not None
    person = queries.person(by.id)
    if any(held.role == Role.ADMIN for held in person.roles) and _administrators() == 1:
        raise LastAdministrator
    credential = session().get(StaffCredential, person.id)
    for row in [*person.roles, *person.memberships, *([credential] if credential else [])]:
        session().delete(row)
    session().execute(delete(SignInLink).where(SignInLink.email == person.email))
    person.display_name, person.email, person.deleted_at = UNNAMED, None, now
    end_sessions(person_id=person.id, now=now)
    session().flush()
    gathered("person.deleted", person_id=person.id)


def create_group(*, name: str, about: str, constitution: str, host: str = "", by: Actor, now: datetime) -> Group:
    """Start a group; whoever starts it acts for it. `host` would hold money for a group without a bank account.

    Raises: GroupNameTaken, whatever the capital letters.
    """
    assert by.id is not None
    if session().scalar(select(func.count()).where(func.lower(Group.name) == name.lower())):
        raise GroupNameTaken
    group = Group(name=name, about=about, constitution=constitution, host=host, slug=_free_slug(name), created_at=now)
    try:
        with session().begin_nested():
            session().add(group)
    except IntegrityError:  # somebody was quicker
        raise GroupNameTaken from None
    add_member(group_id=group.id, person_id=by.id, now=now)
    return group


def _free_slug(name: str) -> str:
    """Letters a to z and digits of the name, and a number if another group has the same."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-") or "group"
    taken = set(session().scalars(select(Group.slug).where(Group.slug.startswith(slug, autoescape=True))))
    return next(s for s in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)


def invite_to_group(*, group: Group, email: str, by: Actor, link_to: Callable[[str], str], now: datetime) -> None:
    """E-mail an invitation that only the owner of that mailbox can use.

    Raises: NotAnAddress; TooMany beyond 20 invitations a day.
    """
    mailbox = normalise(email)
    limits.spend("invitations", "20/day", str(by.id))
    url = link_to(invitations.write(group_id=group.id, mailbox=mailbox, now=now))
    letter = letters.invitation(url=url, group=group.name, inviter=by.name)
    send_mail(to=mailbox, subject=letter.subject, body=letter.body, now=now)
    session().flush()


def join_group(*, invitation: str, by: Actor, now: datetime) -> Group:
    """Act for the group that invited this mailbox; joining twice is the same as once.

    Raises: InvitationNotGood; NotFound when the group has gone.
    """
    group = invited_to(invitation=invitation, by=by, now=now)
    assert by.id is not None
    add_member(group_id=group.id, person_id=by.id, now=now)
    return group


def invited_to(*, invitation: str, by: Actor, now: datetime) -> Group:
    """The group an invitation is to.

    Raises: InvitationNotGood when it is not for this person or out of date; NotFound when the group has gone.
    """
    assert by.id is not None
    mailbox = queries.person(by.id).email or ""
    group = session().get(Group, invitations.read(invitation, mailbox=mailbox, now=now))
    if group is None:
        raise NotFound
    return group


def add_member(*, group_id: int, person_id: int, now: datetime) -> None:
    """Make somebody a member; no change when they are one."""
    member = GroupMember(group_id=group_id, person_id=person_id, joined_at=now)
    try:
        with session().begin_nested():
            session().add(member)
    except IntegrityError:
        return


def leave_group(*, group: Group, by: Actor) -> None:
    """Stop acting for a group; the group stays."""
    mine = (GroupMember.group_id == group.id) & (GroupMember.person_id == by.id)
    session().execute(delete(GroupMember).where(mine))
