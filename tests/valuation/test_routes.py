"""The officer's desk, as a browser without JavaScript meets it."""

from __future__ import annotations

import pytest
from flask import Flask

from pb.core.actor import Role
from pb.core.db import db
from pb.proposals import service as proposing
from pb.proposals.models import Proposal
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.proposals.test_routes import count_queries, errors_of
from tests.support.client import StrictClient
from tests.support.people import actor_for, make_person, sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round

QUEUE = "/staff/rounds/together-for-quay/checks"
PAGE = "/rounds/together-for-quay/projects/B01"
NO = {
    "outcome": "not_feasible",
    "reason": "The towpath is not ours.",
    "reason_code": "no_land",
    "rule_name": "Highways Act 1980",
    "rule_url": "https://www.legislation.gov.uk/ukpga/1980/66",
    "cost": "12,000",
    "already_doing": "The canal trust has lights at Lock 8.",
}


@pytest.fixture
def round_(sqlite_app: Flask, clock: FixedClock) -> Round:
    return make_round("valuating", clock)


@pytest.fixture
def sent(round_: Round) -> Proposal:
    return make_proposal(round_)


@pytest.fixture
def officer(client: StrictClient, sent: Proposal) -> StrictClient:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    return client


def fill(client: StrictClient, status: int = 303, **answers: str):  # type: ignore[no-untyped-def]
    page = client.get(f"{QUEUE}/B01")
    return client.submit(page, page.one("main").find(".//form"), status=status, **NO | answers)  # type: ignore[arg-type]


def test_queue_and_staff_home_show_what_waits(officer: StrictClient) -> None:
    assert "1 waiting" in officer.get(QUEUE).words
    home = officer.get("/staff")
    assert "Proposals to check: Together for Quay" in home.words
    assert QUEUE in {a.get("href") for a in home.one("main").iter("a")}


def test_check_is_saved_published_and_read_by_everybody(officer: StrictClient, sent: Proposal) -> None:
    fill(officer)
    embargoed = officer.get(PAGE)
    asked = officer.get(f"{QUEUE}/publish")
    officer.submit(asked, asked.one("main").find(".//form"))  # type: ignore[arg-type]

    page = officer.get(PAGE)

    assert "The towpath is not ours." not in embargoed.words
    assert "It cannot go to the vote The towpath is not ours." in page.words
    assert "Checked by the Officer" in page.words
    assert "The canal trust has lights at Lock 8." in page.words
    assert NO["rule_url"] in {a.get("href") for a in page.one("main").iter("a")}
    assert "Sam" not in page.words
    assert "The towpath is not ours." in officer.get(f"{PAGE}/history").words


@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        ({"outcome": ""}, "Select whether it can go to the vote"),
        ({"outcome": "funded"}, "Select whether it can go to the vote"),
        ({"reason": "No"}, "Write the reason in at least 10 characters. Everybody will read it"),
        ({"reason_code": ""}, "Select why it cannot go to the vote"),
        ({"rule_name": ""}, "Name the law, policy or standing order that stands in the way"),
        ({"rule_url": "x"}, "Enter the web address where people can read that rule, beginning with https://"),
        ({"cost": ""}, "Enter the cost in pounds"),
        ({"cost": "1e6"}, "Enter an amount in pounds, like 1250 or 1,250.50"),
        ({"reason": "x" * 2001}, "This must be 2000 characters or fewer"),
    ],
)
def test_gap_is_named_at_its_field_and_the_rest_stays(
    officer: StrictClient, gap: dict[str, str], sentence: str
) -> None:
    page = fill(officer, 422, **gap)

    assert errors_of(page) == [sentence]
    assert page.one("textarea", id="already_doing").text.strip() == NO["already_doing"]  # type: ignore[union-attr]


def test_version_changed_meanwhile_is_explained_and_can_be_saved_then(
    officer: StrictClient, sent: Proposal, clock: FixedClock
) -> None:
    page = officer.get(f"{QUEUE}/B01")
    form = page.one("main").find(".//form")
    assert form is not None
    by = actor_for(sent.proposer)
    proposing.revise(sent, {"risks": "x"}, reason="correction", note="x", base_number=1, by=by, now=clock.at)
    db.session.commit()

    late = officer.submit(page, form, status=409, **NO)

    assert "This proposal was changed while you were checking it" in late.words
    assert late.one("textarea", id="reason").text.strip() == NO["reason"]  # type: ignore[union-attr]
    again = late.one("main").find(".//form")
    assert again is not None
    officer.submit(late, again)


def test_publishing_while_one_waits_is_refused(officer: StrictClient) -> None:
    page = officer.get(f"{QUEUE}/publish")
    refused = officer.post(f"{QUEUE}/publish", {}, status=409)

    assert "1 proposal still waits" in page.words
    assert not page.one("main").findall(".//form")
    assert "1 proposal still waits" in refused.words


@pytest.mark.parametrize("role", [None, Role.RETURNING_OFFICER, Role.ADMIN])
def test_only_officers_check(client: StrictClient, sent: Proposal, role: Role | None) -> None:
    sign_in_as(client, make_person("Colin", *([role] if role else [])))

    for path in (QUEUE, f"{QUEUE}/B01", f"{QUEUE}/publish"):
        client.get(path, status=403)
    client.post(f"{QUEUE}/B01", NO, status=403)


def test_officer_with_the_same_proposal_is_told_to_ask_another(client: StrictClient, round_: Round) -> None:
    sam = make_person("Sam", Role.OFFICER)
    make_proposal(round_, proposer=sam)
    sign_in_as(client, sam)

    assert "Ask another officer" in fill(client, 403).words


def test_more_proposals_need_no_more_queries(officer: StrictClient, round_: Round) -> None:
    one = count_queries(officer, QUEUE)
    for _ in range(2):
        make_proposal(round_)

    assert count_queries(officer, QUEUE) == one
