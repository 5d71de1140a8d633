"""A long ballot made comfortable: what was looked at, comparing, true words on few picks, two pots on one journey."""

from __future__ import annotations

import pytest

from pb.core.db import committed, session
from pb.core.money import Money
from pb.rounds import service
from pb.rounds.models import Round, Ward
from pb.rounds.phases import voting_window
from pb.rounds.service import BallotLine, PotPlan
from pb.voting import closing
from pb.voting.draft import Draft, read, write
from pb.voting.listing import few_picks_words
from pb.voting.queries import opened_ballots
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.proposals import make_proposal
from tests.support.rounds import OFFICER, make_round, make_ward
from tests.support.voting import closed_and_opened, ready
from tests.voting.test_routes import BALLOT, pick, prove, start


@pytest.fixture
def ward(client: StrictClient) -> Ward:
    return make_ward("Quay")


@pytest.fixture
def long(client: StrictClient, ward: Ward, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=99, pots=(PotPlan("Pot", Money(900_000_00), "x"),))
    ready(made)
    return made


def codes(page: Page) -> list[str]:
    return [
        (li.get("id") or "").removeprefix("project-") for li in page.all("li") if "project" in (li.get("class") or "")
    ]


def test_only_what_i_have_not_looked_at_leaves_out_what_i_opened_or_picked(
    client: StrictClient, long: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B01")
    client.post(f"{BALLOT}/remove/B01", {})
    client.get("/rounds/together-for-quay/projects/B07")

    left = codes(client.get(f"{BALLOT}?new=1&all=1"))

    assert len(left) == 97
    assert not {"B01", "B07"} & set(left)
    assert "Looked at" in client.get(f"{BALLOT}?words=B07").words


def test_looking_leaves_the_order_and_the_picks_alone(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B02")
    before = codes(client.get(BALLOT))

    client.get("/rounds/together-for-quay/projects/B09")

    assert codes(client.get(BALLOT)) == before
    assert "1 of 10 picks" in client.get(BALLOT).words


def test_a_draft_with_all_of_400_projects_looked_at_still_fits_its_cookie() -> None:
    draft = Draft(picks=tuple(f"H{n:02d}" for n in range(60)))
    for place in range(400):
        draft = draft.looking_at(place)

    cookie = write(draft, secret_key="k" * 40, round_id=1)

    assert read(cookie, secret_key="k" * 40, round_id=1) == draft
    assert draft.has_looked_at(399)
    assert not draft.has_looked_at(400)


def test_two_picks_are_compared_at_once_in_the_same_order_of_facts(
    client: StrictClient, long: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B03", "B05")

    page = client.get(f"{BALLOT}/compare")

    labels = [[dt.text for dt in dl.iter("dt")] for dl in page.all("dl")]
    assert len(labels) == 2
    assert labels[0] == labels[1]
    assert "£11,000" in page.words
    assert "£13,000" in page.words


def test_what_the_proposals_promise_is_compared_in_words(client: StrictClient, ward: Ward, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    deal = {"council_will": [{"what": "dig", "by": "2027-06-28"}], "we_will": [{"what": "paint", "by": None}]}
    made = [make_proposal(round, state="feasible", title=title, **deal) for title in ("Benches", "Lights")]
    chosen = [proposal.code or "" for proposal in made]
    with committed():
        closing.freeze_round(session().get_one(Round, round.id), by=OFFICER, now=clock.at)
    clock.at = voting_window(round).opens_at
    start(client, ward)
    pick(client, *chosen)

    page = client.get(f"{BALLOT}/compare")

    assert page.words.count("dig, by 28 June 2027") == 2
    assert page.words.count("paint") == 2
    assert "{" not in page.words


@pytest.mark.parametrize(("chosen", "status", "cards"), [(["B01", "B04"], 200, 2), (["B01"], 422, 0), ([], 200, 0)])
def test_of_many_picks_two_or_three_are_chosen(
    client: StrictClient, long: Round, ward: Ward, chosen: list[str], status: int, cards: int
) -> None:
    start(client, ward)
    pick(client, "B01", "B02", "B03", "B04")
    if chosen:
        page = client.post(f"{BALLOT}/compare", {"code": chosen}, status=status)
    else:
        page = client.get(f"{BALLOT}/compare")

    assert len(page.all("section", class_="card")) == cards
    assert ("Select two or three" in page.words) == (status == 422)


def test_comparing_without_picks_leads_to_the_list(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)

    assert "Pick two projects or more" in client.get(f"{BALLOT}/compare").words


@pytest.mark.parametrize(
    ("rule", "kind", "said"),
    [
        ("equal-shares", "approval", "controls the same share of the pot"),
        ("equal-shares", "ranking", "controls the same share of the pot"),
        ("greedy", "approval", "does not weaken your other picks"),
        ("greedy", "points", "same 10 points"),
        ("greedy", "ranking", ""),
    ],
)
def test_words_about_few_picks_are_true_for_the_rule(client: StrictClient, rule: str, kind: str, said: str) -> None:
    with client.app.test_request_context():
        words = few_picks_words(rule, kind, 10)

    assert said in words
    assert bool(words) == bool(said)


def test_the_review_speaks_of_few_picks_once_and_not_of_three(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B01")
    assert "You have picked 1 project, and can pick more." in client.get(f"{BALLOT}/review").words
    pick(client, "B02", "B03")

    assert "and can pick more" not in client.get(f"{BALLOT}/review").words


def test_99_rows_come_25_a_page_and_all_on_demand(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)

    pages = [codes(client.get(f"{BALLOT}?page={n}")) for n in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [25, 25, 25, 24]
    assert [code for page in pages for code in page] == codes(client.get(f"{BALLOT}?all=1"))


def test_a_ward_pot_and_a_pot_for_all_are_one_journey(client: StrictClient, ward: Ward, clock: FixedClock) -> None:
    mine, town = PotPlan("Quay pot", Money(30_000_00), "x", ward.id), PotPlan("Town pot", Money(50_000_00), "x")
    round = make_round("valuating", clock, pots=(mine, town))
    freeze_two_pots(round, clock)
    start(client, ward)
    pick(client, "Q01", "B01", "B02")

    review = client.get(f"{BALLOT}/review")

    assert "Quay pot" in review.words
    assert "Town pot" in review.words
    assert codes(client.get(f"{BALLOT}?pot={round.pots[0].id}")) == ["Q01"]
    prove(client)
    closed_and_opened(round)
    assert [list(opened_ballots(pot.id)) for pot in round.pots] == [['["Q01"]'], ['["B01","B02"]']]


def freeze_two_pots(round: Round, clock: FixedClock) -> None:
    lines = [
        BallotLine(code=code, title=code, cost=Money(9_000_00), pot_id=round.pots[0 if code[0] == "Q" else 1].id)
        for code in ("Q01", "B01", "B02")
    ]
    with committed():
        service.freeze_ballot(session().get_one(Round, round.id), lines=lines, by=OFFICER, now=clock.at)
    ready(round)
    clock.at = voting_window(round).opens_at


def test_a_press_stays_at_its_row_or_at_the_nearest_still_shown(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)
    first, second, third, *_ = codes(client.get(f"{BALLOT}?new=1"))

    kept = client.post(f"{BALLOT}/add/{second}", {}).response.location
    gone = client.post(f"{BALLOT}/add/{first}?new=1", {}).response.location
    assert kept.endswith(f"#project-{second}")
    assert gone.endswith(f"?new=1#project-{third}")
    assert client.post(f"{BALLOT}/remove/{second}?to=review", {}).response.location.endswith(f"#project-{first}")
    assert client.post(f"{BALLOT}/remove/{first}?mine=1", {}).response.location.endswith("?mine=1#found")


def test_a_filter_folds_away_and_can_be_cleared_beside_the_count(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)

    page = client.get(f"{BALLOT}?words=B07")

    assert (page.one("form", method="get").get("action") or "").endswith("#found")
    assert not [part for part in page.all("details") if part.get("open") is not None]
    assert "1 of 99 projects Clear the filter" in page.words


def test_who_did_not_submit_in_time_is_told_on_every_page(
    client: StrictClient, long: Round, ward: Ward, clock: FixedClock
) -> None:
    """The review sends on to the page that asks who you are, by GET: there too."""
    start(client, ward)
    assert "We kept your picks" not in client.get(BALLOT).words
    pick(client, "B01")
    clock.at = voting_window(long).closes_at + voting_window(long).closes_at.resolution * 3_600_000_000

    assert "We kept your picks on this device, but could not count them" in client.get(f"{BALLOT}/who").words


def test_comparing_too_few_is_said_at_the_top_and_at_the_boxes(client: StrictClient, long: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B01", "B02", "B03", "B04")
    page = client.get(f"{BALLOT}/compare")

    again = client.submit(page, page.one("form", action=f"{BALLOT}/compare"), status=422)

    assert again.words.count("Select two or three projects to compare.") == 2
    assert "There is a problem" in again.words
