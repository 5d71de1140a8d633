"""What one run of Equal Shares foresees of the next one is so, and changes nothing."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import Approval, Election, Project, lexicographic
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


@given(elections(), st.integers(0, 40), st.fractions(0, 30))
@proof
def test_buyers_never_pay_more_than_is_foreseen(election, start, more):
    market = Market.of(election, lexicographic())
    model = Shares(market, Fraction(start)).run()
    run = Shares(market, start + more)
    foresight = Foresight(model.looks, model.purchases, more)

    while (quote := run.next_quote()) is not None:
        number = len(run.purchases)
        for p in market.buyers:
            look = foresight.look(p, number)
            if look and p != quote.project and run.is_open(p) and (seen := run.quote(p, 0.0)):
                run.bounds[p] = seen.low
                assert market.costs[p] <= (look.held + look.rich * seen.price) * (1 + 1e-9)
        run.buy(quote)
        foresight.buy(run.purchases[-1], number, quote.scale * market.buyers[quote.project].most)


def test_a_look_is_raised_by_what_a_voter_has_more():
    looks = {0: [Look(0, 10.0, 2.0, 3.0), Look(2, 5.0, 4.0, 1.0)]}
    election = Election([Project("a", 12), Project("b", 12)], [Approval({"a"}), Approval({"b"})], 24)
    model = Shares(Market.of(election, lexicographic()), Fraction(12)).run()
    foresight = Foresight(looks, model.purchases, Fraction(3, 2))

    assert foresight.look(1, 0) is None
    first = foresight.look(0, 0)
    assert (first.held, first.poor, first.rich) == (pytest.approx(13), 2, 3)
    assert first.held >= 13
    assert foresight.look(0, 1) is None, "nothing is known beyond the purchases compared"

    # The price of both is 12 at either endowment, so what a voter has more stays.
    for number, purchase in enumerate(model.purchases):
        foresight.buy(purchase, number, 12)

    second = foresight.look(0, 2)
    assert (second.after, second.held, second.poor) == (2, pytest.approx(5 + 4 * 1.5), 4)


def test_foresight_ends_where_another_project_is_bought():
    election = Election([Project("a", 12), Project("b", 12)], [Approval({"a"}), Approval({"b"})], 24)
    model = Shares(Market.of(election, lexicographic()), Fraction(12)).run()
    foresight = Foresight({0: [Look(0, 1.0, 1.0, 1.0)]}, model.purchases, Fraction(1))

    foresight.buy(model.purchases[1], 0, 12)

    assert foresight.look(0, 0) is not None
    assert foresight.look(0, 1) is None


def test_nothing_is_foreseen_of_a_lower_endowment():
    assert Foresight({0: [Look(0, 1.0, 1.0, 1.0)]}, [], Fraction(-1)).look(0, 0) is None


def test_a_voter_has_more_by_what_prices_are_lower():
    nobody = np.zeros(0, np.int64)
    before = [Purchase(0, 12.0, nobody, 1, 12.0, 12.0)]
    foresight = Foresight({1: [Look(1, 1.0, 10.0, 1.0)]}, before, Fraction(1))

    foresight.buy(Purchase(0, 11.5, nobody, 1, 11.5, 11.5), 0, 4)

    assert foresight.look(1, 1).held == pytest.approx(1 + 10 * (1 + 4 * 0.5))


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
