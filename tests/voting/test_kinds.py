"""Points, knapsack and ranking ballots, and rung 0, by plain forms."""

from __future__ import annotations

import pytest

from pb.core.db import committed
from pb.core.money import Money
from pb.rounds.models import Round, Ward
from pb.voting.choices import BallotPaper, Line, PotOnPaper, check_marks
from pb.voting.errors import OverPot, WrongPoints, WrongRanks
from pb.voting.listing import neighbour, shared_evenly
from pb.voting.queries import opened_ballots
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.rounds import make_round, make_ward
from tests.support.voting import closed_and_opened, ready
from tests.voting.test_routes import BALLOT, pick, prove, start, submit_review


@pytest.fixture
def ward(client: StrictClient) -> Ward:
    return make_ward("Quay")


def round_of(kind: str, clock: FixedClock, *, rung: int = 1) -> Round:
    made = make_round("voting", clock, projects=8)
    with committed():
        made.ballot_kind, made.identity_rung = kind, rung
    ready(made)
    return made


def opened(round: Round) -> list[str]:
    closed_and_opened(round)
    return list(opened_ballots(round.pots[0].id))


def test_points_are_shared_by_boxes_plus_and_even_and_then_sealed(
    client: StrictClient, ward: Ward, clock: FixedClock
) -> None:
    round = round_of("points", clock)
    start(client, ward)
    pick(client, "B01", "B02", "B03")

    page = client.get(f"{BALLOT}/points")
    form = page.one("form", action=f"{BALLOT}/points")
    boxes = [i.get("name") for i in form.iter("input") if (i.get("name") or "").startswith("p_")]
    short = client.submit(page, form, status=422, do="continue", **{boxes[0]: "5"})
    assert "Share out all 10 points. You have used 5." in short.words
    page = client.follow(client.submit(page, form, do="plus:B01", **{boxes[0]: "5"}))
    assert "6 used, 4 left" in page.words
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/points"), do="even"))
    assert "10 used, 0 left" in page.words
    review = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/points"), do="continue"))

    assert "6 points" in review.words
    prove(client)
    assert opened(round) == ['{"B01":6,"B02":2,"B03":2}']


@pytest.mark.parametrize("typed", ["-1", "2.5", "1" * 30, "５", "x", ""])
def test_points_that_are_no_whole_number_are_told_at_their_box(
    client: StrictClient, ward: Ward, clock: FixedClock, typed: str
) -> None:
    round_of("points", clock)
    start(client, ward)
    pick(client, "B01")
    page = client.get(f"{BALLOT}/points")
    form = page.one("form", action=f"{BALLOT}/points")
    (box,) = [i.get("name") for i in form.iter("input") if (i.get("name") or "").startswith("p_")]

    again = client.submit(page, form, status=422, do="continue", **{box: typed})

    assert "Enter a whole number, like 3" in again.words


def test_a_ranking_is_put_in_order_with_buttons(client: StrictClient, ward: Ward, clock: FixedClock) -> None:
    round = round_of("ranking", clock)
    start(client, ward)
    pick(client, "B01", "B02", "B03")
    assert "Your number 1" in client.get(f"{BALLOT}/review").words

    client.post(f"{BALLOT}/move/B03/up", {})
    client.post(f"{BALLOT}/move/B03/up", {})
    client.post(f"{BALLOT}/move/B03/up", {})
    client.post(f"{BALLOT}/move/B01/down", {})
    buttons = [button.get("id") for button in client.get(f"{BALLOT}/review").all("button") if button.get("id")]
    prove(client)

    moves = ["down-B03", "up-B02", "down-B02", "up-B01"]
    assert [one for one in buttons if one.startswith(("up-", "down-"))] == moves, "none that would do nothing"
    assert opened(round) == ['["B03","B02","B01"]']


