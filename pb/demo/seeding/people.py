"""Wards, staff, councillors, the residents who write, and their groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pb.accounts import service
from pb.accounts.models import Group, GroupMember, Person
from pb.core.actor import SYSTEM, Actor, Role
from pb.core.db import committed, session
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Author, Councillor, NamedResident, Staff
from pb.rounds.models import Ward, WardPostcode

PASSWORD = "lantern kettle orchard bridge"  # noqa: S105 -- of invented people, shown beside their names

ROLES = {
    "officer": Role.OFFICER,
    "facilitator": Role.OFFICER,
    "returning officer": Role.RETURNING_OFFICER,
    "admin": Role.ADMIN,
}

CONSTITUTIONS = {
    "charity": "charity",
    "cic": "cic",
    "society": "society",
    "association": "association",
    "school PTA": "charity",
    "faith hall": "charity",
    "tenants": "association",
    "unconstituted": "unconstituted",
}


def steps(town: Town) -> Iterator[Step]:
    """Places first, then staff one by one (a password is hashed outside any transaction), then everybody else."""
    at = town.beginning
    yield Step(at, partial(_wards, town), says="Wards, staff, councillors, residents and groups")
    for member in town.content.staff:
        yield Step(at, partial(_staff, town, member), alone=True)
    yield Step(at, partial(_everybody, town))


def _wards(town: Town, _now: datetime) -> None:
    for words in town.content.wards:
        ward = Ward(gss_code=words.gss, name=words.name, slug=words.key, about=words.about)
        session().add(ward)
        session().flush()
        session().add(WardPostcode(area=words.postcode, ward_id=ward.id))
        town.wards[words.key] = ward.id


def _staff(town: Town, member: Staff, now: datetime) -> None:
    role = ROLES[member.role]
    with committed():
        made = service.create_staff(
            email=member.email,
            display_name=member.name,
            password=PASSWORD,
            role=role,
            title=member.job_title,
            by=SYSTEM,
            now=now,
        )
        town.actors[Author("staff", member.key)] = _actor(made.person, role)


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
        group = Group(
            name=words.name,
            slug=words.key,
            about=f"{words.about} {words.members}.",
            constitution=CONSTITUTIONS[words.constitution],
            host=names[words.host] if words.host else "",
            created_at=now,
        )
        session().add(group)
        session().flush()
        session().add(GroupMember(group_id=group.id, person_id=contact.id, joined_at=now))
        town.groups[words.key] = group.id
        town.actors[Author("group", words.key)] = contact
    session().flush()


def _actor(person: Person, role: Role | None = None, ward_id: int | None = None) -> Actor:
    held = {Role.RESIDENT} | ({role} if role else set())
    return Actor(person.id, person.display_name, frozenset(held), frozenset({ward_id} if ward_id else ()))
