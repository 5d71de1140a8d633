"""People's journeys at phone width, with JavaScript and without: propose, check, vote, vote again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from tests.browser.conftest import Site, Visitor
from tests.browser.people import newest_mail, sign_in_as_resident

Meet = Callable[[str], Visitor]


def new_address(name: str) -> str:
    return f"{name}.{secrets.token_hex(3)}@example.org"


def picks_and_reviews(voter: Visitor, slug: str, picks: int, ward: str = "Lockside") -> None:
    """From the round's page to the review, by way of the two questions."""
    voter.goes_to(f"/rounds/{slug}").follows(re.compile("vote", re.I))
    if "/check" in voter.page.url:
        voter.ticks(ward).ticks("Yes").clicks("Continue to the projects")
    for _ in range(picks):
        voter.clicks(re.compile("^Add to my picks|^Add "))
    voter.sees(f"{picks} of ").follows("Check my picks")
    voter.sees("Your vote is not counted until you select Submit my vote")


def proves_and_submits(voter: Visitor, address: str) -> str:
    """Send the code, type it, submit; give back the reference."""
    voter.clicks(re.compile("^Continue: prove|^Submit my vote"))
    if "/who" in voter.page.url:
        voter.types("Your e-mail address", address).clicks("Send me a code")
    if "/code" in voter.page.url:
        code = re.search(r"Your code is (\d{3} \d{3})", newest_mail(voter.page, voter.site, address))
        assert code
        voter.types(re.compile("code", re.I), code[1]).clicks("Submit my vote")
    voter.sees("Your vote is in")
    reference = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", voter.page.inner_text("main"))
    assert reference
    return reference[0]


def test_a_resident_votes_on_a_phone_and_changes_the_vote(visitor: Meet, site: Site) -> None:
    pat, address, slug = visitor("Pat"), new_address("pat"), site.round("voting")

    picks_and_reviews(pat, slug, 3)
    first = proves_and_submits(pat, address)
    pat.looks("receipt")
    pat.goes_to(f"/ballot/{slug}").clicks(re.compile("^Remove"))
    pat.follows("Check my picks")
    second = proves_and_submits(pat, address)

    assert second == first
    pat.goes_to("/ballot/check").types(re.compile("reference", re.I), first.lower().replace("-", " "))
    pat.clicks(re.compile("Check|Look", re.I))
    pat.goes_to(f"/ballot/{slug}/done").clicks("Finish and clear this screen")
    pat.goes_to(f"/ballot/{slug}").sees("Can I vote?")


def test_picks_over_the_limit_are_kept_and_refused_at_review(visitor: Meet, site: Site) -> None:
    eager, slug = visitor("Eager"), site.round("voting")

    eager.goes_to(f"/ballot/{slug}/check").ticks("Lockside").ticks("Yes").clicks("Continue to the projects")
    for _ in range(11):
        eager.clicks(re.compile("^Add to my picks|^Add "))
    eager.follows("Check my picks")

    eager.sees(re.compile("11")).sees(re.compile("[Tt]ake (out )?1|Take out 1"))


def test_a_resident_proposes_and_finds_it_in_the_list(visitor: Meet, site: Site) -> None:
    dev, slug, address = visitor("Dev"), site.round("proposing"), new_address("dev")
    title = f"Benches and lights on the canal path {secrets.token_hex(2)}"

    sign_in_as_resident(dev.page, site, address)
    dev.sees("What should we call you?").types("Name to show", "Dev M").clicks("Save and continue")
    writes_a_proposal(dev, slug, title)

    dev.goes_to(f"/rounds/{slug}/projects?words=canal").sees(title)
    dev.follows(title).sees("£1,250").sees("paint the benches").looks("proposal")


def writes_a_proposal(writer: Visitor, slug: str, title: str) -> None:
    """Six short pages, read through, sent in."""
    writer.goes_to(f"/propose/{slug}").clicks("Start")
    writer.follows(re.compile("idea", re.I))
    writer.types("Give it a short name", title).types(
        "Say it in one sentence", "Somewhere to sit, and light to walk by."
    )
    writer.types(re.compile("What is the problem"), "It is dark by four and there is nowhere to rest.")
    writer.clicks("Save and continue")
    writer.types("Where exactly?", "The towpath from the lock to Borsdane Road")
    writer.page.get_by_label("Which area is it in?").first.select_option(label="Fellgate")
    writer.ticks("Parks and green places").clicks("Save and continue")
    writer.types(re.compile("Who would gain"), "Some 200 people a day").clicks("Save and continue")
    writer.types("Thing 1", "Two benches").types("Cost of thing 1", "1,250")
    writer.types(re.compile("What will it cost each year"), "0").clicks("Save and continue")
    writer.page.get_by_label(re.compile("We will do it|We would|ourselves", re.I)).first.check()
    writer.types("Promise 1", "paint the benches every spring").clicks("Save and continue")
    writer.types(re.compile("How will we know"), "20 people a day sit there").types("By what date?", "2027-06-28")
    writer.clicks("Save and continue")
    if "/check" not in writer.page.url:
        writer.follows(re.compile("Read it through"))
    writer.sees(title).looks("proposal-check")
    writer.page.get_by_role("checkbox").first.check()
    writer.clicks("Send in my proposal")
