"""Equal Shares against the textbook, on random small elections and on the cases that people argue about."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from pb.counting import (
    Approval,
    Election,
    Project,
    TieRefused,
    UnknownRule,
    cost_votes_id,
    count,
    equal_shares,
    lexicographic,
    refuse,
    shares,
)
from pb.counting.market import Market
from pb.counting.shares import Shares
from tests.counting import textbook
from tests.counting.strategies import cases, elections, proof


@given(elections())
@proof
def test_a_tie_is_refused_when_the_textbook_meets_one(election):
    utility = {"points": "points", "ranking": "borda"}.get(election.profile.kind, "cost")
    _, met, _ = textbook.equal_shares(election, cost_votes_id(), utility)

    if not met:
        assert count(election, rule="equal-shares", ties=refuse()).ties_met == ()
    else:
        with pytest.raises(TieRefused) as refusal:
            count(election, rule="equal-shares", ties=refuse())
        assert refusal.value.tied == met[0]


def test_a_tie_at_an_endowment_that_add1_never_reaches_is_not_refused():
    """With 2 the voter buys a, which is more than the pot; only with 3 would a and b be tied."""
    election = Election(
        [Project("a", 2), Project("b", 3)], [(Approval({"a", "b"}), 1), (Approval(()), 3)], 0, minor_units=1
    )

    outcome = count(election, rule="equal-shares", ties=refuse(), completion="add1")

    assert (outcome.funded, outcome.endowment, outcome.ties_met) == ((), 1, ())


@pytest.fixture
def crossing():
    """Two of the five who picked b buy c first. With £2 each they cannot pay £1.20 for b, which comes after a then;
    with £2.20 they can, and b comes before a."""
    ballots = [(Approval({"c", "b"}), 2), (Approval({"b"}), 3), (Approval({"a"}), 4)]
    election = Election([Project("a", 500), Project("b", 600), Project("c", 200)], ballots, 2_000)
    return Market.of(election, lexicographic(), "cardinality")


def test_endowments_are_passed_over_only_while_they_buy_in_the_same_order(crossing):
    model = Shares(crossing, Fraction(200)).run()

    assert [purchase.project for purchase in model.purchases] == [2, 0, 1]
    assert Shares(crossing, Fraction(205)).follow(model)
    assert not Shares(crossing, Fraction(220)).follow(model)
    assert [purchase.project for purchase in Shares(crossing, Fraction(220)).run().purchases] == [2, 1, 0]


def test_where_the_order_turns_into_a_tie_the_tie_rule_says_whether_it_is_the_same(crossing):
    """With £2.125 both cost £1.25 each, and a comes first by name."""
    model = Shares(crossing, Fraction(200)).run()

    assert Shares(crossing, Fraction(425, 2)).follow(model)
    assert not Shares(replace(crossing, ranks=[1, 0, 2]), Fraction(425, 2)).follow(model)


DOUBTS = {
    "floats settle little": {"EPSILON": 1e-3},
    "floats settle nothing": {"EPSILON": 0.05},
    "budgets are recomputed after every purchase": {"STALE": 0.0},
    "those with nothing left are never dropped": {"CROWDED": 2.0},
}


@pytest.mark.parametrize("change", DOUBTS.values(), ids=DOUBTS)
def test_the_outcome_does_not_depend_on_how_much_floats_are_trusted(change, monkeypatch):
    for name, value in change.items():
        monkeypatch.setattr(shares, name, value)

    @given(cases())
    @proof
    def agrees(case):
        election, ties, utility = case
        outcome = count(election, rule="equal-shares", ties=ties, utility=utility)
        assert list(outcome.funded) == textbook.equal_shares(election, ties, utility)[0]

    agrees()


@pytest.mark.parametrize(
    ("floats", "doubt"),
    [
        ([0, 10, 50], 0.0),
        ([0, 10, 50], 1e-9),
        ([0, 0, 0], 0.0),
        ([50, 50, 50], 1e3),
        ([0, 0, 0], 1e3),
        ([0, 21, 9], 30),
    ],
)
def test_an_exact_price_does_not_depend_on_the_floats_within_their_doubt(floats, doubt):
    projects = [Project("a", 30), Project("b", 60), Project("c", 30)]
    ballots = [Approval("abc"), Approval("ab"), Approval("a")]
    run = shares.Shares(Market.of(Election(projects, ballots, 200), lexicographic()), Fraction(50))
    for project in (2, 1):
        run.buy(run.quote(project, 0.0))

    # The first voter paid 30 and 20 and has nothing, the second paid 40 and has 10, the third still has 50.
    groups = sorted(range(3), key=lambda g: -int(np.diff(run.market.starts)[g]))
    money = np.zeros(3)
    money[groups] = floats
    assert run.ledger.price(0, money, doubt) == 20
    assert run.ledger.short(Fraction(20), 0, money, 1e12).tolist() == [g != groups[2] for g in range(3)]
    assert run.ledger.held(run.market.buyers[0].groups, 1) == 120


def test_nearly_equal_prices_are_told_apart():
    # 1/3 and 333333333333/10^12 per unit of utility: floats alone see the second only as a little cheaper.
    projects = [Project("a", 10**12), Project("b", 3 * 333_333_333_333)]
    ballots = [Approval({"a", "b"})] * 3

    outcome = count(
        Election(projects, ballots, 10**13), rule="equal-shares", ties=lexicographic(), utility="cardinality"
    )

    assert (outcome.funded, outcome.ties_met) == (("b", "a"), ())


def test_names_are_checked_when_the_rule_is_called_directly():
    with pytest.raises(UnknownRule, match="add1"):
        equal_shares.equal_shares(Election([], [], 1), ties=lexicographic(), completion="all")
