"""Tie rules: named, fixed before the count, recorded in the outcome."""

from __future__ import annotations

import hashlib

import pytest

from pb.counting import (
    Approval,
    CountingError,
    Election,
    Project,
    TieRefused,
    UnknownRule,
    cost_votes_id,
    cost_votes_lot,
    count,
    lexicographic,
    refuse,
    tie_rule,
    votes_lot,
)


def order(rule, election):
    ranks = rule.ranks(election)
    return [p.id for _, p in sorted(zip(ranks, election.projects, strict=True))]


@pytest.fixture
def election():
    projects = [Project("9", 50), Project("10", 50), Project("2", 40), Project("1", 50)]
    ballots = [(Approval({"9"}), 2), Approval({"10"}), Approval({"2"}), Approval({"1"})]
    return Election(projects, ballots, 100)


def test_orders_by_name(election):
    assert order(lexicographic(), election) == ["1", "10", "2", "9"]
    assert order(cost_votes_id(), election) == ["2", "9", "1", "10"]


def test_a_lot_is_the_hash_of_the_commitment_and_the_id(election):
    drawn = sorted(["1", "10"], key=lambda p: hashlib.sha256(f"2 July\n{p}".encode()).hexdigest())
    assert order(cost_votes_lot("2 July"), election) == ["2", "9", *drawn]

    drawn = sorted(["1", "10", "2"], key=lambda p: hashlib.sha256(f"2 July\n{p}".encode()).hexdigest())
    assert order(votes_lot("2 July"), election) == ["9", *drawn]


@pytest.mark.parametrize(
    "label", ["lexicographic", "cost_votes_id", "refuse", "votes_lot:2 July", "cost_votes_lot:x:y"]
)
def test_a_tie_rule_is_found_by_its_label(label):
    assert tie_rule(label).label == label


@pytest.mark.parametrize("label", ["dice", "votes_lot", "votes_lot:", "lexicographic:2", ""])
def test_unknown_tie_rules_are_refused_with_the_known_ones(label):
    with pytest.raises(UnknownRule, match="cost_votes_id"):
        tie_rule(label)


@pytest.mark.parametrize("lot", [votes_lot, cost_votes_lot])
def test_a_lot_without_a_commitment_is_refused(lot):
    with pytest.raises(CountingError, match="commitment"):
        lot("")


@pytest.mark.parametrize("rule", ["greedy", "equal-shares", "phragmen", "phragmen-skip", "maximin-support"])
def test_a_tie_met_is_recorded_and_its_loser_told(rule):
    election = Election([Project("a", 60), Project("b", 60)], [Approval({"a", "b"})] * 2, 100)

    outcome = count(election, rule=rule, ties=lexicographic())

    assert [(tie.among, tie.chosen, tie.rule) for tie in outcome.ties_met] == [(("a", "b"), "a", "lexicographic")]
    assert outcome.reason("b").reason == "tie"
    with pytest.raises(TieRefused) as refusal:
        count(election, rule=rule, ties=refuse())
    assert refusal.value.tied == ("a", "b")


def test_equal_scores_that_both_fit_are_no_tie_for_greedy():
    election = Election([Project("a", 40), Project("b", 40)], [Approval({"a", "b"})], 80)

    assert count(election, rule="greedy", ties=refuse()).funded == ("a", "b")


def test_without_skipping_a_tie_decides_where_the_count_stops():
    """a costs too much: if it comes first nothing else is funded, if it comes second c is."""
    election = Election([Project("a", 120), Project("c", 40)], [Approval({"a", "c"})], 100)

    outcome = count(election, rule="greedy-no-skip", ties=lexicographic())

    assert [(tie.step, tie.among, tie.chosen) for tie in outcome.ties_met] == [(1, ("a", "c"), "a")]
    assert [(loser.reason, loser.rivals) for loser in outcome.not_funded] == [("does_not_fit", ()), ("after_stop", ())]
    with pytest.raises(TieRefused):
        count(election, rule="greedy-no-skip", ties=refuse())


def test_a_tie_at_a_share_that_add1_jumped_to_is_recorded():
    projects = [Project("a", 100), Project("b", 100), Project("c", 10_000)]
    election = Election(projects, [Approval("abc"), Approval("abc"), Approval()], 210, minor_units=1)

    outcome = count(election, rule="equal-shares", completion="add1", utility="cardinality", ties=lexicographic())

    assert (outcome.funded, outcome.endowment > 1000) == (("a", "b"), True)
    assert [(tie.among, tie.chosen) for tie in outcome.ties_met] == [(("a", "b"), "a")]


@pytest.mark.parametrize("rule", ["equal-shares", "greedy", "phragmen", "maximin-support"])
def test_two_free_projects_in_conflict_are_a_tie(rule):
    election = Election([Project("a", 0), Project("b", 0)], [Approval("ab")], 9, conflicts=["ab"])

    outcome = count(election, rule=rule, ties=lexicographic())

    assert (outcome.funded, [tie.among for tie in outcome.ties_met]) == (("a",), [("a", "b")])


@pytest.mark.parametrize("rule", ["equal-shares", "greedy", "phragmen", "maximin-support"])
def test_free_projects_come_in_any_order_and_are_no_tie(rule):
    election = Election([Project("a", 0), Project("b", 0)], [Approval("ab")], 9)

    outcome = count(election, rule=rule, ties=refuse())

    assert (outcome.funded, outcome.ties_met) == (("a", "b"), ())
