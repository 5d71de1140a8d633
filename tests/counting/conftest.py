"""A scan of every endowment, without jumps, by the package's own runs: slow, and the measure of the jumps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pb.counting import lexicographic
from pb.counting.equal_shares import bought, cost
from pb.counting.market import Market
from pb.counting.shares import Shares


@pytest.fixture
def scanned_add1():
    def scan(election):
        market = Market.of(election, lexicographic())
        endowment = Fraction(election.budget_limit, election.num_voters)
        last = Shares(market, endowment).run()
        while len(last.purchases) < len(market.buyers):
            raised = Shares(market, last.endowment + election.minor_units).run()
            if cost(raised) > election.budget_limit:
                break
            last = raised
        return [election.projects[p].id for p in bought(last)], last.endowment

    return scan
