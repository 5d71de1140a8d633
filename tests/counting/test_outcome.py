"""Outcomes: plain data, the same bytes again, and what the steps of Equal Shares say adds up."""

from __future__ import annotations

import json
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import Approval, Election, Outcome, Project, cost_votes_id, count, lexicographic
from tests.counting import textbook
from tests.counting.strategies import cases, proof

COMPLETIONS = ["none", "add1", "add1-exhaustive", "greedy", "add1-greedy", "comparison"]


@given(cases(), st.sampled_from(COMPLETIONS))
@proof
def test_an_outcome_survives_json_and_adds_up(case, completion):
    election, ties, utility = case

    outcome = count(election, rule="equal-shares", ties=ties, utility=utility, completion=completion)

    assert Outcome.from_json(json.loads(outcome.canonical())) == outcome
    costs = {p.id: p.cost for p in election.projects}
    assert outcome.spent == sum(costs[p] for p in outcome.funded) <= election.budget_limit
    assert outcome.remaining == election.budget_limit - outcome.spent
    assert [s.project for s in outcome.steps if s.action in {"fund", "complete"}] == list(outcome.funded)
    assert {*outcome.funded, *(n.project for n in outcome.not_funded)} == set(costs)


@given(cases())
@proof
def test_losers_of_equal_shares_are_told_the_money_their_supporters_had(case):
    election, ties, utility = case
    outcome = count(election, rule="equal-shares", ties=ties, utility=utility)
    worth = textbook.voters(election, utility)

    for loser in outcome.not_funded:
        if loser.reason in {"withdrawn", "below_floor", "no_support", "excluded_pair"}:
            continue
        backers = [i for i, mine in enumerate(worth) if loser.project in mine]
        trail = [sum(money[i] for i in backers) for money in wallets(election, outcome, worth)]
        after = next(i for i, held in enumerate(trail) if held < loser.cost)
        assert (loser.after, loser.available) == (after, floor(trail[after]))
        paid = {p: trail[i] - trail[i + 1] for i, p in enumerate(outcome.funded[:after])}
        assert dict(loser.rivals) == {p: floor(amount) for p, amount in paid.items() if amount >= 1}
        if loser.reason != "tie":
            assert (loser.reason == "too_few_for_cost") == (after == 0)


def wallets(election, outcome, worth):
    """Everybody's money before the first purchase, and after each."""
    money = [outcome.endowment] * len(worth)
    costs = {p.id: p.cost for p in election.projects}
    yield list(money)
    for step in outcome.steps:
        backers = {i: mine[step.project] for i, mine in enumerate(worth) if step.project in mine}
        rho = textbook.price(costs[step.project], money, backers)
        short = [i for i, u in backers.items() if money[i] < rho * u]
        unit = rho * (costs[step.project] or 1) if "cost" in dict(outcome.parameters)["utility"] else rho
        assert step.spent_up == len(short)
        assert abs(step.share - unit) <= Fraction(1, 10**6)
        for i, u in backers.items():
            money[i] -= min(money[i], rho * u)
        yield list(money)


def test_the_same_election_gives_the_same_bytes():
    election = Election([Project("café", 30)], [Approval({"café"})], 90)

    outcome = count(election, rule="greedy", ties=cost_votes_id())

    assert (
        outcome.canonical()
        == (
            '{"budget_limit":90,"endowment":null,"funded":["café"],"minor_units":100,"not_funded":[],"parameters":{},'
            '"remaining":60,"rule":"greedy","spent":30,"steps":[{"action":"fund","cost":30,"number":1,"project":"café",'
            '"remaining":60,"score":1,"share":null,"spent_up":null,"support":1}],"ties":"cost_votes_id","ties_met":[]}'
        ).encode()
    )
    assert outcome.reason("café") is None


@pytest.mark.parametrize("completion", COMPLETIONS)
@pytest.mark.parametrize(
    ("projects", "ballots", "budget"),
    [
        ([], [], 100),
        ([], [Approval()], 100),
        ([Project("a", 10)], [], 100),
        ([Project("a", 10)], [Approval({"a"})], 0),
        ([Project("a", 1000), Project("b", 500)], [Approval({"a", "b"})], 100),
    ],
    ids=["nothing", "only an empty ballot", "no ballots", "budget 0", "everything too dear"],
)
def test_elections_in_which_nothing_can_be_funded_fund_nothing(projects, ballots, budget, completion):
    election = Election(projects, ballots, budget, minor_units=1)

    outcome = count(election, rule="equal-shares", ties=lexicographic(), completion=completion)

    assert outcome.funded == ()


def test_one_voter_gets_what_fits_the_pot():
    election = Election([Project("a", 60), Project("b", 50)], [Approval({"a", "b"})], 100)

    outcome = count(election, rule="equal-shares", ties=lexicographic(), utility="cardinality")

    assert outcome.funded == ("b",)


def test_what_costs_nothing_is_funded_first_and_is_no_tie():
    election = Election([Project("b", 0), Project("a", 0), Project("c", 9)], [Approval("abc")], 10)

    outcome = count(election, rule="equal-shares", ties=lexicographic())

    assert (outcome.funded, outcome.ties_met) == (("a", "b", "c"), ())


def test_comparison_switches_to_greedy_when_more_voters_prefer_it():
    projects = [Project("big", 100), Project("small", 1)]
    ballots = [(Approval({"big"}), 60), (Approval({"small"}), 40)]
    election = Election(projects, ballots, 100, minor_units=1)

    outcome = count(election, rule="equal-shares", ties=lexicographic(), completion="comparison")

    assert outcome.funded == ("big",)
    assert dict(outcome.parameters) == {
        "completion": "comparison",
        "utility": "cost",
        "preferred": "greedy",
        "prefer_greedy": "60",
        "prefer_equal_shares": "40",
    }


def test_five_thousand_projects_are_counted():
    projects = [Project(str(p), 1 + p % 97) for p in range(5000)]
    ballots = [Approval(str((voter * 7919 + k * k) % 5000) for k in range(20)) for voter in range(2000)]

    outcome = count(Election(projects, ballots, 30_000), rule="equal-shares", ties=lexicographic())

    assert 1000 < len(outcome.funded) < 5000
    assert outcome.spent <= 30_000
