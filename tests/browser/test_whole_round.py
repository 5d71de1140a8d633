"""One whole round in a browser without JavaScript: checked, frozen, voted, closed, counted, certified, published.

The demonstration's clock is moved between the steps. This file runs last: it changes what the others look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser

from pb.demo.content import load
from tests.browser.conftest import PHONE, Site, Visitor
from tests.browser.people import sign_in_as_staff
from tests.browser.test_journeys import new_address, picks_and_reviews, proves_and_submits


@pytest.fixture
def meet(browser: Browser, site: Site) -> Iterator[object]:
    contexts = []

    def make(name: str) -> Visitor:
        contexts.append(browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB"))
        return Visitor(contexts[-1], site, name, has_javascript=False)

    yield make
    for context in contexts:
        context.close()
    site.command("demo", "travel", "back")


def phase_day(site: Site, phase: str) -> str:
    """Noon of the day after a dated phase of the proposing round begins."""
    content = load(datetime.now().astimezone().date())
    round = next(r for r in content.rounds if r.key == "proposing")
    starts = next(p.starts_on for p in round.phases if p.name == phase)
    return f"{starts + timedelta(days=1)}T12:00"


def check_all(sam: Visitor, slug: str) -> None:
    """Give every waiting proposal a check with a reason."""
    sam.goes_to(f"/staff/rounds/{slug}/checks")
    for _ in range(20):
        waiting = sam.page.locator(f"main a[href*='/staff/rounds/{slug}/checks/']")
        if "Nothing waits for a check" in sam.page.inner_text("main") or not waiting.count():
            return
        waiting.first.click()
        sam.ticks("It can go to the vote")
        sam.types(re.compile("^Why"), "We looked at the place and the prices: it can be done in time.")
        sam.clicks("Save the check").goes_to(f"/staff/rounds/{slug}/checks")
    raise AssertionError("proposals still wait after twenty checks")


def test_a_round_from_the_check_to_the_log(meet: object, site: Site) -> None:
    slug = site.round("proposing")
    make = meet
    sam, helena, pat = make("Sam"), make("Helena"), make("Pat")  # type: ignore[operator]

    site.command("demo", "travel", phase_day(site, "valuating"))
    sign_in_as_staff(sam.page, site, "officer")
    check_all(sam, slug)
    sam.follows("Publish these outcomes").clicks("Publish them all").looks("round-1-checked")

    site.command("demo", "travel", phase_day(site, "appeals"))
    sign_in_as_staff(helena.page, site, "returning officer")
    helena.goes_to(f"/staff/rounds/{slug}/vote").follows("See what goes on the ballot")
    helena.clicks("Ask to publish the ballot for good").sees("Waiting for a second person").looks("round-2-asked")
    sign_in_as_staff(sam.page, site, "officer")
    sam.goes_to("/staff/approvals").follows(re.compile("Publish the ballot")).looks("round-2-agree").clicks("Agree")
    helena.goes_to(f"/staff/rounds/{slug}/vote").sees("Published, voting has not opened").looks("round-2-frozen")

    site.command("demo", "travel", phase_day(site, "voting"))
    address = new_address("pat")
    picks_and_reviews(pat, slug, 2, ward="Fellgate")
    reference = proves_and_submits(pat, address)

    site.command("demo", "travel", phase_day(site, "counting"))
    sign_in_as_staff(helena.page, site, "returning officer")
    helena.goes_to(f"/staff/rounds/{slug}/vote").clicks("Close the vote").sees("Closed, the box is sealed")
    helena.clicks("Ask to open the box").sees("Waiting for a second person")
    sign_in_as_staff(sam.page, site, "officer")
    sam.goes_to("/staff/approvals").follows(re.compile("Open the ballot box")).clicks("Agree").sees("Agreed and done")
    helena.goes_to(f"/staff/rounds/{slug}/vote").sees("The box is open").looks("round-3-opened")
    pat.goes_to("/ballot/check").types(re.compile("reference", re.I), reference).clicks(re.compile("Check|Look", re.I))
    pat.sees(re.compile("in the box", re.I))

    helena.goes_to(f"/staff/rounds/{slug}/count").clicks("Count the votes")
    for _ in range(20):
        if "Certify this count" in helena.page.inner_text("main"):
            break
        helena.page.wait_for_timeout(500)
        helena.goes_to(f"/staff/rounds/{slug}/count")
    helena.clicks("Certify this count").sees("Waiting for another person")
    sam.goes_to(f"/staff/rounds/{slug}/count").clicks("Certify this count").follows("Go to publishing")
    sam.clicks("Publish the results").looks("round-4-published")

    pat.goes_to(f"/rounds/{slug}/results").sees("Funded").looks("round-5-results")
    pat.goes_to("/log").looks("round-6-log")
    funded = pat.page.goto(f"{site.url}/rounds/{slug}/results.json")
    assert funded is not None
    assert funded.status == 200
    pat.goes_to(f"/log?round={slug}").sees("Agreed")
