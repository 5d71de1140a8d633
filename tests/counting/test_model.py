"""The election: what it refuses, how it groups, and what does not matter to a count."""

from __future__ import annotations

import pytest

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
    Project,
    Ranking,
    UnknownProject,
)

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
