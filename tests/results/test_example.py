"""The worked example before voting: counted by the engine, true of the round's own rule."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from pb.core.money import Money
from pb.results import queries, tally
from pb.rounds.service import BallotPlan, PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.results import studied_round
from tests.support.rounds import make_round


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (BallotPlan(completion="none"), "50 people picked it. At first their shares of the pot were enough."),
        (BallotPlan(), "In the end each share was raised to"),
        (BallotPlan(rule="greedy", completion="none"), "When its turn came £4,000 was left, and it costs £5,000."),
        (BallotPlan(ballot_kind="points", rule="greedy", completion="none"), "40 people give all their points to C."),
    ],
    ids=["shares", "raised", "most votes", "points"],
)
def test_the_example_shows_what_the_rounds_rule_does(
    client: StrictClient, clock: FixedClock, plan: BallotPlan, said: str
) -> None:
    round = make_round("informing", clock, plan=plan)

    page = client.get(f"/rounds/{round.slug}/how")

    assert "Three projects, a pot of £10,000 and 100 people who vote." in page.words
    assert said in page.words


def test_raising_shares_funds_one_more_project(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("informing", clock)

    page = client.get(f"/rounds/{round.slug}/how")

    assert "In all £9,000 was spent and £1,000 is left, which makes the pot of £10,000." in page.words
    assert "In all £10,000 was spent and £0 is left, which makes the pot of £10,000." in page.words


def test_the_exact_steps_pay_every_cost(client: StrictClient, clock: FixedClock) -> None:
    ballots = [["B01", "B02"]] * 30 + [["B02"]] * 20 + [["B03"]] * 40
    round = studied_round(clock, ballots, pots=(PotPlan("The pot", Money(20_000_00), "council"),))
    (count,) = queries.official_counts(round.id)

    data = json.loads(client.get(f"/rounds/{round.slug}/results/rounds.json").html)
    table = client.get(f"/rounds/{round.slug}/results/rounds.csv")

    (pot,) = data["pots"]
    assert pot["endowment"] == json.loads(count.outcome_json)["endowment"]
    for step, official in zip(pot["steps"], tally.outcome_of(count.outcome_json).steps, strict=True):
        exact = Fraction(step["share"])
        assert abs(exact - (official.share or 0)) <= Fraction(1, 10**6)
        assert "spent_up" not in step
    first = pot["steps"][0]
    assert Fraction(first["share"]) * first["support"] == first["cost"]
    assert table.html.removeprefix("\ufeff").startswith("pot,number,action,code,title,supporters")
    assert len(table.html.splitlines()) == len(pot["steps"]) + 1
