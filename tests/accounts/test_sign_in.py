"""Signing in by an e-mailed link, as a browser without JavaScript does it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pb.accounts.models import Person, SignedInSession, SignInLink
from pb.accounts.service import UNNAMED
from pb.core.db import session
from pb.core.outbox import OutboxMessage
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.people import make_person

ASK = "/accounts/sign-in"


def newest_mail() -> OutboxMessage:
    session().rollback()
    return session().scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()


def link_in(mail: OutboxMessage) -> str:
    """The path of the link in a mail, which must be on our own origin."""
    found = re.search(r"^http://localhost(/\S+)$", mail.body, re.MULTILINE)
    assert found, mail.body
    return found[1]


def code_in(mail: OutboxMessage) -> str:
    found = re.search(r"^(\d{3} \d{3})$", mail.body, re.MULTILINE)
    assert found, mail.body
    return found[1]


def ask(client: StrictClient, email: str = "ann@people.example", go_to: str = "/me") -> OutboxMessage:
    client.post(f"{ASK}?next={go_to}", {"email": email})
    return newest_mail()


def press(client: StrictClient, path: str, *, status: int = 303, **fields: str) -> Page:
    """Open a link's page and press its button."""
    page = client.get(path)
    form = next(f for f in page.all("form") if f.get("action") == path)
    return client.submit(page, form, status=status, **fields)


def is_signed_in(client: StrictClient) -> bool:
    return client.client.get("/me").status_code == 200


def test_a_link_opened_where_it_was_asked_signs_in(client: StrictClient) -> None:
    ann = make_person("Ann", email="ann@people.example")
    mail = ask(client)

    answer = press(client, link_in(mail))

    assert answer.response.headers["Location"] == "/me"
    assert ann.display_name in client.get("/me").words


def test_a_new_person_is_asked_for_a_name_and_goes_on(client: StrictClient) -> None:
    answer = press(client, link_in(ask(client, go_to="/staff")))

    assert answer.response.headers["Location"] == "/me/details?next=/staff"
    page = client.follow(answer)
    assert page.h1 == "What should we call you?"
    form = next(f for f in page.all("form") if "/me/details" in f.get("action", ""))
    gone_on = client.submit(page, form, display_name="Ann of Quay")
    assert gone_on.response.headers["Location"] == "/staff"
    assert session().scalars(select(Person.display_name)).all() == ["Ann of Quay"]


def test_a_person_who_skips_the_name_is_a_resident(client: StrictClient) -> None:
    press(client, link_in(ask(client)))

    assert UNNAMED in client.get("/me").words


def test_looking_at_the_link_does_not_use_it(client: StrictClient) -> None:
    path = link_in(ask(client))

    for _ in range(3):
        client.get(path)
        client.client.head(path)

    assert not is_signed_in(client)
    press(client, path)
    assert is_signed_in(client)


def test_a_link_works_once(client: StrictClient, sqlite_app: Flask) -> None:
    path = link_in(ask(client))
    press(client, path)

    page = client.get(path, status=410)
    again = client.post(path, {"code": ""}, status=410)

    assert page.h1 == again.h1 == "This link has ended"
    assert len(session().scalars(select(SignedInSession)).all()) == 1


def test_a_link_ends_after_15_minutes(client: StrictClient, clock: FixedClock) -> None:
    path = link_in(ask(client))

    clock.at += timedelta(minutes=15)

    client.get(path, status=410)
    client.post(path, {"code": ""}, status=410)
    assert not is_signed_in(client)


def test_a_newer_link_ends_the_older(client: StrictClient) -> None:
    older, newer = link_in(ask(client)), link_in(ask(client))

    client.get(older, status=410)
    press(client, newer)

    assert is_signed_in(client)


def test_another_browser_needs_the_code_too(client: StrictClient, sqlite_app: Flask) -> None:
    mail = ask(client)
    other = StrictClient(sqlite_app)

    page = other.get(link_in(mail))
    refused = press(other, link_in(mail), status=422, code="")

    assert "another browser" in page.words
    assert "Enter the 6 digit code" in refused.words
    press(other, link_in(mail), code=code_in(mail))
    assert is_signed_in(other)
    assert not is_signed_in(client)


