"""Helped votes and the kiosk: who may begin one, what is recorded, and what is left on the device."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from pb.core.actor import Role
from pb.core.db import session
from pb.journal.models import JournalEntry
from pb.rounds.models import Round, Ward
from pb.voting.models import Envelope
from pb.voting.queries import opened_ballots
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.voting import cast, closed_and_opened
from tests.voting.test_routes import BALLOT, pick, prove, round, start, submit_review, ward  # noqa: F401

ASSIST, KIOSK = "/assist/together-for-quay", "/kiosk/together-for-quay"


@pytest.fixture
def helper(client: StrictClient, round: Round) -> StrictClient:  # noqa: F811
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    return client


def begin(helper: StrictClient, ward: Ward, *, status: int = 303, **changes: str) -> Page:  # noqa: F811
    page = helper.get(ASSIST)
    said = {"how": "phone", "ward": str(ward.id), "consent": "y", "name": "Ann", "address": "1 High St", **changes}
    return helper.submit(page, page.one("form", action=ASSIST), status=status, **said)


def test_a_helped_vote_is_cast_as_such_and_the_consent_recorded(
    helper: StrictClient,
    round: Round,  # noqa: F811
    ward: Ward,  # noqa: F811
) -> None:
    assert "helping somebody on the phone" in helper.follow(begin(helper, ward)).words
    pick(helper, "B01", "B02", "B03")
    assert "Read the picks back" in helper.get(f"{BALLOT}/review").words
    done = helper.follow(submit_review(helper))

    assert "Made with help" in done.words
    assert [e.channel for e in session().scalars(select(Envelope))] == ["assisted"]
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "help.given")).one()
    assert (entry.facts, entry.actor_role, entry.is_public) == ({"consent": True, "how": "phone"}, "officer", False)
    page = helper.follow(helper.submit(done, done.one("form", action=f"{ASSIST}/next")))
    assert page.h1 == "Help somebody vote"
    helper.get(BALLOT, status=303)
    assert helper.get("/staff").status == 200
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01","B02","B03"]']


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consent": ""}, "tick when the voter has said yes"),
        ({"name": ""}, "Enter the e-mail address, or the name"),
        ({"email": "not an address"}, "e-mail"),
    ],
)
def test_without_consent_or_a_person_no_ballot_begins(
    helper: StrictClient,
    ward: Ward,  # noqa: F811
    changes: dict[str, str],
    said: str,
) -> None:
    page = begin(helper, ward, status=422, **changes)

    assert said in page.words
    helper.get(BALLOT, status=303)


def test_somebody_who_voted_online_is_asked_before_help_replaces_it(
    helper: StrictClient,
    round: Round,  # noqa: F811
    ward: Ward,  # noqa: F811
    clock: FixedClock,
) -> None:
    cast(round, ["B09"], voter="ann@home.example", ward_id=ward.id, now=clock.at)
    begin(helper, ward, email="ann@home.example")
    pick(helper, "B01")
    page = helper.get(f"{BALLOT}/review")

    page = helper.submit(page, page.one("form", action=f"{BALLOT}/review"), status=409)

    assert "You have already voted. Replace it?" in page.words
    helper.submit(page, page.one("form", action=f"{BALLOT}/replace"))
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01"]']


def test_a_helper_who_signed_out_cannot_send_what_they_began(helper: StrictClient, ward: Ward) -> None:  # noqa: F811
    begin(helper, ward)
    pick(helper, "B01")
    helper.client.delete_cookie("pb")
    page = helper.get(f"{BALLOT}/review")

    helper.submit(page, page.one("form", action=f"{BALLOT}/review"), status=409)

    assert not list(session().scalars(select(Envelope)))


@pytest.mark.parametrize("role", [None, Role.ADMIN])
def test_nobody_else_helps(client: StrictClient, round: Round, role: Role | None) -> None:  # noqa: F811
    sign_in_as(client, make_person("Pat", *([role] if role else [])))

    client.get(ASSIST, status=403)
    client.post(f"{ASSIST}/next", {}, status=403)


def switched_on(client: StrictClient) -> Page:
    page = client.get(KIOSK)
    client.submit(page, page.one("form", action=f"{KIOSK}/on"))
    return client.follow(client.get(KIOSK, status=303))


def names(client: StrictClient) -> set[str]:
    return {cookie.key for cookie in client.client._cookies.values()}


def test_a_kiosk_leads_every_page_back_and_keeps_nothing_of_a_voter(
    client: StrictClient,
    round: Round,  # noqa: F811
    ward: Ward,  # noqa: F811
) -> None:
    first = switched_on(client)
    assert first.h1 == "Vote here"
    assert "Refresh" not in first.response.headers

    ballot = start(client, ward)
    assert ballot.response.headers["Refresh"] == f"120; url={KIOSK}/still-there?back={BALLOT}"
    assert not [form for form in ballot.all("form") if form.get("hx-post")]
    pick(client, "B01")
    asked = client.get(f"{KIOSK}/still-there?back={BALLOT}")
    assert asked.response.headers["Refresh"] == f"30; url={KIOSK}"
    assert [a.get("href") for a in asked.all("a") if a.text == "Yes, go on"] == [BALLOT]
    done = client.follow(prove(client))
    assert done.response.headers["Refresh"] == f"60; url={KIOSK}"
    cleared = client.get(KIOSK, status=303)

    assert names(client) == {"kiosk"}
    assert client.follow(cleared).h1 == "Vote here"
    client.get(f"{BALLOT}/done", status=303)


def test_finishing_on_a_kiosk_goes_back_to_its_start(client: StrictClient, round: Round, ward: Ward) -> None:  # noqa: F811
    switched_on(client)
    start(client, ward)

    page = client.post("/ballot/finish", {})

    assert page.response.headers["Location"] == KIOSK
    assert names(client) == {"kiosk"}


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/ballot/", "/staff", "javascript:alert(1)"])
def test_the_warning_leads_only_back_into_the_vote(client: StrictClient, round: Round, back: str) -> None:  # noqa: F811
    page = client.get(f"{KIOSK}/still-there", query_string={"back": back})

    assert [a.get("href") for a in page.all("a") if a.text == "Yes, go on"] == [KIOSK]


def test_an_ordinary_browser_is_left_alone_and_a_kiosk_can_end(client: StrictClient, round: Round) -> None:  # noqa: F811
    before = client.get("/rounds")
    page = switched_on(client)
    client.submit(page, page.one("form", action=f"{KIOSK}/off"))
    after = client.get("/rounds")

    assert "Refresh" not in {**before.response.headers, **after.response.headers}
    links = [[a.get("href") for a in shown.one("footer").iter("a")] for shown in (before, page, after)]
    assert links == [links[0], [], links[0]]
    assert "/privacy" in links[0]
    assert client.get(KIOSK).h1 == "Make this device a kiosk"
