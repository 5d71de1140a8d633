"""What is left to `make proof`, and a scan of every endowment without jumps, which measures the jumps."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from pb.counting import lexicographic
from pb.counting.equal_shares import bought, cost
from pb.counting.market import Market
from pb.counting.shares import Shares


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the peer's counts of whole cities, minutes each, to `make proof`; the smaller files are always compared."""
    if "PROOF" in os.environ or config.option.markexpr:
        return
    here = Path(__file__).parent
    left = [item for item in items if here in item.path.parents and item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


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
