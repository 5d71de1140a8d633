"""Wards, staff, councillors, the residents who write, and their groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pb.accounts import passwords, second_factor, service
from pb.accounts.demo_routes import PASSWORD
from pb.accounts.models import Person, StaffCredential
from pb.core.actor import SYSTEM, Actor, Role
from pb.core.db import session
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Author, Councillor, NamedResident
from pb.rounds.models import Ward, WardPostcode

ROLES = {
    "officer": Role.OFFICER,
    "facilitator": Role.OFFICER,
    "returning officer": Role.RETURNING_OFFICER,
    "admin": Role.ADMIN,
}


def steps(town: Town) -> Iterator[Step]:
    """Places first, then staff, then everybody else."""
    at = town.beginning
    yield Step(at, partial(_wards, town), says="Wards, staff, councillors, residents and groups")
    yield Step(at, partial(_staff, town))
    yield Step(at, partial(_everybody, town))


def _wards(town: Town, _now: datetime) -> None:
    for words in town.content.wards:
        ward = Ward(gss_code=words.gss, name=words.name, slug=words.key, about=words.about)
        session().add(ward)
        session().flush()
        session().add(WardPostcode(area=words.postcode, ward_id=ward.id))
        town.wards[words.key] = ward.id


def _staff(town: Town, now: datetime) -> None:
    """Their one password is hashed once: `create_staff` would take its deliberately slow hash twelve times."""
    password_hash = passwords.hash_of(PASSWORD)
    for member in town.content.staff:
        role = ROLES[member.role]
        person = service.find_or_create_person(email=member.email, display_name=member.name, now=now)
        service.grant_role(person, role=role, title=member.job_title, by=SYSTEM, now=now)
        sealed = second_factor.seal(second_factor.new_secret())
        session().add(
            StaffCredential(
                person_id=person.id, password_hash=password_hash, totp_sealed=sealed, totp_last_step=0, changed_at=now
            )
        )
        town.actors[Author("staff", member.key)] = _actor(person, role)


def _everybody(town: Town, now: datetime) -> None:
    for councillor in town.content.councillors:
        _councillor(town, councillor, now)
    for resident in town.content.residents:
        _resident(town, resident, now)
    _groups(town, now)


def _councillor(town: Town, words: Councillor, now: datetime) -> None:
    ward_id = town.wards[words.ward]
    ward = next(ward for ward in town.content.wards if ward.key == words.ward)
    person = service.find_or_create_person(email=words.email, display_name=f"Cllr {words.name}", now=now)
    title = f"Councillor for {ward.name}"
    service.grant_role(person, role=Role.COUNCILLOR, ward_id=ward_id, title=title, by=SYSTEM, now=now)
    town.actors[Author("councillor", words.key)] = _actor(person, Role.COUNCILLOR, ward_id)


def _resident(town: Town, words: NamedResident, now: datetime) -> None:
    person = service.find_or_create_person(email=words.email, display_name=words.shown_as, now=now)
    town.actors[Author("person", words.name)] = _actor(person)


def _groups(town: Town, now: datetime) -> None:
    names = {group.key: group.name for group in town.content.groups}
    for words in town.content.groups:
        contact = town.actor(Author("person", words.contact))
        group = service.create_group(
            name=words.name,
            about=f"{words.about} {words.members}.",
            constitution="unconstituted" if words.host else "constituted",
            host=names[words.host] if words.host else "",
            by=contact,
            now=now,
        )
        town.groups[words.key] = group.id
        town.actors[Author("group", words.key)] = contact


def _actor(person: Person, role: Role | None = None, ward_id: int | None = None) -> Actor:
    held = {Role.RESIDENT} | ({role} if role else set())
    return Actor(person.id, person.display_name, frozenset(held), frozenset({ward_id} if ward_id else ()))
