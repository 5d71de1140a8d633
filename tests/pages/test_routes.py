"""Home, your area, wards, the static pages, and the files browsers and machines ask for."""

from __future__ import annotations

import json

import pytest

from pb.core.actor import Role
from pb.core.db import db
from pb.core.money import Money
from pb.rounds.models import WardPostcode
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient, text_of
from tests.support.counting_queries import queries
from tests.support.people import make_person
from tests.support.rounds import make_round, make_ward


def test_home_without_rounds_says_so_and_offers_a_way_on(client: StrictClient) -> None:
    page = client.get("/")

    assert page.h1 == "Decide what gets funded"
    assert "Nothing is open right now" in page.words
    assert page.one("input", name="postcode").get("autocomplete") == "postal-code"


def test_home_shows_the_open_vote_with_its_money_deadline_and_one_filled_button(
    client: StrictClient, clock: FixedClock
) -> None:
    pots = (PotPlan("One", Money(40_000_00), "Council"), PotPlan("Two", Money(20_000_00), "Gifts"))
    voting = make_round("voting", clock, title="Together for Hindley", pots=pots)
    make_round("proposing", clock, title="Evenings out")

    page = client.get("/")

    card = page.all("section", aria_labelledby=f"round-{voting.id}")[0]
    assert text_of(card).startswith(
        "Together for Hindley Voting open · 10 days left £60,000 · 3 projects You can vote until 10am on"
    )
    filled = [a for a in page.one("main").iter("a") if a.get("class") == "govuk-button"]
    assert [(text_of(a), a.get("href")) for a in filled] == [("See the projects and vote", f"/rounds/{voting.slug}")]


def test_home_hides_drafts_and_lists_what_was_decided(client: StrictClient, clock: FixedClock) -> None:
    make_round("draft", clock, title="Secret plan")
    make_round("delivering", clock, title="Last year")

    words = client.get("/").words

    assert "Secret plan" not in words
    assert "What was decided Last year" in words


def test_home_asks_as_little_for_many_rounds_as_for_one(client: StrictClient, clock: FixedClock) -> None:
    make_round("voting", clock, title="One")
    with queries() as for_one:
        client.get("/")
    for number in range(3):
        make_round("voting", clock, title=f"More {number}")

    with queries() as for_four:
        client.get("/")

    assert len(for_four) == len(for_one)


def test_a_known_postcode_leads_to_its_ward(client: StrictClient) -> None:
    ward = make_ward("Hindley", "E05000001")
    db.session.add(WardPostcode(area="WN2 3", ward_id=ward.id))
    db.session.commit()

    page = client.get("/find?postcode=wn2%203aa", status=302)

    assert page.response.headers["Location"] == "/wards/E05000001"


@pytest.mark.parametrize("typed", ["ZZ99 9ZZ", "nonsense", "<svg onload=alert(1)>", "%00", "W" * 5000, "%F0%9F%8E%88"])
def test_an_unknown_postcode_gets_the_list_of_wards_and_keeps_what_was_typed(client: StrictClient, typed: str) -> None:
    make_ward("Hindley", "E05000001")

    page = client.get(f"/find?postcode={typed}")

    assert [a.get("href") for h3 in page.all("h3") for a in h3.iter("a")] == ["/wards/E05000001"]
    assert "<svg" not in page.html.split("<main")[1].split("</main>")[0].replace("<svg class", "")


def test_an_empty_postcode_says_what_to_do_at_its_field(client: StrictClient) -> None:
    page = client.get("/find?postcode=")

    assert text_of(page.one("p", id="postcode-error")) == "Error: Enter your postcode"
    assert page.one("input", id="postcode").get("aria-describedby") == "postcode-error"


def test_a_ward_shows_its_councillors_and_its_rounds(client: StrictClient, clock: FixedClock) -> None:
    hindley, abram = make_ward("Hindley", "E05000001"), make_ward("Abram", "E05000002")
    make_person("Gareth Rees", Role.COUNCILLOR, ward_id=hindley.id)
    make_person("Nasreen Aziz", Role.COUNCILLOR, ward_id=abram.id)
    make_round("voting", clock, title="For all")
    make_round("proposing", clock, title="Only Abram", wards=(abram,))

    words = client.get("/wards/E05000001").words
    data = json.loads(client.get("/wards/E05000001.json").html)

    assert "Gareth Rees" in words
    assert "For all" in words
    assert "Nasreen Aziz" not in words
    assert "Only Abram" not in words
    assert (data["councillors"], [r["title"] for r in data["rounds"]]) == (["Gareth Rees"], ["For all"])


def test_a_ward_without_anything_still_leads_on(client: StrictClient) -> None:
    make_ward("Hindley", "E05000001")

    words = client.get("/wards/E05000001").words

    assert "No round here yet" in words
    assert "No councillor of this ward uses this website yet." in words


@pytest.mark.parametrize("gss", ["E05999999", "%3Csvg%3E", "E" * 300, "%00", "1"])
def test_a_ward_that_is_not_there_is_not_found(client: StrictClient, gss: str) -> None:
    client.get(f"/wards/{gss}", status=404)
    client.get(f"/wards/{gss}.json", status=404)


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/help", "Help"),
        ("/about", "About"),
        ("/accessibility", "Accessibility"),
        ("/privacy", "Privacy"),
        ("/rules", "House rules"),
    ],
)
def test_static_pages_name_their_owner_and_date(client: StrictClient, address: str, heading: str) -> None:
    page = client.get(address)

    assert page.h1 == heading
    assert "Exampleshire Council looks after this page. Last checked on" in page.words


def test_every_page_loads_the_theme_by_the_mark_of_its_content(client: StrictClient) -> None:
    link = next(e.get("href") for e in client.get("/help").all("link") if "theme.css" in (e.get("href") or ""))

    kept = client.get(link or "").response
    other = client.get("/theme.css?v=old").response
    again = client.client.get("/theme.css", headers={"If-None-Match": other.headers["ETag"]})

    assert "immutable" in kept.headers["Cache-Control"]
    assert other.headers["Cache-Control"] == "public, no-cache"
    assert again.status_code == 304
    assert kept.get_data(as_text=True).startswith(":root{--council:#14505a;")


def test_browsers_find_an_icon_and_robots_their_rules(client: StrictClient) -> None:
    icon = client.get("/favicon.ico").response
    rules = client.get("/robots.txt").response.get_data(as_text=True)

    assert icon.mimetype == "image/svg+xml"
    assert "Disallow: /staff\n" in rules
    assert "Disallow: /rounds" not in rules
