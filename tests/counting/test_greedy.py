"""The greedy family on its edge cases."""

from __future__ import annotations

import pytest

from pb.counting import Approval, Election, Project, RuleDoesNotApply, UnknownRule, count, lexicographic, refuse


def make(costs, votes, budget, **options):
    projects = [Project(p, cost) for p, cost in costs.items()]
    ballots = [Approval(p for p in votes if votes[p] > voter) for voter in range(max(votes.values()))]
    return Election(projects, ballots, budget, **options)


def test_skip_goes_on_and_no_skip_stops():
    election = make({"a": 60, "b": 50, "c": 40, "d": 1}, {"a": 4, "b": 3, "c": 2, "d": 0}, 100)

    skipping = count(election, rule="greedy", ties=refuse())
    stopping = count(election, rule="greedy-no-skip", ties=refuse())

    assert (skipping.funded, [s.action for s in skipping.steps]) == (("a", "c"), ["fund", "skip", "fund"])
    assert (stopping.funded, [s.action for s in stopping.steps]) == (("a",), ["fund", "stop"])
    assert [n.reason for n in skipping.not_funded] == ["does_not_fit", "no_support"]
    assert [n.reason for n in stopping.not_funded] == ["does_not_fit", "after_stop", "no_support"]
    assert (skipping.reason("b").available, skipping.reason("b").after) == (40, 2)


def test_threshold_shuts_out_low_scores():
    election = make({"a": 10, "b": 10}, {"a": 4, "b": 1}, 100, minimum_score=2)

    outcome = count(election, rule="greedy-threshold", ties=refuse())

    assert (outcome.funded, outcome.reason("b").reason) == (("a",), "below_floor")


def test_exclusive_funds_one_of_a_pair():
    election = make({"a": 10, "b": 10}, {"a": 4, "b": 1}, 100, conflicts=[("a", "b")])

    outcome = count(election, rule="greedy-exclusive", ties=refuse())

    loser = outcome.reason("b")
    assert (outcome.funded, loser.reason, loser.rivals) == (("a",), "excluded_pair", (("a", 10),))


def test_what_conflicts_with_the_first_project_does_not_stop_the_count():
    election = make({"a": 60, "b": 50, "c": 40}, {"a": 4, "b": 3, "c": 2}, 100, conflicts=[("a", "b")])

    outcome = count(election, rule="greedy-no-skip", ties=refuse())

    assert (outcome.funded, outcome.reason("b").reason) == (("a", "c"), "excluded_pair")


@pytest.mark.parametrize("rule", ["greedy-threshold", "greedy-exclusive"])
def test_a_rule_whose_option_is_missing_does_not_apply(rule):
    with pytest.raises(RuleDoesNotApply):
        count(make({"a": 1}, {"a": 1}, 1), rule=rule, ties=lexicographic())


def test_equal_conflicting_projects_are_a_tie_even_if_both_fit():
    election = make({"a": 10, "b": 10}, {"a": 2, "b": 2}, 100, conflicts=[("a", "b")])

    outcome = count(election, rule="greedy", ties=lexicographic())

    assert outcome.ties_met[0].among == ("a", "b")


def test_unknown_names_and_parameters_are_refused():
    election = make({"a": 1}, {"a": 1}, 1)

    with pytest.raises(UnknownRule, match="greedy"):
        count(election, rule="dictator", ties=lexicographic())
    with pytest.raises(UnknownRule, match="add1"):
        count(election, rule="equal-shares", completion="add2", ties=lexicographic())
    with pytest.raises(RuleDoesNotApply, match="takes no completion"):
        count(election, rule="greedy", completion="add1", ties=lexicographic())
    with pytest.raises(RuleDoesNotApply, match="points"):
        count(election, rule="equal-shares", utility="points", ties=lexicographic())
