"""Proving who one is, in a real browser: an account at the council's provider, and the code of a letter."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from pb.core.db import db, session
from pb.rounds.service import BallotPlan
from pb.voting.models import Envelope
from tests.browser.conftest import ARTEFACTS
from tests.browser.council import Council, served
from tests.support.electorate import imported, supplier_list, two_officers
from tests.support.provider import CLIENT, SECRET, LoopbackProvider
from tests.support.rounds import make_round, make_ward
from tests.support.voting import ready

LIST = (
    "Number,Name,Address,Postcode,E-mail,Ward,Account\n"
    "1,Siân Ŵyn,1 High St,WN2 3AA,,Quay,sub-sian\n"
    "2,Cai,2 High St,WN2 3AB,,Quay,\n"
)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    provider = LoopbackProvider()
    settings = {
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_LABEL": "MyExampleshire",
    }
    with served(tmp_path_factory.mktemp("council"), **settings) as made:
        yield made
    provider.stop()


@pytest.fixture
def codes(council: Council) -> dict[str, str]:
    """A round with a list, letters and accounts; the code of each person on the list."""
    title = f"Round {secrets.token_hex(3)}"
    plan = BallotPlan(identity_rung=2, other_rungs=(4,))
    ward = make_ward(title)
    round = make_round("voting", council.clock, title=title, wards=(ward,), plan=plan)
    ready(round)
    imported(round, LIST.replace("Quay", title), now=council.clock())
    one, other = two_officers()
    found = supplier_list(round, by=one, second=other, now=council.clock())
    return {**found, "ballot": f"/ballot/{round.slug}"}


@pytest.fixture
def phone(browser: Browser, council: Council) -> Iterator[Page]:
    """A small phone with JavaScript off."""
    context = browser.new_context(
        viewport={"width": 360, "height": 720}, java_script_enabled=False, base_url=council.url, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def picks(page: Page, ballot: str, *projects: str) -> None:
    """The two questions, the projects, the review."""
    page.goto(f"{ballot}/check")
    page.get_by_role("radio").first.check()
    page.get_by_label("Yes").check()
    press(page, "button", "Continue to the projects")
    for project in projects:
        press(page, "button", f"Add to my picks : {project}")
    page.goto(f"{ballot}/review")
    press(page, "button", "Continue: prove who you are")


def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Press and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.click()


def looks(page: Page, label: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{label}.png", full_page=True)


def envelopes() -> int:
    db.session.rollback()
    return session().scalar(select(func.count()).select_from(Envelope)) or 0


def test_somebody_votes_with_the_councils_account_changes_their_mind_and_stays_one_voter(
    council: Council, codes: dict[str, str], phone: Page
) -> None:
    before = envelopes()
    picks(phone, codes["ballot"], "Project 1")
    looks(phone, "identity-choose")
    press(phone, "link", "I have an account: MyExampleshire")
    looks(phone, "identity-account")
    press(phone, "link", "Go to MyExampleshire")
    press(phone, "link", "Cancel")
    assert "You came back without signing in" in phone.inner_text("main")
    looks(phone, "identity-cancelled")
    press(phone, "link", "Try again")
    press(phone, "link", "Go to MyExampleshire")
    press(phone, "link", "Siân Ŵyn")
    assert "Now submit your vote" in phone.inner_text("h1")
    looks(phone, "identity-signed-in")
    assert envelopes() == before
    press(phone, "button", "Submit my vote")
    reference = phone.locator(".receipt__reference").inner_text()
    assert envelopes() == before + 1

    press(phone, "button", "Finish and clear this screen")
    picks(phone, codes["ballot"], "Project 2")
    press(phone, "link", "I have a letter with a code")
    phone.get_by_label("letter").fill(codes["Siân Ŵyn"])
    press(phone, "button", "Submit my vote")
    press(phone, "button", "Replace my earlier vote")

    assert phone.locator(".receipt__reference").inner_text() == reference
    assert envelopes() == before + 1


def test_a_posted_code_typed_as_people_type_votes_and_votes_again_the_next_day(
    council: Council, codes: dict[str, str], phone: Page
) -> None:
    before, code = envelopes(), codes["Cai"]
    sloppy = " ".join(code.lower().replace("0", "o").replace("1", "l").split("-")) + " "
    picks(phone, codes["ballot"], "Project 1")
    press(phone, "link", "I have a letter with a code")
    box = phone.get_by_label("letter")
    box.fill(sloppy[:-3])
    press(phone, "button", "Submit my vote")
    looks(phone, "identity-code-short")
    box.fill("ZZZZ-ZZZZ-ZZZZ")
    press(phone, "button", "Submit my vote")
    looks(phone, "identity-code-wrong")
    box.fill(sloppy)
    press(phone, "button", "Submit my vote")
    reference = phone.locator(".receipt__reference").inner_text()
    looks(phone, "identity-receipt")

    council.clock.at += timedelta(days=1)
    phone.goto(codes["ballot"])
    press(phone, "button", "Add to my picks : Project 2")
    phone.goto(f"{codes['ballot']}/review")
    press(phone, "button", "Continue: prove who you are")
    press(phone, "link", "I have a letter with a code")
    phone.get_by_label("letter").fill(sloppy)
    press(phone, "button", "Submit my vote")

    assert phone.locator(".receipt__reference").inner_text() == reference
    assert envelopes() == before + 1
