"""The public pages of rounds: what each phase says, what stays hidden, what nonsense is answered with."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from pb.core.actor import Role
from pb.core.db import committed
from pb.core.money import Money
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds import service
from pb.rounds.models import Phase
from pb.rounds.phases import dates_of
from pb.rounds.service import BallotPlan, PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient, text_of
from tests.support.counting_queries import queries
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import OFFICER, make_round, make_ward


def test_the_list_without_rounds_says_what_will_be_here(client: StrictClient) -> None:
    page = client.get("/rounds")

    assert page.h1 == "Rounds"
    assert "There is no round yet" in page.words


def test_the_list_puts_rounds_on_their_shelves(client: StrictClient, clock: FixedClock) -> None:
    for phase in ("voting", "proposing", "valuating", "counting", "delivering", "draft"):
        make_round(phase, clock, title=f"Round {phase}")

    page = client.get("/rounds")

    shelves = {
        text_of(section.find("h2")): [text_of(h3) for h3 in section.iter("h3")]  # type: ignore[arg-type]
        for section in page.one("main").iter("section")
    }
    assert shelves == {
        "Open now": ["Round voting", "Round proposing"],
        "Coming": ["Round valuating"],
        "Being counted": ["Round counting"],
        "Finished": ["Round delivering"],
    }


FROM = "£60,000 from the council"
SENTENCES = {
    "informing": ("You can read about this round now.", "You can propose a project from"),
    "proposing": ("You can propose a project now.", "Proposals close at"),
    "reviewing": ("Nothing to do now.", "The council begins to check each proposal at"),
    "valuating": ("Nothing to do now.", "Voting opens at"),
    "frozen": ("Nothing to do now but read", "Voting opens at"),
    "voting": ("You can vote until 10am on", "After that the votes are counted"),
    "counting": ("Nothing to do now. Voting has ended", "We expect the results on"),
    "results": ("You can read what is funded", "Work on the funded projects begins on"),
    "delivering": ("You can follow the work", ""),
    "closed": ("This round is finished.", ""),
}


@pytest.mark.parametrize("phase", SENTENCES)
def test_a_round_says_what_can_be_done_now_and_what_comes_next(
    client: StrictClient, clock: FixedClock, phase: str
) -> None:
    round = make_round(phase, clock)

    card = text_of(client.get(f"/rounds/{round.slug}").one("div", id="now"))

    for sentence in SENTENCES[phase]:
        assert sentence in card


def test_the_page_changes_at_the_second_voting_ends(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    closes = dates_of(round)[Phase.COUNTING]
    said = []

    for at in (closes - timedelta(seconds=1), closes):
        clock.at = at
        said.append(text_of(client.get(f"/rounds/{round.slug}").one("div", id="now")))

    assert "You can vote until" in said[0]
    assert "Voting has ended" in said[1]


def test_a_round_shows_its_facts(client: StrictClient, clock: FixedClock) -> None:
    ward = make_ward("Hindley", "E05000001")
    pots = (
        PotPlan("Ward pot", Money(40_000_00), "Council", ward.id),
        PotPlan("Borough pot", Money(12_500_50), "Gifts"),
    )
    round = make_round("voting", clock, pots=pots, wards=(ward,), asked_by="Hindley Youth Group")

    words = client.get(f"/rounds/{round.slug}").words

    for fact in (
        "£40,000 for Hindley",
        "£12,500.50",
        "Comes from: Gifts",
        "First asked by: Hindley Youth Group",
        "You can pick up to 10 projects.",
        "Equal shares: everybody who votes gets the same share of the pot",
        "One vote for each address",
        "Ama, community team",
    ):
        assert fact in words


def test_a_held_round_says_so_with_its_reason(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("proposing", clock)
    with committed():
        service.hold(round, reason="The hall was flooded.", by=OFFICER, now=clock.at)

    card = text_of(client.get(f"/rounds/{round.slug}").one("div", id="now"))

    assert "Proposals open · dates on hold You can propose a project now." in card
    assert "The dates are on hold since Monday 1 June 2026. Reason: The hall was flooded." in card


def test_residents_words_are_shown_as_words(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock, title="Tea <b>& cake", problem="<script>alert(1)</script> is “dark”")

    page = client.get(f"/rounds/{round.slug}")

    assert page.h1 == "Tea <b>& cake"
    assert "<script>alert(1)</script> is “dark”" in page.words


def test_a_draft_is_hidden_from_everybody_but_staff(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("draft", clock)
    addresses = [f"/rounds/{round.slug}{end}" for end in ("", ".json", "/how", "/timeline", "/timeline.json")]

    for address in addresses:
        client.get(address, status=404)
    assert client.get("/rounds.json").html.strip() == "[]"
    sign_in_as(client, make_person("Sam", Role.OFFICER))

    assert "Only staff see this page" in client.get(addresses[0]).words


@pytest.mark.parametrize(
    ("plan", "said", "not_said"),
    [
        (BallotPlan(), "a little more in everybody's share", "stays in the pot"),
        (BallotPlan(completion="none"), "Money that is left then stays in the pot.", "a little more"),
        (BallotPlan(rule="greedy", completion="none"), "most picks is funded first", "share"),
    ],
)
def test_how_the_count_works_is_true_of_the_rule(
    client: StrictClient, clock: FixedClock, plan: BallotPlan, said: str, not_said: str
) -> None:
    round = make_round("proposing", clock, plan=plan)

    words = client.get(f"/rounds/{round.slug}/how").words

    assert said in words
    assert not_said not in words


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        ("cost_votes_lot", "the cheaper one comes first, then the one with more picks, then a lot"),
        ("votes_lot", "the one with more picks comes first, then a lot"),
        ("cost_votes_id", "then the one whose code comes first"),
    ],
)
def test_how_the_count_works_says_what_happens_with_ties(
    client: StrictClient, clock: FixedClock, ties: str, said: str
) -> None:
    round = make_round("proposing", clock, plan=BallotPlan(tie_rule=ties))

    assert said in client.get(f"/rounds/{round.slug}/how").words


def test_the_frozen_ballot_has_the_fingerprint_that_is_shown(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)

    data = client.get(f"/rounds/{round.slug}/ballot.json").response.get_data()

    assert sha256(data).hexdigest() in client.get(f"/rounds/{round.slug}/how").words


def test_before_the_freeze_there_is_no_ballot_to_fetch(client: StrictClient, clock: FixedClock) -> None:
    client.get(f"/rounds/{make_round('proposing', clock).slug}/ballot.json", status=404)


def test_the_record_tells_each_decision_with_role_and_reason(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("proposing", clock)
    with committed():
        service.hold(round, reason="The hall was flooded.", by=OFFICER, now=clock.at)

    entries = [text_of(item) for item in client.get(f"/rounds/{round.slug}/timeline").one("ol", class_="timeline")]

    assert "The dates were put on hold. Reason: The hall was flooded. An officer of the council" in entries[0]
    assert "The money was set: £60,000 in all." in " ".join(entries)
    assert "they are counted" not in entries[-1]
    assert "was begun as a draft" in entries[-1]


def test_the_record_outlives_what_its_entries_meant(
    client: StrictClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = make_round("proposing", clock)
    with committed() as database:
        record("dates.set", by=OFFICER, now=clock.at, round_id=round.id, opens_at="soon")
        record("ballot.frozen", by=OFFICER, now=clock.at, round_id=round.id)
        forgotten = record("round.held", by=OFFICER, now=clock.at, round_id=round.id, public=True)
        database.flush()
        forgotten_kind = forgotten.kind
    monkeypatch.delitem(kinds._sentences, forgotten_kind)

    words = client.get(f"/rounds/{round.slug}/timeline").words

    assert "The ballot was published with – projects." in words
    assert "round.held" in words


def test_the_record_has_pages(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("proposing", clock)
    with committed():
        for number in range(30):
            service.describe_round(
                round, purpose=f"Purpose {number}", reason="Somebody asked.", by=OFFICER, now=clock.at
            )

    first, second = (client.get(f"/rounds/{round.slug}/timeline?page={n}") for n in (1, 2))

    assert "1 to 20 of 37" in first.words
    assert "21 to 37 of 37" in second.words
    ids = [{p.get("id") for p in page.all("p") if p.get("id")} for page in (first, second)]
    assert (len(ids[0]), len(ids[1]), ids[0] & ids[1]) == (20, 17, set())


@pytest.mark.parametrize("number", ["0", "-1", "3", "1000000000", "1e9", "<svg>", "٣", "", "1%00", "9" * 400])
def test_a_page_that_is_not_there_is_not_found(client: StrictClient, clock: FixedClock, number: str) -> None:
    round = make_round("proposing", clock)

    page = client.get(f"/rounds/{round.slug}/timeline?page={number}", status=404)

    assert page.h1 == "Page not found"


@pytest.mark.parametrize("slug", ["nothing", "%3Csvg%3E", "a" * 500, "%00", "..%2F..", "%F0%9F%8E%88", "'--"])
def test_hostile_addresses_are_not_found(client: StrictClient, slug: str) -> None:
    for end in ("", "/how", "/timeline", ".json", "/ballot.json"):
        client.get(f"/rounds/{slug}{end}", status=404)


def test_json_twins_say_what_the_pages_say(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)

    [line] = json.loads(client.get("/rounds.json").html)
    whole = json.loads(client.get(f"/rounds/{round.slug}.json").html)
    entries = json.loads(client.get(f"/rounds/{round.slug}/timeline.json").html)["entries"]

    assert line == {
        "slug": round.slug,
        "title": round.title,
        "phase": "voting",
        "pots": [
            {"name": "The Together pot", "pence": 6000000, "comes_from": "£60,000 from the council", "ward": None}
        ],
    }
    assert (whole["dates"]["counting"], whole["rule"]) == (dates_of(round)[Phase.COUNTING].isoformat(), "equal-shares")
    assert entries[0]["kind"] == "ballot.frozen"
    assert entries[0]["previous"] == entries[1]["hash"]


def test_the_list_asks_as_little_for_many_rounds_as_for_one(client: StrictClient, clock: FixedClock) -> None:
    make_round("voting", clock, title="One")
    with queries() as for_one:
        client.get("/rounds")
    for number in range(3):
        make_round("voting", clock, title=f"More {number}")

    with queries() as for_four:
        client.get("/rounds")

    assert len(for_four) == len(for_one)


@pytest.mark.parametrize(("limit", "said"), [(Money(5_000_00), "£5,000"), (Money(900_000_00), "£60,000")])
def test_largest_cost_is_never_more_than_the_largest_pot(
    client: StrictClient, clock: FixedClock, limit: Money, said: str
) -> None:
    round = make_round("informing", clock, max_ask=limit)

    assert f"One project may cost up to {said}." in client.get(f"/rounds/{round.slug}").words


@pytest.mark.parametrize(
    ("rule", "said"), [("first", "the first of the two counts"), ("paper", "the paper ballot counts")]
)
def test_the_page_says_which_vote_counts_when_somebody_votes_both_ways(
    client: StrictClient, clock: FixedClock, rule: str, said: str
) -> None:
    round = make_round("informing", clock, plan=BallotPlan(channel_rule=rule))

    assert said in client.get(f"/rounds/{round.slug}").words


def test_record_says_names_of_the_code_in_words_and_groups_figures(
    client: StrictClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._sentences, "test.decided", "Decided about %(ballots)s: %(choice)s.")
    monkeypatch.setitem(kinds._words, "choice", {"hide": "Hidden"})
    round = make_round("informing", clock)
    with committed():
        record("test.decided", by=OFFICER, now=clock(), subject="x", round_id=round.id, ballots=1500, choice="hide")

    assert "Decided about 1,500: Hidden." in client.get(f"/rounds/{round.slug}/timeline").words
