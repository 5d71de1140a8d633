"""Pages kept for visitors who are not signed in: never older than the database, never somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from pb.core.db import committed, db, session
from pb.core.kept import _is_for_anybody
from pb.core.outbox import send_mail
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_round
from tests.support.voting import ready

ROUND = "/rounds/together-for-quay"


@pytest.fixture
def round(client: StrictClient, clock: FixedClock) -> Round:
    made = make_round("voting", clock)
    ready(made)
    return made


def statements_of(client: StrictClient, url: str) -> list[str]:
    """What a view asks of the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [one for one in asked if not one.startswith(("BEGIN", "ROLLBACK"))]


def test_the_second_view_asks_only_for_the_edition(client: StrictClient, round: Round) -> None:
    first = client.get(ROUND)

    assert statements_of(client, ROUND) == ["SELECT mark FROM edition"]
    second = client.get(ROUND)
    assert second.html == first.html
    ours = ("Content-Security-Policy", "Cache-Control", "X-Frame-Options", "Content-Type", "ETag", "Vary")
    assert [second.response.headers[name] for name in ours] == [first.response.headers[name] for name in ours]
    assert second.response.headers["X-Request-Id"] != first.response.headers["X-Request-Id"]


def test_whoever_has_the_page_is_sent_nothing(client: StrictClient, round: Round) -> None:
    mark = client.get(ROUND).response.headers["ETag"]

    for _ in range(2):
        again = client.client.get(ROUND, headers={"If-None-Match": mark})
        assert (again.status_code, again.get_data()) == (304, b"")


def test_a_change_shows_at_once(client: StrictClient, round: Round) -> None:
    mark = client.get(ROUND).response.headers["ETag"]

    with committed():
        session().get_one(Round, round.id).title = "Together again"

    assert client.get(ROUND, headers={"If-None-Match": mark}).h1 == "Together again"


def test_a_phase_shows_on_its_minute(client: StrictClient, round: Round, clock: FixedClock) -> None:
    dates = {date.phase: date.starts_at for date in round.dates}
    clock.at = dates["counting"] - timedelta(seconds=1)
    assert "See projects and vote" in client.get(ROUND).words

    clock.at = dates["counting"]

    assert "See projects and vote" not in client.get(ROUND).words


def test_signed_in_people_and_fragments_are_given_nothing_kept(client: StrictClient, round: Round) -> None:
    client.get(ROUND)
    fragment = statements_of(client, ROUND)
    assert len(fragment) == 1

    sign_in_as(client, make_person("Ann"))
    assert len(statements_of(client, ROUND)) > 1
    assert "Sign out" in client.get(ROUND).html
    assert "Sign out" not in StrictClient(client.app).get(ROUND).html


def test_pages_with_forms_are_never_shared(client: StrictClient, round: Round) -> None:
    tokens = [StrictClient(client.app).get(f"/ballot/{round.slug}/check").html for _ in range(2)]

    assert tokens[0] != tokens[1]


@pytest.mark.parametrize(
    "headers", [{"Set-Cookie": "a=b"}, {"Cache-Control": "no-store"}, {"Content-Type": "application/zip"}]
)
def test_what_is_one_persons_is_not_kept(sqlite_app: Flask, headers: dict[str, str]) -> None:
    with sqlite_app.test_request_context("/"):
        plain = sqlite_app.response_class("x", mimetype="text/html")
        assert _is_for_anybody(plain)

        assert not _is_for_anybody(sqlite_app.response_class("x", headers={"Content-Type": "text/html"} | headers))


def test_mail_of_the_demonstration_is_there_as_soon_as_it_is_written(client: StrictClient, round: Round) -> None:
    """Mail is on no page that is kept, so it leaves the edition alone: its own page is never a kept one."""
    assert "A word" not in client.get("/demo/mailbox").words

    with committed():
        send_mail(to="pat@people.example", subject="A word", body="Come in.", now=round.created_at)

    assert "A word" in client.get("/demo/mailbox").words


@pytest.mark.parametrize("url", ["/demo", "/demo/mailbox", "/accounts/sign-in"])
def test_pages_of_codes_mail_and_signing_in_are_never_kept(client: StrictClient, url: str) -> None:
    for _ in range(2):
        assert "ETag" not in client.get(url).response.headers
