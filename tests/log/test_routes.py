"""The log as residents read it and officers keep it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pb.core.actor import Role
from pb.log import queries
from tests.conftest import FixedClock
from tests.support.client import StrictClient, text_of
from tests.support.counting_queries import queries as statements
from tests.support.log import add_version, make_promise
from tests.support.people import make_person, sign_in_as
from tests.support.results import published_round
from tests.support.rounds import make_ward


def test_an_empty_log_says_what_will_be_here(client: StrictClient) -> None:
    page = client.get("/log")

    assert page.h1 == "You said, we did, together"
    assert "An entry opens for every project that a vote funds" in page.words


def test_the_list_gives_numbers_and_filters(client: StrictClient, clock: FixedClock) -> None:
    quay = make_ward("Quay")
    make_promise(1, now=clock(), title="Lights", ward_id=quay.id)
    make_promise(2, now=clock(), title="Benches", next_by=clock().date() - timedelta(days=23))
    make_promise(3, now=clock(), title="Ramp", status="stopped")

    everything = client.get("/log")
    overdue = client.get("/log?status=overdue")
    quays = client.get(f"/log?ward={quay.gss_code}")
    nothing = client.get(f"/log?ward={quay.gss_code}&status=stopped")

    assert "£54,000 budgeted, £0 paid, £54,000 left." in everything.words
    assert [text_of(h) for h in overdue.all("h3")] == ["Benches"]
    assert "Update overdue (23 days)" in overdue.words
    assert [text_of(h) for h in quays.all("h3")] == ["Lights"]
    assert "Nothing fits this choice." in nothing.words


def test_the_log_has_twins_for_machines(client: StrictClient, clock: FixedClock) -> None:
    make_promise(1, now=clock(), title="Lights")
    late = make_promise(2, now=clock(), title="Benches", next_by=clock().date() - timedelta(days=23))

    everything = client.get("/log.json").response.get_json()
    overdue = client.get("/log.json?status=overdue").response.get_json()
    one = client.get(f"/log/{late.reference}.json").response.get_json()

    assert {line["title"] for line in everything} == {"Lights", "Benches"}
    assert [(line["title"], line["overdue_days"]) for line in overdue] == [("Benches", 23)]
    assert (one["reference"], one["question"]) == (late.reference, late.question)
    assert [version["number"] for version in one["versions"]] == [1]
    assert "made_by_role" in one["versions"][0]
    client.get("/log/2026-999.json", status=404)
    assert client.get(f"/log/{late.reference}").one("link", type="application/json").get("href", "").endswith(".json")


def test_the_list_as_a_fragment_is_the_list_of_the_page(client: StrictClient, clock: FixedClock) -> None:
    make_promise(1, now=clock())

    page = client.get("/log?status=agreed")
    fragment = client.get("/log?status=agreed", headers={"HX-Request": "true"})

    assert fragment.html.strip() in page.html


@pytest.mark.parametrize(
    "query", ["status=nonsense", "page=0", "page=-1", "page=²", "page=99999", "ward=x", "round=%00"]
)
def test_strange_filters_never_break_the_page(client: StrictClient, clock: FixedClock, query: str) -> None:
    make_promise(1, now=clock())

    client.get(f"/log?{query}")


@pytest.mark.parametrize("reference", ["2026-999", "2026-17", "nothing", "2026-", "²-017", "99999999999-1"])
def test_an_entry_that_never_was_is_not_found(client: StrictClient, clock: FixedClock, reference: str) -> None:
    make_promise(17, now=clock())

    client.get(f"/log/{reference}", status=404)


def test_an_entry_has_its_parts_and_its_history(client: StrictClient, clock: FixedClock) -> None:
    entry = make_promise(17, now=clock(), what_happened="Voted for.")
    add_version(
        entry,
        now=clock() + timedelta(days=9),
        status="delayed",
        what_happened="The lamps are late.",
        you_said=[{"text": "feel unsafe after training", "basis": "37 contributions"}],
        council_did=[
            {"what": "Ordered 6 lights", "who": "Street lighting manager", "on": "2026-06-05", "evidence": ""}
        ],
        residents_did=[{"what": "Cleared 400 m", "who": "14 people", "on": "2026-06-06", "evidence": "Photograph"}],
        deal=[{"side": "residents", "what": "Clear the edge", "by": "2026-06-30", "state": "kept"}],
        paid=7_140_00,
        was_due=date(2026, 6, 30),
        next_by=date(2026, 11, 30),
        what_we_learned="Order earlier.",
    )

    page = client.get("/log/2026-017")

    headings = [text_of(h) for h in page.all("h2")]
    parts = ["The question", "You said", "What we each did", "The deal", "Money", "Next", "What we learned"]
    assert [h for h in headings if h in parts] == parts
    assert "£7,140 of £18,000" in page.words
    assert "30 November 2026 (was due 30 June 2026)" in page.words
    assert "1 kept" in page.words
    assert "0 not kept" not in page.words
    assert "How it changed (2 versions)" in page.words
    assert "Voted for." in page.words


@pytest.mark.parametrize(
    ("status", "by", "said"),
    [
        ("under_way", "2026-06-02", "Not due yet"),
        ("under_way", None, "Not due yet"),
        ("under_way", "2026-05-31", "Its date has passed: not reported yet"),
        ("stopped", "2026-12-31", "Stopped with the project"),
    ],
)
def test_a_line_of_the_deal_that_nobody_noted_stands_where_the_day_says(
    client: StrictClient, clock: FixedClock, status: str, by: str | None, said: str
) -> None:
    line = {"side": "council", "what": "Fit lights", "by": by, "state": "not_due"}
    make_promise(17, now=clock(), status=status, deal=[line])

    rows = client.get("/log/2026-017").all("td")

    assert said in [text_of(cell) for cell in rows]


def test_an_officer_brings_an_entry_up_to_date(client: StrictClient, clock: FixedClock) -> None:
    entry = make_promise(
        17, now=clock(), deal=[{"side": "council", "what": "Fit lights", "by": None, "state": "not_due"}]
    )
    sign_in_as(client, make_person("Olu", Role.OFFICER))

    page = client.get("/staff/log/2026-017")
    form = page.one("form", action="/staff/log/2026-017")
    changes = {"status": "under_way", "what_happened": "The lights are up.", "deal_0": "kept", "paid": "7,140"}
    typed = {**page.fields(form), **changes, "residents_did": "Dug", "residents_who": "12 volunteers"}
    shown = client.follow(client.post("/staff/log/2026-017", typed))

    assert "The lights are up." in shown.words
    current = queries.entry_by_reference(entry.reference).current
    assert (current.number, current.paid, current.deal[0]["state"]) == (2, 7_140_00, "kept")
    assert current.residents_did == [{"what": "Dug", "who": "12 volunteers", "on": "2026-06-01", "evidence": ""}]


def test_finished_without_the_residents_part_is_refused_beside_its_field(
    client: StrictClient, clock: FixedClock
) -> None:
    make_promise(17, now=clock())
    sign_in_as(client, make_person("Olu", Role.OFFICER))
    page = client.get("/staff/log/2026-017")
    typed = page.fields(page.one("form", action="/staff/log/2026-017"))
    typed |= {"status": "finished", "what_we_learned": "Ask early."}

    refused = client.post("/staff/log/2026-017", typed, status=422)
    client.post("/staff/log/2026-017", {**typed, "residents_had_no_part": "y"})

    assert "Say what residents did, or tick that they had no part in this" in refused.words
    assert refused.one("textarea", name="what_we_learned").text.strip() == "Ask early."
    assert queries.entry_by_reference("2026-017").current.status == "finished"


def test_no_status_selected_is_told_beside_the_question(client: StrictClient, clock: FixedClock) -> None:
    make_promise(17, now=clock())
    sign_in_as(client, make_person("Olu", Role.OFFICER))
    page = client.get("/staff/log/2026-017")
    typed = page.fields(page.one("form", action="/staff/log/2026-017"))

    for status in ("", "made-up"):
        told = client.post("/staff/log/2026-017", {**typed, "status": status}, status=422)
        assert "Select how it stands" in told.words


def test_residents_cannot_open_the_editor(client: StrictClient, clock: FixedClock) -> None:
    make_promise(17, now=clock())

    client.get("/staff/log/2026-017", status=303)
    sign_in_as(client, make_person("Ada", Role.ADMIN))
    client.get("/staff/log/2026-017", status=403)


def test_results_lead_to_the_promises(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)

    page = client.get(f"/rounds/{round.slug}/results")

    assert "What becomes of these promises" in page.words
    assert "3 promises 3 agreed" in page.words
    assert page.all("a", href=f"/log?round={round.slug}")


@pytest.mark.parametrize("path", ["/log", "/log/2026-001"])
def test_pages_ask_the_database_as_often_for_many_as_for_few(
    client: StrictClient, clock: FixedClock, path: str
) -> None:
    ward = make_ward("Quay")
    make_promise(1, now=clock(), ward_id=ward.id)
    client.get(path)
    few = queries_of(client, path)
    for number in range(2, 12):
        make_promise(number, now=clock(), ward_id=make_ward(f"Ward {number}").id)
    client.get(path)  # what is kept for everybody is made anew after a change

    assert queries_of(client, path) == few


def queries_of(client: StrictClient, url: str) -> int:
    with statements() as seen:
        client.get(url)
    return len(seen)
