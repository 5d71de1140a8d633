"""What one run of Equal Shares foresees of the next one is so, and changes nothing."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import Approval, Election, Points, Project, lexicographic
from pb.counting.foresight import Foresight, Look
from pb.counting.ledger import Purchase
from pb.counting.market import Market
from pb.counting.shares import Shares
from tests.counting.strategies import elections, proof


def told(run):
    prices = [run.ledger.price_of_purchase(number) for number in range(len(run.purchases))]
    return [purchase.project for purchase in run.purchases], prices, run.ties_met, run.excluded


@given(elections(), st.integers(0, 40), st.fractions(0, 30))
@proof
def test_a_run_like_another_is_the_run_itself(election, start, more):
    market = Market.of(election, lexicographic())
    model = Shares(market, Fraction(start)).run()

    for step in range(1, 4):
        run = Shares(market, start + step * more).run(like=model)
        assert told(run) == told(Shares(market, start + step * more).run())
        model = run


@given(elections(), st.integers(0, 40), st.fractions(-10, 30))
@proof
def test_buyers_never_pay_more_than_is_foreseen(election, start, more):
    market = Market.of(election, lexicographic())
    model = Shares(market, Fraction(start)).run()
    run = Shares(market, max(start + more, Fraction(0)))
    foresight = Foresight(market, model.looks, model.purchases, more)

    while (quote := run.next_quote()) is not None:
        number = len(run.purchases)
        for p in market.buyers:
            look = foresight.look(p, number)
            if look and p != quote.project and run.is_open(p) and (seen := run.quote(p, 0.0)):
                run.bounds[p] = seen.low
                assert market.costs[p] <= (look.held + look.rich * seen.price) * (1 + 1e-9)
        run.buy(quote)
        foresight.buy(run.purchases[-1])


@pytest.fixture
def market():
    """Ann picks both projects, Ben the first, and three more the second."""
    ballots = [Approval({"a", "b"}), Approval({"a"}), *[Approval({"b"})] * 3]
    election = Election([Project("a", 12), Project("b", 40)], ballots, 60)
    return Market.of(election, lexicographic())


NOBODY = np.zeros(0, np.int64)


def bought(project, price):
    return Purchase(project, price, NOBODY, 1, price, price)


def test_the_value_that_buyers_of_one_project_put_on_others(market):
    assert market.shared(0).tolist() == [2, 1]
    assert market.shared(1).tolist() == [1, 4]

    points = Election([Project("a", 12), Project("b", 40)], [(Points({"a": 3, "b": 7}), 5), (Points({"b": 9}), 2)], 60)

    assert Market.of(points, lexicographic()).shared(0).tolist() == [15, 35]


def test_a_look_is_raised_by_what_a_voter_has_more(market):
    looks = {0: [Look(0, 10.0, 2.0, 3.0)]}
    foresight = Foresight(market, looks, [], Fraction(3, 2))

    found = foresight.look(0, 4)

    assert (found.after, found.held, found.poor, found.rich) == (4, pytest.approx(13), 2, 3)
    assert found.held >= 13
    assert foresight.look(1, 0) is None


def test_the_last_look_counts_of_which_all_purchases_were_made_in_whatever_order(market):
    looks = {1: [Look(0, 1.0, 1.0, 1.0), Look(1, 2.0, 1.0, 1.0), Look(2, 3.0, 1.0, 1.0)]}
    foresight = Foresight(market, looks, [bought(0, 0.5), bought(1, 0.5)], Fraction(0))

    assert foresight.look(1, 0).held == pytest.approx(1)
    foresight.buy(bought(1, 0.5))
    assert foresight.look(1, 1).held == pytest.approx(1), "the first purchase is still to come"
    foresight.buy(bought(0, 0.5))
    assert foresight.look(1, 2).held == pytest.approx(3)


def test_a_purchase_that_the_first_run_never_made_ends_nothing(market):
    foresight = Foresight(market, {0: [Look(0, 1.0, 1.0, 1.0)]}, [], Fraction(1))

    foresight.buy(bought(1, 0.5))

    assert foresight.look(0, 1).held == pytest.approx(2)


def test_a_voter_has_more_by_what_prices_of_own_picks_are_lower(market):
    """Only Ann paid for the first project, a tenth of a pound for each of its twelve less than before."""
    foresight = Foresight(market, {1: [Look(1, 1.0, 4.0, 1.0)]}, [bought(0, 0.5)], Fraction(1))

    foresight.buy(bought(0, 0.4))

    assert foresight.look(1, 1).held == pytest.approx(1 + 4 * 1 + 1 * 12 * 0.1)


def test_more_than_the_poor_ones_together_never_profits(market):
    foresight = Foresight(market, {0: [Look(1, 1.0, 0.5, 1.0)]}, [bought(0, 0.5)], Fraction(0))

    foresight.buy(bought(0, 0.4))

    assert foresight.look(0, 1).held == pytest.approx(1 + 0.5 * 12 * 0.1)


def test_a_dearer_purchase_or_a_lower_endowment_lowers_no_bound(market):
    foresight = Foresight(market, {0: [Look(1, 1.0, 2.0, 1.0)]}, [bought(0, 0.5)], Fraction(-1))

    foresight.buy(bought(0, 0.6))

    assert foresight.look(0, 1).held == pytest.approx(1)


def test_what_foresight_says_twice_is_looked_at():
    election = Election(
        [Project("a", 10), Project("b", 90), Project("c", 95)],
        [Approval({"a", "b", "c"}), Approval({"a", "b"}), Approval({"c"})],
        100,
    )
    market = Market.of(election, lexicographic())
    model = Shares(market, Fraction(30)).run()
    further = Shares(market, Fraction(31))
    further._foresee(model)

    foreseen = [p for p in market.buyers if further._is_foreseen(p, inf)]

    assert foreseen
    assert not any(further._is_foreseen(p, inf) for p in foreseen)
