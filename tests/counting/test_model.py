"""The election: what it refuses, how it groups, and what does not matter to a count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import (
    Approval,
    DuplicateProject,
    Election,
    InvalidAmount,
    InvalidElection,
    InvalidRanking,
    Knapsack,
    MixedBallots,
    Points,
    Profile,
    Project,
    Ranking,
    UnknownProject,
    cost_votes_id,
    count,
)
from pb.counting.model import runs
from tests.counting.strategies import cases, proof

BENCH, TREES = Project("bench", 30), Project("trees", 60)


def test_identical_ballots_become_one_group_with_a_weight():
    ballots = [Approval(["bench", "trees"]), Approval(["trees", "bench"]), (Approval(["trees"]), 3), Approval()]

    election = Election([BENCH, TREES], ballots, 90)

    assert dict(election.groups()) == {
        Approval(): 1,
        Approval({"bench", "trees"}): 2,
        Approval({"trees"}): 3,
    }
    assert (election.num_voters, election.votes) == (6, {"bench": 2, "trees": 5})


@pytest.mark.parametrize(
    ("ballots", "votes", "scores"),
    [
        ([Points({"bench": 3, "trees": 0}), Points({"trees": 2})], [1, 1], [3, 2]),
        ([Ranking(["trees", "bench", "trees"]), Ranking(["bench"])], [2, 1], [3, 2]),
        ([Knapsack(["trees"]), Knapsack(["trees"])], [0, 2], [0, 2]),
    ],
)
def test_support_and_scores_by_kind_of_ballot(ballots, votes, scores):
    election = Election([BENCH, TREES], ballots, 90)

    assert (election.support, election.scores) == (votes, scores)
    assert {ballot for ballot, _ in election.groups()} == set(ballots)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (([BENCH, BENCH], [], 1), DuplicateProject),
        (([Project("a", -1)], [], 1), InvalidAmount),
        (([Project("a", 10**16)], [], 1), InvalidAmount),
        (([Project("a", 1.5)], [], 1), InvalidAmount),
        (([Project("a", True)], [], 1), InvalidAmount),
        (([BENCH], [], -1), InvalidAmount),
        (([BENCH], [Approval({"pool"})], 1), UnknownProject),
        (([BENCH], [(Approval({"bench"}), 0)], 1), InvalidAmount),
        (([BENCH], [Points({"bench": -2})], 1), InvalidAmount),
        (([BENCH], [(Points({"bench": 10**9}), 10**9)], 1), InvalidAmount),
        (([BENCH], [Approval({"bench"}), Knapsack({"bench"})], 1), MixedBallots),
    ],
)
def test_an_election_that_contradicts_itself_is_refused_by_name(arguments, error):
    with pytest.raises(error):
        Election(*arguments)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"withdrawn": ["pool"]}, UnknownProject),
        ({"conflicts": [("bench", "pool")]}, UnknownProject),
        ({"conflicts": [("bench", "bench")]}, InvalidElection),
        ({"minor_units": 0}, InvalidAmount),
        ({"minimum_score": -1}, InvalidAmount),
        ({"ballot_length": 1}, InvalidRanking),
        ({"ballot_length": 0}, InvalidAmount),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error):
    with pytest.raises(error):
        Election([BENCH, TREES], [Ranking(["bench", "trees"])], 90, **options)


def test_elections_are_equal_by_value_whatever_the_order():
    one = Election([BENCH, TREES], [Approval({"bench"}), Approval({"trees"})], 90)
    other = Election([TREES, BENCH], [Approval({"trees"}), Approval({"bench"})], 90)

    assert (one == other, hash(one) == hash(other)) == (True, True)
    assert one != other.replace(budget_limit=91)
    assert one != "election"


def test_replace_keeps_the_ballots_when_the_projects_change():
    election = Election([BENCH, TREES], [Approval({"bench"})], 90, withdrawn=["trees"])

    dearer = election.replace(projects=[TREES, Project("bench", 31)])

    assert dearer.votes == {"trees": 0, "bench": 1}
    assert (dearer.costs, dearer.withdrawn) == ([60, 31], frozenset({"trees"}))


RULES = [("greedy", None), ("greedy-per-cost", None), ("equal-shares", "none"), ("equal-shares", "add1")]


@given(cases(), st.sampled_from(RULES), st.randoms(use_true_random=False))
@proof
def test_the_order_of_projects_and_ballots_does_not_matter(case, rule, random):
    election, ties, _ = case
    projects, ballots = list(election.projects), list(election.groups())
    random.shuffle(projects)
    random.shuffle(ballots)

    shuffled = election.replace(projects=projects, ballots=ballots)

    one, other = (count(e, rule=rule[0], completion=rule[1], ties=ties) for e in (election, shuffled))
    assert one.funded == other.funded
    assert set(one.not_funded) == set(other.not_funded)


@given(cases(), st.sampled_from(RULES), st.integers(2, 7))
@proof
def test_scaling_money_does_not_matter(case, rule, factor):
    election, ties, _ = case
    scaled = election.replace(
        projects=[Project(p.id, p.cost * factor) for p in election.projects],
        budget_limit=election.budget_limit * factor,
        minor_units=election.minor_units * factor,
    )

    one, other = (count(e, rule=rule[0], completion=rule[1], ties=ties) for e in (election, scaled))

    assert one.funded == other.funded
    assert [n.reason for n in one.not_funded] == [n.reason for n in other.not_funded]


@given(cases(options=False), st.integers(2, 5))
@proof
def test_multiplying_ballots_does_not_matter_to_equal_shares(case, factor):
    election, _, utility = case
    more = election.replace(ballots=[(ballot, weight * factor) for ballot, weight in election.groups()])

    one, other = (count(e, rule="equal-shares", ties=cost_votes_id(), utility=utility) for e in (election, more))

    assert one.funded == other.funded


@given(cases(), st.sampled_from(RULES), st.randoms(use_true_random=False))
@proof
def test_splitting_groups_of_equal_ballots_does_not_matter(case, rule, random):
    election, ties, _ = case
    old = election.profile
    shares = [random.randint(1, weight) for weight in old.weights.tolist()]
    parts = [(g, n) for g, weight in enumerate(old.weights.tolist()) for n in (shares[g], weight - shares[g]) if n]
    lengths = np.diff(old.starts)[[g for g, _ in parts]] if parts else np.zeros(0, np.int64)
    entries = runs(old.starts[[g for g, _ in parts]], lengths) if parts else np.zeros(0, np.int64)
    weights = np.array([n for _, n in parts], np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    split = Profile(old.kind, weights, starts, old.picks[entries], old.values[entries])

    one, other = (
        count(e, rule=rule[0], completion=rule[1], ties=ties) for e in (election, election.replace(ballots=split))
    )

    assert one == other
