"""A worry on a phone: posted, safe whatever it holds, read first, public, and useful to somebody."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable

import pytest

from tests.browser.conftest import Site, Visitor
from tests.browser.people import is_signed_in, sign_in_as_resident

Meet = Callable[[str], Visitor]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> [x](javascript:alert(3))"


def test_a_newcomers_worry_is_read_first_then_public_and_never_runs(visitor: Meet, site: Site) -> None:
    """Given a newcomer's hostile worry, when a moderator publishes it, then a stranger reads its words as words."""
    pat, sam, stranger = visitor("Pat"), visitor("Sam"), visitor("A stranger")
    talk = f"/rounds/{site.round('proposing')}/projects/F07/talk"
    mark = secrets.token_hex(4)

    sign_in_as_resident(pat.page, site, f"pat.{mark}@example.org")
    pat.goes_to(talk).follows("I am worried")
    pat.types("I am worried because…", f"{mark} {HOSTILE}").clicks("Send")
    pat.sees("Somebody reads").sees(mark)
    stranger.goes_to(talk)
    assert mark not in stranger.page.inner_text("main")

    is_signed_in(sam, "sam.whitworth@harthwaite.example.org")
    number = re.search(r"/c/(\d+)", pat.page.url)
    assert number
    sam.goes_to(f"/staff/queue/{number[1]}")
    sam.sees("One of this person’s first two posts").ticks("Publish").clicks("Save and next")

    stranger.goes_to(talk).sees(mark).sees("<img src=x onerror=alert(1)>")
    assert stranger.page.locator("main img, main script").count() == 0


without_javascript = pytest.mark.parametrize("visitor", [False], indirect=True, ids=["without JavaScript"])


def an_hour_goes_by(site: Site, address: str) -> None:
    """News of this person gathered long enough for a letter."""
    with sqlite3.connect(site.data_dir / "moothall.sqlite", timeout=20) as database:
        mine = "person_id = (SELECT id FROM person WHERE email = ?) AND mailed_at IS NULL"
        database.execute(
            f"UPDATE notice SET made_at = datetime(made_at, '-1 hour') || '.000000' WHERE {mine}", (address,)
        )
    database.close()
    site.command("talk", "run")


@without_javascript
def test_a_worry_changes_the_proposal_and_its_author_is_told_and_finds_it_useful(visitor: Meet, site: Site) -> None:
    """Given a neighbour's worry, when the proposer changes the proposal citing it, then the neighbour has news, a
    letter and both versions to read, and marks the proposer's answer as useful."""
    jo, kamran, mark = visitor("Jo"), visitor("Kamran"), secrets.token_hex(4)
    address = "jean.openshaw@example.org"
    project = f"/rounds/{site.round('proposing')}/projects/E03"
    is_signed_in(jo, address).goes_to(f"{project}/talk").follows("I am worried")
    jo.page.wait_for_timeout(3100)  # faster than a person is read first
    jo.types("I am worried because…", f"The generator {mark} will wake the night shift.").clicks("Send")
    jo.sees("Everybody can read it now").sees(mark)
    number = re.search(r"/c/(\d+)", jo.page.url)
    assert number

    is_signed_in(kamran, "kamran.butt@example.org").goes_to(f"{project}/change")
    kamran.ticks("Because of the discussion").ticks(re.compile(mark))
    kamran.types(re.compile("What could go wrong"), f"Batteries after nine instead of the generator ({mark}).")
    kamran.types(re.compile("Tell people what you changed"), "Batteries after nine.").clicks("Publish the new version")
    kamran.goes_to(f"/c/{number[1]}/reply").types("Your reply", f"You were right: batteries it is, {mark}.")
    kamran.page.wait_for_timeout(3100)
    kamran.clicks("Send")

    an_hour_goes_by(site, address)
    letter = jo.reads_mail_to(address)
    assert "was changed because of what you wrote" in letter
    jo.goes_to("/me").follows(re.compile("was changed because of what you wrote"))
    jo.sees("Because of the discussion").sees(f"Batteries after nine instead of the generator ({mark}).").looks("cited")
    jo.goes_to(f"/c/{number[1]}").sees(f"You were right: batteries it is, {mark}.").clicks("Useful").sees(
        "Useful to 1 person"
    )


@without_javascript
def test_a_hidden_worry_is_appealed_and_shown_again_by_somebody_else(visitor: Meet, site: Site) -> None:
    """Given a worry hidden by one officer, when its author appeals, then only another officer can decide, and
    everybody reads it again with the reason in the public record."""
    author, sam, priya, stranger = visitor("The author"), visitor("Sam"), visitor("Priya"), visitor("A stranger")
    slug, mark = site.round("proposing"), secrets.token_hex(4)
    talk = f"/rounds/{slug}/projects/E03/talk?kind=worry"
    post = stranger.goes_to(talk).page.locator("article", has_text="Hamza Rafiq").first
    said, number = post.locator(".post__words").inner_text(), (post.get_attribute("id") or "").removeprefix("c")

    is_signed_in(sam, "sam.whitworth@harthwaite.example.org").goes_to(f"/staff/queue/{number}")
    sam.ticks("Hide it").page.get_by_label("Hide or remove, because").select_option(label="Insult or threat")
    sam.clicks("Save and next")
    stranger.goes_to(talk).sees("by a moderator: Insult or threat.")
    assert said not in stranger.page.inner_text("main")

    is_signed_in(author, "hamza.rafiq@example.org").goes_to("/me").follows(
        re.compile("was hidden. You can ask for a review")
    )
    author.sees("Nobody else sees it now.").follows("Ask somebody else to look again")
    author.types("Why should it be shown?", f"It names nobody ({mark}).").clicks("Send")
    appeal = "Appeal of .* about contribution " + number
    assert sam.goes_to("/staff/queue/second-looks").page.get_by_role("link", name=re.compile(appeal)).count() == 0
    is_signed_in(priya, "priya.nair@harthwaite.example.org").goes_to("/staff")
    priya.follows("Appeals against moderation").follows(re.compile(appeal))
    priya.sees(said).sees(mark).looks("appeal-decide").ticks(re.compile("Show it again|The author is right"))
    priya.types(re.compile("reason", re.I), f"It is about a road, not a person ({mark}).").clicks("Decide")

    stranger.goes_to(talk).sees(said)
    author.goes_to("/me").sees("Your appeal was upheld")
    stranger.goes_to(f"/rounds/{slug}/moderation-record").sees("Shown again")
