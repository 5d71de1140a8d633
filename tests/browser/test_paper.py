"""Paper in a browser without JavaScript, by keyboard alone: ten ballots keyed twice, one difference, sealed.

And a vote changed on the next day, on the demonstration's clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, Site, Visitor
from tests.browser.people import sign_in_as_staff
from tests.browser.test_journeys import new_address, picks_and_reviews, proves_and_submits

Meet = Callable[[str], Visitor]


@pytest.fixture
def meet(browser: Browser, site: Site) -> Iterator[Meet]:
    contexts = []

    def make(name: str) -> Visitor:
        contexts.append(browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB"))
        visitor = Visitor(contexts[-1], site, name, has_javascript=False)
        if name in ("officer", "second officer", "returning officer"):
            sign_in_as_staff(visitor.page, site, name)
        return visitor

    yield make
    for context in contexts:
        context.close()


def keys_ten(keyer: Visitor, batch: str, codes: list[str], *, slip: bool = False) -> None:
    """Never a mouse: the box has the focus, type, Enter."""
    keyer.goes_to(f"{batch}/key")
    for paper in range(10):
        marked = codes[1] if slip and paper == 3 else f"{codes[paper % 3].lower()} {codes[3]}"
        keyer.page.get_by_role("heading", name=f"ballot {paper + 1} of 10").wait_for()
        keyer.page.locator("input:focus").wait_for()
        keyer.page.keyboard.type(marked)
        with keyer.page.expect_navigation():
            keyer.page.keyboard.press("Enter")
    keyer.clicks("That was the last ballot: finish").sees("You have finished this batch.")


def receives_ten(sam: Visitor, desk: str) -> str:
    sam.goes_to(desk).ticks("Lockside").types("How many papers have you counted?", "10").clicks("Begin this batch")
    batch = re.sub(r"^https?://[^/]+", "", sam.page.url)
    for n in range(10):
        sam.types("Name", f"Person {n} of {batch}").types("First line of the address", f"{n} Weaver Row HW1 2AB")
        sam.clicks("The stub is in")
    sam.clicks("Lock the batch and begin to key")
    return batch


def test_ten_paper_ballots_keyed_by_two_and_settled_by_a_third(meet: Meet, site: Site) -> None:
    sam, priya, helena = meet("officer"), meet("second officer"), meet("returning officer")
    batch = receives_ten(sam, f"/staff/rounds/{site.round('voting')}/paper")
    sam.goes_to(f"{batch}/key")
    rows = sam.page.locator("main details li").all_text_contents()
    codes = [row.split()[0] for row in rows[:4]]

    keys_ten(sam, batch, codes)
    keys_ten(priya, batch, codes, slip=True)
    helena.goes_to(batch).sees("1 paper was read differently").follows("Settle them").looks("paper-difference")
    helena.ticks("As the first person keyed it").clicks("Save and next")

    helena.sees("Hand count, stubs and papers agree.").clicks("Seal the batch").sees("Sealed: 10 ballots")


def test_a_vote_is_changed_on_the_next_day_and_keeps_its_reference(meet: Meet, site: Site) -> None:
    pat, address, slug = meet("Pat"), new_address("pat"), site.round("voting")
    picks_and_reviews(pat, slug, 3)
    first = proves_and_submits(pat, address)
    site.command("demo", "travel", "+1d")
    try:
        pat.goes_to(f"/ballot/{slug}").sees("Your vote is in.").clicks(re.compile("^Remove")).follows("Check my picks")
        second = proves_and_submits(pat, address)
    finally:
        site.command("demo", "travel", "back")

    assert second == first
