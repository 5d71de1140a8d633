"""Sessions: new at sign-in, ended by time, by sign-out and by a change of role; forms bound to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from pb.accounts import service
from pb.accounts.models import Person
from pb.core.actor import SYSTEM, Role
from pb.core.db import committed, db, session
from tests.accounts.test_sign_in import ask, is_signed_in, link_in, press
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import actor_for, make_person, sign_in_as


def cookie_of(client: StrictClient) -> dict[str, object]:
    with client.client.session_transaction() as cookie:
        return dict(cookie)


def test_signing_in_leaves_nothing_of_the_cookie_before(client: StrictClient) -> None:
    make_person("Ann", email="ann@people.example")
    mail = ask(client)
    with client.client.session_transaction() as cookie:
        cookie["_user_id"] = "fixed by an attacker"
    before = cookie_of(client)

    press(client, link_in(mail))

    after = cookie_of(client)
    assert after["_user_id"] not in (before["_user_id"], None)
    assert "nonce" not in after
    assert after.get("csrf_token") != before["csrf_token"]


@pytest.mark.parametrize(("roles", "idle", "longest"), [((), 60, 12), ((Role.OFFICER,), 30, 8)])
def test_a_session_ends_when_idle_and_in_any_case(
    client: StrictClient, clock: FixedClock, roles: tuple[Role, ...], idle: int, longest: int
) -> None:
    person = make_person("Sam", *roles)
    began = clock.at
    sign_in_as(client, person)

    clock.at += timedelta(minutes=idle)
    at_the_edge = is_signed_in(client)
    clock.at += timedelta(minutes=idle, seconds=1)
    after_idling = is_signed_in(client)

    assert (at_the_edge, after_idling) == (True, False)
    clock.at = began
    sign_in_as(client, person)
    while clock.at < began + timedelta(hours=longest) - timedelta(minutes=20):
        clock.at += timedelta(minutes=20)
        client.get("/me")
    clock.at = began + timedelta(hours=longest)
    assert not is_signed_in(client)


def test_signing_out_ends_the_session_on_the_server(client: StrictClient, sqlite_app: Flask) -> None:
    sign_in_as(client, make_person("Ann"))
    stolen = cookie_of(client)

    answer = client.post("/accounts/sign-out", {})

    assert answer.response.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert client.follow(answer).h1 == "You are signed out"
    thief = StrictClient(sqlite_app)
    with thief.client.session_transaction() as cookie:
        cookie.update(stolen)
    assert not is_signed_in(thief)


def test_signing_out_by_a_link_does_nothing(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))

    client.get("/accounts/sign-out", status=405)

    assert is_signed_in(client)


def test_sign_out_everywhere_ends_the_other_devices(client: StrictClient, sqlite_app: Flask) -> None:
    ann, phone = make_person("Ann"), StrictClient(sqlite_app)
    sign_in_as(client, ann)
    sign_in_as(phone, ann)

    page = client.follow(client.post("/me/sign-out-everywhere", {}))

    assert "You are signed out on 2 devices." in page.words
    assert not is_signed_in(client)
    assert not is_signed_in(phone)


def test_a_change_of_role_ends_every_session(client: StrictClient) -> None:
    ann = make_person("Ann")
    sign_in_as(client, ann)

    with committed():
        service.grant_role(ann, role=Role.OFFICER, title="Officer", by=SYSTEM, now=client.app.extensions["clock"]())

    assert not is_signed_in(client)


def test_whoever_signs_in_by_mail_has_no_staff_powers(client: StrictClient) -> None:
    make_person("Sam", Role.OFFICER, email="ann@people.example")

    press(client, link_in(ask(client)))

    assert is_signed_in(client)
    client.get("/staff", status=403)


@pytest.mark.parametrize("token", ["", "nonsense", None])
def test_a_form_without_its_token_is_refused(client: StrictClient, token: str | None) -> None:
    sign_in_as(client, make_person("Ann"))

    for url in ("/me/delete", "/me/details", "/me/sign-out-everywhere", "/accounts/sign-out", "/groups/new"):
        answer = client.client.post(url, data={} if token is None else {"csrf_token": token})
        assert answer.status_code == 400

    assert is_signed_in(client)


def test_a_token_of_another_session_is_refused(client: StrictClient, sqlite_app: Flask) -> None:
    mallory = StrictClient(sqlite_app)
    mallory.get("/accounts/sign-in")
    sign_in_as(client, make_person("Ann"))
    client.get("/me/details")

    client.post("/me/delete", {"csrf_token": mallory.csrf_token()}, status=400)

    assert is_signed_in(client)


def test_another_site_cannot_post(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))

    client.post("/me/delete", {}, status=403, headers={"Sec-Fetch-Site": "cross-site"})

    assert is_signed_in(client)


def test_pages_after_sign_in_are_not_kept(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))

    assert client.get("/me").response.headers["Cache-Control"] == "no-store"


def test_who_acts_costs_one_query(client: StrictClient) -> None:
    sign_in_as(client, make_person("Sam", Role.OFFICER, Role.ADMIN))
    client.get("/staff")
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    client.get("/accounts/signed-out")
    event.remove(db.engine, "before_cursor_execute", note)

    assert len([statement for statement in said if statement.startswith("SELECT")]) == 1


def test_an_actor_has_roles_wards_and_a_name(app: Flask) -> None:
    actor = actor_for(make_person("Sam", Role.OFFICER))

    assert (actor.name, actor.roles, actor.ward_ids) == ("Sam", {Role.RESIDENT, Role.OFFICER}, frozenset())


def test_a_deleted_person_is_nobody(client: StrictClient) -> None:
    ann = make_person("Ann")
    sign_in_as(client, ann)
    client.get("/me/delete")

    page = client.follow(client.post("/me/delete", {}))

    assert "Your account is deleted." in page.words
    assert not is_signed_in(client)
    kept = session().scalars(db.select(Person)).one()
    assert (kept.display_name, kept.email) == ("A resident", None)
    assert kept.deleted_at is not None
