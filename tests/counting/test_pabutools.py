"""The same outcomes as pabutools in exact mode, on real elections, in order. Whole cities: benchmarks/counting_peer.py.

Conventions that are named and taken out of the comparison: pabutools' Add1 also stops at the first exhaustive outcome
(our `add1-exhaustive`); its greedy rule funds projects nobody picked, ours never does.
"""

from __future__ import annotations

import warnings

import pytest

from pb.counting import count, lexicographic, read_pb
from tests.counting.data import DATA, files

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
SMALL = 32_000


def peer(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pabutools import fractions
        from pabutools.election import parse_pabulib

        fractions.FRACTION = fractions.GMPY_FRAC
        return parse_pabulib(str(path))


def satisfaction(kind):
    from pabutools import election

    return {
        "approval": {"cost": election.Cost_Sat, "cardinality": election.Cardinality_Sat},
        "points": {"points": election.Additive_Cardinal_Sat},
        "ranking": {"borda-pabutools": election.Additive_Borda_Sat},
    }[kind]


def names(allocation) -> list[str]:
    return [project.name for project in allocation]


def check_equal_shares(path, *, add1: bool = False):
    from pabutools.rules import method_of_equal_shares

    election = read_pb(path).election
    instance, profile = peer(path)
    for utility, sat_class in satisfaction(election.profile.kind).items():
        outcome = count(
            election,
            rule="equal-shares",
            ties=lexicographic(),
            utility=utility,
            completion="add1-exhaustive" if add1 else "none",
        )
        theirs = method_of_equal_shares(
            instance, profile.as_multiprofile(), sat_class, voter_budget_increment=1 if add1 else None, binary_sat=False
        )
        assert list(outcome.funded) == names(theirs), utility


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_equal_shares_equals_pabutools_on_small_files(path):
    check_equal_shares(path)


@pytest.mark.parametrize("path", files(6_000), ids=lambda path: path.stem)
def test_add1_exhaustive_equals_pabutools_on_the_smallest_files(path):
    check_equal_shares(path, add1=True)


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_greedy_per_cost_equals_pabutools_on_small_files(path):
    check_greedy(path)


def check_greedy(path, *, per_cost: bool = True):
    """Their rule goes by satisfaction per cost. Where satisfaction is cost, that is the number of votes."""
    from pabutools.election import Cost_Sat
    from pabutools.rules import greedy_utilitarian_welfare

    election = read_pb(path).election
    if election.profile.kind == "ranking":
        pytest.skip("their Borda scores depend on the length of each ballot, ours on the longest allowed")
    if election.profile.kind == "points" and not per_cost:
        pytest.skip("they have no greedy rule by points alone")
    instance, profile = peer(path)
    utility = {"approval": "cardinality", "points": "points"}[election.profile.kind]
    sat_class = satisfaction(election.profile.kind)[utility] if per_cost else Cost_Sat

    theirs = names(greedy_utilitarian_welfare(instance, profile.as_multiprofile(), sat_class))

    outcome = count(election, rule="greedy-per-cost" if per_cost else "greedy", ties=lexicographic())
    assert list(outcome.funded) == [p for p in theirs if election.votes[p]]


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_greedy_equals_pabutools_on_small_files(path):
    check_greedy(path, per_cost=False)


def check_completion_by_greedy(path):
    from pabutools.election import Cost_Sat
    from pabutools.rules import completion_by_rule_combination, greedy_utilitarian_welfare, method_of_equal_shares

    election = read_pb(path).election
    if election.profile.kind != "approval":
        pytest.skip("they have no greedy rule by points or places alone")
    instance, profile = peer(path)

    theirs = completion_by_rule_combination(
        instance,
        profile.as_multiprofile(),
        [method_of_equal_shares, greedy_utilitarian_welfare],
        [{"sat_class": Cost_Sat, "binary_sat": False}, {"sat_class": Cost_Sat}],
    )

    outcome = count(election, rule="equal-shares", completion="greedy", ties=lexicographic())
    assert list(outcome.funded) == [p for p in names(theirs) if election.votes[p]]


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_greedy_completion_equals_pabutools_on_small_files(path):
    check_completion_by_greedy(path)