def test_a_knapsack_counts_the_money_down_and_refuses_what_does_not_fit(
    client: StrictClient, ward: Ward, clock: FixedClock
) -> None:
    """The pot holds £60,000; the projects cost £9,000, £10,000 …, £16,000."""
    round = round_of("knapsack", clock)
    start(client, ward)
    pick(client, "B05", "B06", "B07", "B08")
    assert "£2,000 of £60,000 left to spend" in client.get(BALLOT).words
    client.post(f"{BALLOT}/add/B01", {})

    assert "£7,000 too much" in client.get(BALLOT).words
    assert "for The Together pot cost £7,000 more than it holds" in client.get(f"{BALLOT}/review").words
    client.post(f"{BALLOT}/remove/B01?to=review", {})
    prove(client)

    assert opened(round) == ['["B05","B06","B07","B08"]']


def test_rung_0_asks_nothing_more_and_one_device_votes_once(
    client: StrictClient, ward: Ward, clock: FixedClock
) -> None:
    round = round_of("approval", clock, rung=0)
    start(client, ward)
    pick(client, "B01")

    done = client.follow(submit_review(client))
    assert done.h1 == "Your vote is in"
    client.post(f"{BALLOT}/add/B02", {})
    client.follow(submit_review(client))

    assert opened(round) == ['["B01","B02"]']


def paper(kind: str, *, amount: int = 30, points: int = 10) -> BallotPaper:
    lines = tuple(
        Line(n, 1, f"P{n}", "", "", Money(10 * n), "", "", None, "", "", is_withdrawn=False) for n in (1, 2, 3)
    )
    return BallotPaper(1, kind, 3, 0, points, (PotOnPaper(1, "Pot", Money(amount), None),), lines)


def test_a_knapsack_that_fits_the_pot_to_the_penny_is_a_ballot_and_a_penny_more_is_not() -> None:
    check_marks(paper("knapsack", amount=30), {"P1": 1, "P2": 1})

    with pytest.raises(OverPot):
        check_marks(paper("knapsack", amount=29), {"P1": 1, "P2": 1})


@pytest.mark.parametrize("marks", [{"P1": 9}, {"P1": 11}, {"P1": 10, "P2": 0}, {"P1": 11, "P2": -1}])
def test_points_must_add_up_and_be_at_least_1(marks: dict[str, int]) -> None:
    with pytest.raises(WrongPoints):
        check_marks(paper("points"), marks)


@pytest.mark.parametrize("marks", [{"P1": 0}, {"P1": 2}, {"P1": 1, "P2": 1}, {"P1": 1, "P2": 3}])
def test_a_ranking_has_no_gap_tie_or_place_0(marks: dict[str, int]) -> None:
    with pytest.raises(WrongRanks):
        check_marks(paper("ranking"), marks)


def test_sharing_evenly_deals_what_is_left_to_those_with_least() -> None:
    assert shared_evenly(["a", "b", "c"], {"a": 5}, 10) == {"a": 5, "b": 3, "c": 2}
    assert shared_evenly(["a", "b"], {"a": 12}, 10) == {"a": 12, "b": 0}


def test_moving_stops_at_both_ends() -> None:
    assert neighbour(paper("ranking"), ["P1", "P2"], "P1", up=True) is None
    assert neighbour(paper("ranking"), ["P1", "P2"], "P2", up=False) is None
    assert neighbour(paper("ranking"), ["P1", "P2"], "P2", up=True) == ("P2", "P1")
    assert neighbour(paper("ranking"), ["P1", "P2"], "P9", up=True) is None


def test_a_wrong_sum_is_said_at_the_points_of_its_pot_too(client: StrictClient, ward: Ward, clock: FixedClock) -> None:
    round = round_of("points", clock)
    start(client, ward)
    pick(client, "B01")
    page = client.get(f"{BALLOT}/points")

    again = client.submit(page, page.one("form", action=f"{BALLOT}/points"), status=422, do="continue")

    assert again.words.count("Share out all 10 points. You have used 0.") == 2
    assert again.one("a", href=f"#points{round.pots[0].id}") is not None
