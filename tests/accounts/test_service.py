"""The verbs of this room on both databases, and two senders at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.accounts import passwords, queries, second_factor, service
from pb.accounts.errors import (
    GroupNameTaken,
    HasRoleAlready,
    InvitationNotGood,
    LastAdministrator,
    LinkNotGood,
    PasswordTooShort,
    RoleNotGiven,
    SignInRefused,
    TitleMissing,
    WardMissing,
)
from pb.accounts.models import Group, Person, SignedInSession, StaffCredential
from pb.accounts.service import NewStaff
from pb.core.actor import SYSTEM, Role
from pb.core.db import committed, db, session
from pb.core.errors import NotAllowed, Refusal
from pb.core.limits import TooMany
from pb.core.outbox import OutboxMessage
from pb.journal.models import JournalEntry
from tests.conftest import START
from tests.support.people import actor_for, make_person

PASSWORD = "four unusual words together"
STRANGE = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def ask(email: str = "ann@people.example", browser: str = "b") -> str:
    """Ask for a link and return its token."""
    seen: list[str] = []

    def link_to(token: str) -> str:
        seen.append(token)
        return "http://localhost/" + token

    with committed():
        service.request_sign_in(email=email, go_to="/", browser=browser, network="n", link_to=link_to, now=START)
    return seen[0]


def make_staff(email: str = "sam@council.example") -> NewStaff:
    with committed():
        made = service.create_staff(
            email=email, display_name="Sam", password=PASSWORD, role=Role.OFFICER, title="Officer", by=SYSTEM, now=START
        )
        made.person.id  # noqa: B018 -- loaded while the session is open
    return made


def enter(secret: str, *, email: str = "sam@council.example", password: str = PASSWORD, minutes: int = 0) -> str:
    at = START + timedelta(minutes=minutes)
    with committed():
        code = second_factor.code_at(secret, at)
        return service.sign_in_staff(email=email, password=password, code=code, network="n", now=at)


def at_once(app: Flask, work: Callable[[], Any], *, times: int = 2) -> list[Any]:
    """Do the same in several threads, each with a connection of its own; what each got, or the refusal."""
    answers: list[Any] = []
    gate = threading.Barrier(times)

    def one() -> None:
        with app.app_context():
            gate.wait()
            try:
                with committed():
                    answers.append(work())
            except Refusal as refusal:
                answers.append(refusal)
            finally:
                db.session.remove()

    session().rollback()
    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(model: Any) -> int:
    session().rollback()
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_two_who_use_a_link_at_once_get_one_session(app: Flask) -> None:
    token = ask()

    answers = at_once(app, lambda: service.sign_in_by_link(token=token, browser="b", code="", now=START).token, times=4)

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [LinkNotGood] * 3
    assert (count(SignedInSession), count(Person)) == (1, 1)


def test_two_first_sign_ins_at_once_make_one_person(app: Flask) -> None:
    def make() -> int:
        return service.find_or_create_person(email="new@people.example", display_name="New", now=START).id

    answers = at_once(app, make, times=4)

    assert len(set(answers)) == 1
    assert count(Person) == 1


def test_ten_mails_a_day_are_enough(app: Flask) -> None:
    limiter = app.extensions["limits"]
    for n in range(10):
        if n % 3 == 0:
            limiter.storage.clear(next(iter(_keys(limiter, "sign-in asked/")), ""))
        ask()

    with pytest.raises(TooMany):
        ask()
    assert count(OutboxMessage) == 10


def _keys(limiter: Any, part: str) -> list[str]:
    rows = limiter.storage._connection().execute("SELECT key FROM hit").fetchall()
    return [key for (key,) in rows if part in key]


def test_staff_sign_in_by_password_and_code(app: Flask) -> None:
    made = make_staff()

    token = enter(made.totp_secret)

    found = queries.open_session(service.tokens.digest(token), START)
    assert found is not None
    assert found.is_staff
    assert found.actor.roles == {Role.RESIDENT, Role.OFFICER}


def test_a_code_works_once(app: Flask) -> None:
    made = make_staff()
    enter(made.totp_secret)

    with pytest.raises(SignInRefused):
        enter(made.totp_secret)
    assert enter(made.totp_secret, minutes=1)


def test_two_with_the_same_code_at_once_are_one(app: Flask) -> None:
    made = make_staff()
    code = second_factor.code_at(made.totp_secret, START)

    def try_it() -> str:
        return service.sign_in_staff(email="sam@council.example", password=PASSWORD, code=code, network="n", now=START)

    answers = at_once(app, try_it)

    assert sorted(isinstance(answer, SignInRefused) for answer in answers) == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "four unusual words togethex"},
        {"email": "nobody@council.example"},
        {"email": "not an address"},
        {"secret": STRANGE},
    ],
)
def test_which_of_the_three_was_wrong_is_not_said(app: Flask, wrong: dict[str, str]) -> None:
    made = make_staff()
    facts = {"secret": made.totp_secret, **wrong}

    with pytest.raises(SignInRefused) as refused:
        enter(facts.pop("secret"), **facts)  # type: ignore[arg-type]

    assert "password or the code" in str(refused.value)


def test_a_wrong_password_does_not_use_up_the_code(app: Flask) -> None:
    made = make_staff()
    with pytest.raises(SignInRefused):
        enter(made.totp_secret, password="something else, long enough")

    assert enter(made.totp_secret)


def test_nothing_is_locked_while_a_password_is_checked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_staff()
    checked: list[bool] = []

    def write_meanwhile(password_hash: str, password: str) -> bool:
        at_once(app, lambda: ask("meanwhile@people.example"), times=1)
        checked.append(True)
        return matches(password_hash, password)

    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", write_meanwhile)

    assert enter(made.totp_secret)
    assert (checked, count(OutboxMessage)) == ([True], 1)


def test_twenty_tries_an_hour_are_enough(app: Flask) -> None:
    for _ in range(20):
        with pytest.raises(SignInRefused):
            enter(STRANGE)

    with pytest.raises(TooMany):
        enter(STRANGE)


def test_passwords_and_secrets_are_not_in_the_database(app: Flask) -> None:
    made = make_staff()

    kept = session().scalars(select(StaffCredential)).one()

    assert kept.password_hash.startswith("$argon2id$")
    assert made.totp_secret.encode() not in kept.totp_sealed
    assert second_factor.unseal(kept.totp_sealed) == made.totp_secret


def test_a_short_password_is_refused(app: Flask) -> None:
    with pytest.raises(PasswordTooShort), committed():
        service.create_staff(
            email="s@council.example", display_name="S", password="14 characters!", role=Role.OFFICER, title="Officer",
            by=SYSTEM, now=START,
        )  # fmt: skip

    assert count(Person) == 0


def test_making_staff_again_renews_both_factors_and_ends_sessions(app: Flask) -> None:
    first = make_staff()
    enter(first.totp_secret)

    second = make_staff()

    assert second.totp_secret != first.totp_secret
    assert len(queries.person(second.person.id).roles) == 1
    assert session().scalars(select(SignedInSession.ended_at)).all() == [START]


def test_a_role_is_given_in_the_open_without_the_name(app: Flask) -> None:
    ann, boss = make_person("Ann Unusual"), actor_for(make_person("Boss", Role.ADMIN))

    with committed():
        service.grant_role(ann, role=Role.OFFICER, title="Engagement officer", by=boss, now=START)

    entry = session().scalars(select(JournalEntry)).one()
    assert (entry.kind, entry.actor_role, entry.facts) == (
        "role.granted",
        "admin",
        {"role": "officer", "title": "Engagement officer"},
    )
    assert "Unusual" not in f"{entry.subject} {entry.reason} {entry.facts}"


@pytest.mark.parametrize(
    ("role", "title", "refusal"),
    [
        (Role.RESIDENT, "Resident", RoleNotGiven),
        (Role.SYSTEM, "System", RoleNotGiven),
        (Role.GROUP_MEMBER, "Member", RoleNotGiven),
        (Role.COUNCILLOR, "Councillor for Quay", WardMissing),
        (Role.OFFICER, "", TitleMissing),
    ],
)
def test_what_is_no_role_to_give_is_refused(app: Flask, role: Role, title: str, refusal: type[Refusal]) -> None:
    ann = make_person("Ann")

    with pytest.raises(refusal), committed():
        service.grant_role(ann, role=role, title=title, by=SYSTEM, now=START)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RETURNING_OFFICER, None])
def test_only_administrators_give_and_take_roles(app: Flask, role: Role | None) -> None:
    ann = make_person("Ann", Role.OFFICER)
    by = actor_for(make_person("Other", *([role] if role else [])))
    grant_id = queries.person(ann.id).roles[0].id

    with pytest.raises(NotAllowed), committed():
        service.grant_role(ann, role=Role.ADMIN, title="Administrator", by=by, now=START)
    with pytest.raises(NotAllowed), committed():
        service.revoke_role(person_id=ann.id, grant_id=grant_id, by=by, now=START)


def test_the_same_role_given_twice_at_once_is_there_once(app: Flask) -> None:
    ann_id = make_person("Ann").id

    def give() -> str:
        ann = queries.person(ann_id)
        return service.grant_role(ann, role=Role.OFFICER, title="Officer", by=SYSTEM, now=START).role

    answers = at_once(app, give)

    assert sorted(isinstance(answer, HasRoleAlready) for answer in answers) == [False, True]
    assert len(queries.person(ann_id).roles) == 1


def test_two_administrators_cannot_leave_at_once(app: Flask) -> None:
    people = [make_person("One", Role.ADMIN).id, make_person("Two", Role.ADMIN).id]
    grants = {person: queries.person(person).roles[0].id for person in people}
    order = iter(people)

    def leave() -> int:
        mine = next(order)
        return service.revoke_role(person_id=mine, grant_id=grants[mine], by=SYSTEM, now=START).id

    answers = at_once(app, leave)

    assert sorted(isinstance(answer, LastAdministrator) for answer in answers) == [False, True]


def test_the_only_administrator_cannot_delete_the_account(app: Flask) -> None:
    boss = make_person("Boss", Role.ADMIN)
    by = actor_for(boss)

    with pytest.raises(LastAdministrator), committed():
        service.delete_person(by=by, now=START)


def test_deleting_forgets_the_person_and_keeps_the_row(app: Flask) -> None:
    sam = make_staff().person
    by = actor_for(queries.person(sam.id))
    with committed():
        service.create_group(name="Quay", about="x", constitution="unconstituted", by=by, now=START)

    with committed():
        service.delete_person(by=by, now=START)

    gone = queries.person(sam.id)
    assert (gone.email, gone.display_name, gone.roles, gone.memberships) == (None, "A resident", [], [])
    assert count(StaffCredential) == 0
    assert queries.open_session("x", START) is None


def test_groups_with_one_name_at_once_are_one(app: Flask) -> None:
    by = actor_for(make_person("Ann"))

    def start() -> str:
        return service.create_group(
            name="Friends of Quay", about="x", constitution="constituted", by=by, now=START
        ).slug

    answers = at_once(app, start)

    assert sorted(isinstance(answer, GroupNameTaken) for answer in answers) == [False, True]
    assert count(Group) == 1


def test_a_group_gets_a_slug_of_its_own(app: Flask) -> None:
    by = actor_for(make_person("Ann"))
    with committed():
        slugs = [
            service.create_group(name=name, about="x", constitution="constituted", by=by, now=START).slug
            for name in ("Tŷ Cei!", "Ty Cei", "市民")
        ]

    assert slugs == ["ty-cei", "ty-cei-2", "group"]
    assert [g.slug for g in queries.groups_of(by.id or 0)] == ["ty-cei-2", "ty-cei", "group"]


def test_an_invitation_is_for_one_mailbox_and_14_days(app: Flask) -> None:
    ann, ben, eve = (actor_for(make_person(name, email=f"{name}@people.example")) for name in ("ann", "ben", "eve"))
    with committed():
        group = service.create_group(name="Quay", about="x", constitution="constituted", by=ann, now=START)
        seen: list[str] = []
        service.invite_to_group(
            group=group, email="Ben@people.example", by=ann, link_to=lambda text: seen.append(text) or text, now=START
        )

    for by, now in ((eve, START), (ben, START + timedelta(days=14, seconds=1))):
        with pytest.raises(InvitationNotGood), committed():
            service.join_group(invitation=seen[0], by=by, now=now)
    with pytest.raises(InvitationNotGood), committed():
        service.join_group(invitation=seen[0] + "x", by=ben, now=START)
    at_once(app, lambda: service.join_group(invitation=seen[0], by=ben, now=START).id)

    assert [p.display_name for p in queries.members_of(1)] == ["ann", "ben"]
    assert Role.GROUP_MEMBER in actor_for(queries.person(ben.id or 0)).roles
