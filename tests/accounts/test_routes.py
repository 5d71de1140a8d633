"""My things, groups, roles and the demonstration's pages, as a browser without JavaScript meets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from pb.accounts import queries, service
from pb.accounts.demo_routes import PASSWORD, with_links
from pb.accounts.waiting import Waiting, oldest_first
from pb.approvals.models import ApprovalRequest
from pb.core.actor import SYSTEM, Role
from pb.core.db import committed, session
from pb.core.outbox import send_mail
from pb.core.settings import load_settings
from pb.factory import create_app
from tests.accounts.test_sign_in import code_in, link_in, newest_mail
from tests.conftest import START, environment_for
from tests.support.client import Page, StrictClient, text_of
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_ward

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}}{% include 'x' %}",
    "<a hx-get=/admin hx-trigger=load>x</a>",
    "javascript:alert(1)",
    "';--<style>*{}</style>",
]


def form_to(page: Page, path: str) -> Element:
    return next(form for form in page.all("form") if form.get("action", "").startswith(path))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_name_is_never_more_than_words(client: StrictClient, script: str) -> None:
    admin, ann = make_person("Boss", Role.ADMIN), make_person(script, Role.OFFICER)
    plain = make_person("Plain", Role.OFFICER)
    sign_in_as(client, plain)
    tags = sorted(element.tag for element in client.get("/me").tree.iter())

    sign_in_as(client, ann)
    page = client.get("/me")

    assert sorted(element.tag for element in page.tree.iter()) == tags
    assert script in page.words
    sign_in_as(client, admin)
    for url in ("/staff/people", f"/staff/people/{ann.id}", "/demo"):
        seen = client.get(url)
        assert script in seen.words or url == "/demo"
        assert not [e for e in seen.tree.iter() if e.tag in ("svg", "style") and e.get("onload")]


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200d", "x" * 81])
def test_a_name_nobody_could_read_is_refused(client: StrictClient, name: str) -> None:
    sign_in_as(client, make_person("Ann"))
    page = client.get("/me/details")

    refused = client.submit(page, form_to(page, "/me/details"), status=422, display_name=name)

    refused.one("p", id="display_name-error")
    assert queries.people_with_roles() == []


def test_an_unknown_language_is_refused(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))

    client.post("/me/details", {"display_name": "Ann", "language": "tlh"}, status=422)


def test_my_things_says_what_is_missing(client: StrictClient) -> None:
    sign_in_as(client, make_person(service.UNNAMED))

    page = client.get("/me")

    assert "You act for no group yet." in page.words
    assert "Give yourself a name" in page.words


def test_a_group_is_started_and_a_neighbour_joins(client: StrictClient, sqlite_app: Flask) -> None:
    sign_in_as(client, make_person("Ann"))
    page = client.get("/groups/new")
    facts = {"name": "Friends of Quay", "about": "We plant.", "constitution": "unconstituted"}
    group = client.follow(client.submit(page, form_to(page, "/groups/new"), **facts))
    client.submit(group, form_to(group, "/groups/friends-of-quay/invite"), email="ben@people.example")

    ben = StrictClient(sqlite_app)
    sign_in_as(ben, make_person("Ben", email="ben@people.example"))
    invitation = ben.get(link_in(newest_mail()))
    joined = ben.follow(ben.submit(invitation, form_to(invitation, "/groups/join/")))

    assert invitation.h1 == "Join Friends of Quay?"
    assert "Ann Ben" in joined.words
    ben.post("/groups/friends-of-quay/leave", {})
    ben.get("/groups/friends-of-quay", status=404)
    assert "Friends of Quay" not in ben.get("/me").words


def test_a_group_name_in_use_keeps_what_was_typed(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))
    facts = {"name": "Quay", "about": "We plant.", "constitution": "constituted"}
    client.post("/groups/new", facts)

    page = client.post("/groups/new", {**facts, "name": "QUAY"}, status=409)

    assert "There is a group with this name already." in page.words
    assert page.one("input", id="name").get("value") == "QUAY"


def test_an_invitation_to_somebody_else_helps_on(client: StrictClient) -> None:
    sign_in_as(client, make_person("Ann"))

    page = client.get("/groups/join/nonsense", status=410)

    assert page.h1 == "This invitation cannot be used"


def test_an_administrator_finds_somebody_and_gives_and_takes_a_role(client: StrictClient) -> None:
    ann = make_person("Ann", email="ann@people.example")
    sign_in_as(client, make_person("Boss", Role.ADMIN))

    page = client.follow(client.get("/staff/people?email=Ann%2Bx@people.example", status=303))
    client.submit(page, form_to(page, f"/staff/people/{ann.id}/roles"), role="officer", title="Parks officer")
    assert "Parks officer" not in text_of(client.get(f"/staff/people/{ann.id}").one("section", aria_labelledby="roles"))
    asked = session().scalars(select(ApprovalRequest)).one()
    assert "Ann" not in asked.what
    assert "Waiting for a second person" in client.get(f"/staff/people/{ann.id}").words
    client.post(f"/staff/approvals/{asked.id}/approve", {"seen": asked.payload_sha256}, status=403)
    sign_in_as(client, make_person("Other", Role.ADMIN))
    client.post(f"/staff/approvals/{asked.id}/approve", {"seen": asked.payload_sha256})
    page = client.get(f"/staff/people/{ann.id}")
    assert "Parks officer" in page.words
    assert "Waiting for a second person" not in page.words
    assert "There is no password for this person yet." in page.words
    client.submit(page, form_to(page, f"/staff/people/{ann.id}/roles/"))

    assert "Parks officer" not in client.get(f"/staff/people/{ann.id}").words


@pytest.mark.parametrize("email", ["", "nobody@people.example", "not an address", "<script>"])
def test_a_search_that_finds_nobody_says_so(client: StrictClient, email: str) -> None:
    sign_in_as(client, make_person("Boss", Role.ADMIN))

    page = client.get("/staff/people", query_string={"email": email}, status=422)

    page.one("p", id="email-error")
    assert page.one("input", id="email").get("value") == email


def test_a_role_that_is_wrong_keeps_what_was_typed(client: StrictClient) -> None:
    ann = make_person("Ann")
    sign_in_as(client, make_person("Boss", Role.ADMIN))
    url = f"/staff/people/{ann.id}/roles"

    no_ward = client.post(url, {"role": "councillor", "title": "Councillor for Quay", "ward_id": "0"}, status=422)
    unknown = client.post(url, {"role": "king", "title": "King", "ward_id": "x"}, status=422)

    no_ward.one("p", id="ward_id-error")
    assert no_ward.one("input", id="title").get("value") == "Councillor for Quay"
    unknown.one("p", id="role-error")


def test_a_grant_of_another_person_is_not_found(client: StrictClient) -> None:
    ann, ben = make_person("Ann", Role.OFFICER), make_person("Ben")
    grant_id = ann.roles[0].id
    sign_in_as(client, make_person("Boss", Role.ADMIN))

    client.post(f"/staff/people/{ben.id}/roles/{grant_id}/revoke", {}, status=404)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RETURNING_OFFICER, Role.COUNCILLOR])
def test_only_administrators_see_who_holds_what(client: StrictClient, role: Role) -> None:
    with committed() as database:
        from pb.core.db import Base

        ward = Base.metadata.tables["ward"]
        database.execute(ward.insert().values(id=1, gss_code="E05000001", name="Quay", slug="quay", about=""))
    sign_in_as(client, make_person("Sam", role, ward_id=1))

    client.get("/staff/people", status=403)


def test_the_staff_home_is_for_staff(client: StrictClient) -> None:
    stranger = client.get("/staff", status=303)
    assert stranger.response.headers["Location"] == "/staff/sign-in?next=/staff"

    sign_in_as(client, make_person("Sam", Role.OFFICER))
    assert "Nothing is waiting" in client.get("/staff").words


def test_councillor_finds_what_waits_without_what_is_for_officers(client: StrictClient) -> None:
    rees = make_person("Cllr Rees", Role.COUNCILLOR, ward_id=make_ward().id)
    sign_in_as(client, rees)

    page = client.get("/")
    home = client.get("/staff")

    assert [text_of(link) for link in page.all("a", href="/staff")] == ["For councillors"]
    assert "/staff/rounds" not in [link.get("href") for link in home.all("a")]


def test_the_longest_waiting_comes_first() -> None:
    day = START.replace
    lines = [
        Waiting("none", "/n", 0, START),
        Waiting("undated", "/u", 1),
        [Waiting("newer", "/b", 2, day(day=9)), Waiting("older", "/a", 1, day(day=2))],
    ]

    assert [line.label for line in oldest_first(lines)] == ["older", "newer", "undated"]


def test_staff_sign_in_from_the_demonstration_page(client: StrictClient) -> None:
    with committed():
        service.create_staff(
            email="sam@council.example",
            display_name="Sam",
            password=PASSWORD,
            role=Role.OFFICER,
            title="Officer",
            by=SYSTEM,
            now=START,
        )
    listed = client.get("/demo")
    code = next(e.text for e in listed.all("strong", class_="number"))
    page = client.get("/staff/sign-in?next=//evil.example")

    wrong = client.submit(
        page, form_to(page, "/staff/sign-in"), status=422, email="sam@council.example", password="x", code=code
    )
    answer = client.submit(
        page, form_to(page, "/staff/sign-in"), email="sam@council.example", password=PASSWORD, code=code
    )

    assert "The e-mail address, the password or the code is not right." in wrong.words
    assert wrong.one("input", id="email").get("value") == "sam@council.example"
    assert wrong.one("input", id="password").get("value") in (None, "")
    assert answer.response.headers["Location"] == "/"
    assert "Nothing is waiting" in client.get("/staff").words


def test_the_mailbox_shows_the_newest_first_with_links(client: StrictClient) -> None:
    assert "No e-mail yet" in client.get("/demo/mailbox").words
    with committed():
        send_mail(to="old@people.example", subject="Old", body="<b>bold</b>", now=START)
    client.post("/accounts/sign-in", {"email": "ann@people.example"})

    page = client.get("/demo/mailbox")

    assert [e.text for e in page.all("h2")][:2] == ["Sign in: your link and code", "Old"]
    assert "<b>bold</b>" in page.words
    link = link_in(newest_mail())
    page.one("a", href=link)
    assert code_in(newest_mail()) in page.words
    client.get(link)


@pytest.mark.parametrize("page", ["0", "-1", "999999", "x", "<svg onload>", "1e9"])
def test_the_mailbox_takes_any_page_number(client: StrictClient, page: str) -> None:
    client.get("/demo/mailbox", query_string={"page": page})


def test_links_in_mail_are_only_addresses(sqlite_app: Flask) -> None:
    text = 'a <i> http://localhost/x?a=1&b=2 "https://e.example/"onclick=x javascript:alert(1)'

    assert with_links(text) == (
        'a &lt;i&gt; <a href="/x?a=1&amp;b=2">http://localhost/x?a=1&amp;b=2</a> &#34;'
        '<a href="https://e.example/">https://e.example/</a>&#34;onclick=x javascript:alert(1)'
    )


def test_a_real_council_has_no_demonstration_pages(tmp_path: Path) -> None:
    settings = load_settings(environment_for(tmp_path, f"sqlite:///{tmp_path}/t.sqlite"))
    app = create_app(
        replace(settings, demo=False, smtp_url="smtp://127.0.0.1:9"), clock=lambda: datetime.now(START.tzinfo)
    )

    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert not [rule for rule in rules if rule.startswith("/demo")]
    assert "/accounts/sign-in" in rules


@pytest.mark.parametrize("number", ["1e9", "0x10", "-1", "\uff11", "99999999999999999999999", "2147483648"])
def test_a_number_that_names_nobody_is_not_found(client: StrictClient, number: str) -> None:
    sign_in_as(client, make_person("Boss", Role.ADMIN))

    client.get(f"/staff/people/{number}", status=404)