def test_the_code_signs_in_where_it_was_asked(client: StrictClient) -> None:
    mail = ask(client)

    page = client.get("/accounts/sign-in/sent")
    form = next(f for f in page.all("form") if f.get("action") == "/accounts/sign-in/sent")
    client.submit(page, form, code=code_in(mail).replace(" ", "\u00a0"))

    assert is_signed_in(client)


def test_the_code_alone_is_worth_nothing_in_another_browser(client: StrictClient, sqlite_app: Flask) -> None:
    mail = ask(client)
    other = StrictClient(sqlite_app)
    other.post(ASK, {"email": "mallory@people.example"})

    page = other.get("/accounts/sign-in/sent")
    form = next(f for f in page.all("form") if f.get("action") == "/accounts/sign-in/sent")
    other.submit(page, form, code=code_in(mail), status=422)

    assert not is_signed_in(other)


def test_five_wrong_codes_are_enough(client: StrictClient) -> None:
    mail = ask(client)
    right = code_in(mail).replace(" ", "")
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    statuses = [client.post("/accounts/sign-in/sent", {"code": wrong}, status=422).status for _ in range(5)]
    page = client.post("/accounts/sign-in/sent", {"code": right}, status=422)

    assert statuses == [422] * 5
    assert "too many times" in page.words
    assert not is_signed_in(client)


def test_known_and_unknown_people_get_the_same_bytes(client: StrictClient, sqlite_app: Flask) -> None:
    make_person("Known", email="known@people.example")
    answers = []
    for email in ("known@people.example", "other@people.example"):
        browser = StrictClient(sqlite_app)
        posted = browser.post(ASK, {"email": email})
        page = browser.get("/accounts/sign-in/sent").html.replace(email, "…")
        answers.append((posted.html, re.sub(r'name="csrf_token" value="[^"]+"', "", page)))

    assert answers[0] == answers[1]


def test_a_fourth_mail_in_15_minutes_is_refused(client: StrictClient) -> None:
    for spelling in ("ann@people.example", "Ann@People.example", "ann+1@people.example"):
        client.post(ASK, {"email": spelling})

    page = client.post(ASK, {"email": "ANN+2@people.example"}, status=422)

    assert "too many times" in page.words
    assert len(session().scalars(select(OutboxMessage)).all()) == 3


def test_the_host_header_never_reaches_the_mail(client: StrictClient) -> None:
    token = client.csrf_token()
    cookie = client.client.get_cookie("pb")
    assert cookie
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Cookie": f"pb={cookie.value}"}
    data = {"email": "ann@people.example", "csrf_token": token}
    answer = client.app.test_client(use_cookies=False).post(ASK, data=data, headers=headers)
    assert answer.status_code == 303

    mail = newest_mail()

    assert "evil" not in mail.body
    assert link_in(mail).startswith("/accounts/link/")


def test_the_mail_keeps_the_language_of_the_page(client: StrictClient) -> None:
    client.post("/cy/accounts/sign-in?next=/me", {"email": "ann@people.example"})

    path = link_in(newest_mail())

    assert path.startswith("/cy/accounts/link/")
    make_person("Ann", email="ann@people.example")
    assert press(client, path).response.headers["Location"] == "/cy/me"


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "ann@nowhere", "a@b.c\nBcc: x@y.example", "a" * 5000, "ann@people.example\u202e"]
)
def test_what_is_not_an_address_is_refused_at_its_field(client: StrictClient, email: str) -> None:
    page = (
        client.post(ASK, {"email": email}, status=422) if "\u202e" not in email else client.post(ASK, {"email": email})
    )

    if page.status == 422:
        page.one("p", id="email-error")
        assert page.one("input", id="email").get("value") == email.replace("\n", "\n").strip()
    else:
        assert newest_mail().to == "ann@people.example"


def test_nothing_in_the_database_is_the_token_or_the_code(client: StrictClient) -> None:
    mail = ask(client)
    row = session().scalars(select(SignInLink)).one()

    kept = " ".join(str(getattr(row, column.key)) for column in SignInLink.__table__.columns)

    assert link_in(mail).rsplit("/", 1)[1] not in kept
    assert code_in(mail).replace(" ", "") not in row.code_sha256[:6]
