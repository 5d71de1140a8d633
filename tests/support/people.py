"""People for tests: made without mail or passwords, signed in without pages."""

from __future__ import annotations

import itertools
from string import ascii_lowercase

from flask import current_app

from pb.accounts import service, tokens
from pb.accounts.models import Person, RoleGrant
from pb.accounts.queries import open_session
from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from tests.support.client import StrictClient

_numbers = itertools.count(1)


def make_person(name: str, *roles: Role, ward_id: int | None = None, email: str | None = None) -> Person:
    """A person with roles (councillors need `ward_id`), committed. The address is `name.N@people.example`."""
    now = current_app.extensions["clock"]()
    with committed() as database:
        letters = "".join(c for c in name.lower() if c in ascii_lowercase)[:40] or "person"
        mailbox = email or f"{letters}.{next(_numbers)}@people.example"
        person = service.find_or_create_person(email=mailbox, display_name=name, now=now)
        for role in roles:
            ward = ward_id if role is Role.COUNCILLOR else None
            title = role.value.replace("_", " ").capitalize()
            person.roles.append(RoleGrant(role=role.value, title=title, ward_id=ward, granted_at=now))
        database.flush()
        person_id = person.id
    return session().get_one(Person, person_id)


def sign_in_as(client: StrictClient, person: Person) -> None:
    """Give the client's browser a session of this person, with the staff powers they have.

    It ends as real ones do: after 30 idle minutes for staff (60 for others), so sign in again after moving the clock.
    """
    now = current_app.extensions["clock"]()
    person_id, is_staff = person.id, any(held.role != Role.COUNCILLOR for held in person.roles)
    with committed():
        token = service.start_session(person_id=person_id, is_staff=is_staff, now=now)
    with client.client.session_transaction() as cookie:
        cookie.clear()
        cookie["_user_id"], cookie["seen"] = token, int(now.timestamp())


def actor_for(person: Person) -> Actor:
    """The person as services see them, with every role they hold."""
    now = current_app.extensions["clock"]()
    person_id = person.id
    with committed():
        token = service.start_session(person_id=person_id, is_staff=True, now=now)
    found = open_session(tokens.digest(token), now)
    assert found is not None
    return found.actor
