"""Phragmén, maximin support, max welfare and least harm on the cases that people argue about."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import (
    RULES,
    Approval,
    Election,
    NotFunded,
    Points,
    Project,
    RuleDoesNotApply,
    TargetOutOfReach,
    TieRefused,
    TooManySets,
    cost_votes_id,
    count,
    knapsack,
    lexicographic,
    refuse,
)
from tests.counting import textbook_rules as textbook
from tests.counting.strategies import cases, proof

SETS = ("approval", "knapsack")
OF_SETS = ("phragmen", "phragmen-skip", "maximin-support")
NEW = (*OF_SETS, "max-welfare", "least-harm")


@given(case=cases(kinds=SETS))
@proof
def test_maximin_support_says_the_load_of_every_funding(case):
    election, ties, _ = case

    outcome = count(election, rule="maximin-support", ties=ties)

    _, loads, _ = textbook.maximin_support(election, ties)
    assert [step.share for step in outcome.steps] == [Fraction(round(load * 10**6), 10**6) for load in loads]


@given(rule=st.sampled_from(NEW), case=cases(kinds=SETS))
@proof
def test_refusing_raises_exactly_when_a_tie_is_met(rule, case):
    election, _, _ = case
    try:
        met = count(election, rule=rule, ties=lexicographic()).ties_met
    except TargetOutOfReach:
        return

    if not met:
        assert count(election, rule=rule, ties=refuse()).ties_met == ()
    else:
        with pytest.raises(TieRefused) as refusal:
            count(election, rule=rule, ties=refuse())
        assert refusal.value.tied == met[0].among


@pytest.mark.parametrize("rule", NEW)
def test_no_ballots_no_money_and_one_voter(rule):
    projects = [Project("a", 5), Project("b", 7)]

    nobody = count(Election(projects, [], 0), rule=rule, ties=lexicographic())
    alone = count(Election(projects, [Approval({"b"})], 7), rule=rule, ties=lexicographic())
    no_projects = count(Election([], [Approval()], 0), rule=rule, ties=lexicographic())

    assert (nobody.funded, no_projects.funded) == ((), ())
    # The one voter asks to protect b, and a alone does not save 7, so least harm must take b after all.
    assert alone.funded == ("b",)


@pytest.mark.parametrize("rule", [rule for rule in NEW if rule != "least-harm"])
def test_everything_too_dear_funds_nothing(rule):
    election = Election([Project("a", 50), Project("b", 70)], [Approval({"a"}), Approval({"b"})], 7)

    outcome = count(election, rule=rule, ties=lexicographic())

    assert outcome.funded == ()
    assert {loser.reason for loser in outcome.not_funded} == {"does_not_fit"}


@pytest.mark.parametrize("rule", OF_SETS)
def test_rules_for_sets_refuse_points(rule):
    election = Election([Project("a", 5)], [Points({"a": 3})], 7)

    with pytest.raises(RuleDoesNotApply, match="points"):
        count(election, rule=rule, ties=lexicographic())


@pytest.mark.parametrize("rule", ["phragmen-skip", "maximin-support", "max-welfare"])
def test_who_loses_a_tie_is_told_to_whom(rule):
    election = Election([Project("a", 6), Project("b", 6)], [Approval({"a"}), Approval({"b"})], 7)

    outcome = count(election, rule=rule, ties=lexicographic())

    assert outcome.funded == ("a",)
    assert (outcome.reason("b").reason, outcome.reason("b").rivals) == ("tie", (("a", 6),))


def test_of_equally_good_sets_the_losers_are_told_what_was_left():
    ballots = [(Approval("abc"), 2), Approval("cd")]
    election = Election([Project("a", 4), Project("b", 4), Project("c", 3), Project("d", 6)], ballots, 8)

    outcome = count(election, rule="max-welfare", ties=lexicographic())

    assert [(step.number, step.project, step.score) for step in outcome.steps] == [(1, "c", 3), (2, "a", 2)]
    assert [(tie.step, tie.among, tie.chosen, tie.rule) for tie in outcome.ties_met] == [
        (2, ("a", "b"), "a", "lexicographic")
    ]
    assert outcome.not_funded == (
        NotFunded("b", "tie", 4, 2, 1, 2, (("a", 4),)),
        NotFunded("d", "not_best", 6, 1, 1, 2, ()),
    )


def test_of_equally_harmless_savings_the_tie_rule_chooses():
    election = Election([Project("a", 30), Project("b", 30), Project("c", 0)], [Approval("abc")], 20, withdrawn=[])

    outcome = count(election, rule="least-harm", ties=lexicographic())

    assert (outcome.funded, outcome.ties_met[0].among) == (("a",), ("a", "b"))
    assert [(loser.project, loser.reason) for loser in outcome.not_funded] == [("b", "tie"), ("c", "not_best")]


@pytest.mark.parametrize("rule", ["phragmen", "phragmen-skip", "maximin-support", "max-welfare"])
def test_a_conflict_shuts_out_the_weaker_project(rule):
    ballots = [Approval({"a", "b"}), Approval({"a"}), Approval({"b"}), Approval({"a"})]
    election = Election([Project("a", 3), Project("b", 3)], ballots, 9, conflicts=[("a", "b")])

    outcome = count(election, rule=rule, ties=lexicographic())

    assert outcome.funded == ("a",)
    assert (outcome.reason("b").reason, outcome.reason("b").rivals) == ("excluded_pair", (("a", 3),))


def test_loads_of_phragmen_are_exact():
    ballots = [Approval("ac"), Approval("ac"), Approval("b")]
    election = Election([Project("a", 20), Project("b", 15), Project("c", 41)], ballots, 76)

    outcome = count(election, rule="phragmen", ties=lexicographic())

    assert [(step.project, step.share) for step in outcome.steps] == [("a", 10), ("b", 15), ("c", Fraction(61, 2))]


def test_after_the_stop_nothing_is_funded():
    ballots = [(Approval({"a"}), 3), (Approval({"b"}), 2), Approval({"c"})]
    election = Election([Project("a", 6), Project("b", 6), Project("c", 4)], ballots, 10)

    stopped = count(election, rule="phragmen", ties=cost_votes_id())
    skipped = count(election, rule="phragmen-skip", ties=cost_votes_id())

    assert (stopped.funded, stopped.reason("c").reason) == (("a",), "after_stop")
    assert (skipped.funded, skipped.reason("b").reason) == (("a", "c"), "does_not_fit")


def test_of_equally_harmless_savings_the_smaller_is_made():
    election = Election([Project("big", 90), Project("small", 60)], [Approval({"big", "small"})], 50)

    outcome = count(election, rule="least-harm", ties=lexicographic())

    assert (outcome.funded, outcome.remaining, outcome.ties_met) == (("small",), -10, ())


def test_least_harm_may_protect_so_much_that_conflicts_put_the_target_out_of_reach():
    election = Election([Project("a", 30), Project("b", 40)], [], 60, conflicts=[("a", "b")])

    with pytest.raises(TargetOutOfReach) as error:
        count(election, rule="least-harm", ties=lexicographic())

    assert (error.value.target, error.value.total) == (60, 70)


def test_a_proof_that_would_take_too_much_memory_is_given_up(monkeypatch):
    monkeypatch.setattr(knapsack, "WIDTHS", (2, 3))
    projects = [Project(str(i), 100 + i * i) for i in range(12)]
    election = Election(projects, [Approval({p.id for p in projects})], 500)

    with pytest.raises(TooManySets):
        count(election, rule="max-welfare", ties=lexicographic())


def test_max_welfare_holds_where_floats_would_not():
    """Two projects whose scores differ by one in a hundred million million."""
    votes = 10**14
    ballots = [(Points({"a": 1}), votes), (Points({"b": 1}), votes + 1)]
    election = Election([Project("a", 5), Project("b", 5)], ballots, 5)

    outcome = count(election, rule="max-welfare", ties=lexicographic())

    assert (outcome.funded, outcome.ties_met) == (("b",), ())


def test_loads_of_equal_floats_are_told_apart():
    """1/3 of a huge cost and a cost that differs from it by a third of a unit."""
    most = 10**15
    ballots = [(Approval({"a"}), 3), (Approval({"b"}), 3)]
    election = Election([Project("a", most), Project("b", most - 1)], ballots, most)

    outcome = count(election, rule="phragmen", ties=lexicographic())

    assert (outcome.funded, outcome.ties_met) == (("b",), ())


def test_maximin_support_computes_with_whole_numbers_of_any_size():
    most = 10**14
    ballots = [(Approval({"a", "b"}), 10**6 + 3), (Approval({"a"}), 10**6 + 7), (Approval({"b"}), 5)]
    election = Election([Project("a", most), Project("b", most - 1)], ballots, 2 * most)

    outcome = count(election, rule="maximin-support", ties=lexicographic())

    assert outcome.funded == ("a", "b")
    shares = [Fraction(most, 2 * 10**6 + 10), Fraction(2 * most - 1, 2 * 10**6 + 15)]
    assert [step.share for step in outcome.steps] == [Fraction(round(s * 10**6), 10**6) for s in shares]


def test_the_rules_are_known_by_name():
    assert set(NEW) < set(RULES)
