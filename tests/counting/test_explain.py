"""Explanations add up, and every counterfactual is true of a recount from scratch."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import (
    Approval,
    Election,
    Points,
    Project,
    Ranking,
    UnknownProject,
    cli,
    cost_votes_id,
    count,
    lexicographic,
    read_pb,
    refuse,
)
from pb.counting.counterfactual import Change, bounds, least, with_cost, with_supporters
from pb.counting.explain import Explainer, Rise, explain, explain_losers, money_left
from pb.counting.market import Market
from pb.counting.what_if import WhatIf, least_by_needs
from tests.counting import textbook
from tests.counting.data import DATA
from tests.counting.strategies import UTILITIES, cases, elections, proof


def recount(election, outcome, ties):
    given_ = dict(outcome.parameters)
    names = {name: given_[name] for name in ("completion", "utility") if name in given_}
    return count(election, rule=outcome.rule, ties=ties, **names)


def check_changes(election, outcome, ties, found):
    """Each change funds the project in a recount from scratch, and one step less does not."""
    p = election.position[found.project]

    def funds(changed):
        return found.project in recount(changed, outcome, ties).funded

    if found.extra_supporters:
        extra = found.extra_supporters.amount
        assert funds(election.replace(ballots=with_supporters(election, p, extra)))
        assert extra == 1 or not funds(election.replace(ballots=with_supporters(election, p, extra - 1)))
    if found.largest_cost:
        cost = found.largest_cost.amount
        assert funds(election.replace(**with_cost(election, p, cost)))
        assert not funds(election.replace(**with_cost(election, p, cost + 1)))


@given(cases())
@proof
def test_counterfactuals_of_equal_shares_are_true_and_the_proved_ones_smallest(case):
    election, ties, utility = case
    outcome = count(election, rule="equal-shares", ties=ties, utility=utility)

    for found in explain_losers(election, outcome):
        check_changes(election, outcome, ties, found)
        p = election.position[found.project]
        smaller = range(1, found.extra_supporters.amount) if found.extra_supporters else ()
        if found.extra_supporters and found.extra_supporters.proved:
            for extra in smaller:
                changed = election.replace(ballots=with_supporters(election, p, extra))
                assert found.project not in recount(changed, outcome, ties).funded
        if found.largest_cost and found.largest_cost.proved:
            for cost in range(found.largest_cost.amount + 1, found.cost):
                assert (
                    found.project not in recount(election.replace(**with_cost(election, p, cost)), outcome, ties).funded
                )


@given(
    cases(kinds=("approval",)),
    st.sampled_from([("greedy", None), ("phragmen", None), ("max-welfare", None), ("equal-shares", "add1")]),
)
@proof
def test_counterfactuals_of_other_rules_are_true(case, rule):
    election, ties, _ = case
    outcome = count(election, rule=rule[0], ties=ties, completion=rule[1])

    for found in explain_losers(election, outcome):
        check_changes(election, outcome, ties, found)


@given(cases(), st.sampled_from(["add1", "add1-exhaustive", "add1-greedy", "comparison"]))
@proof
def test_the_rise_not_made_is_the_one_a_textbook_makes(case, completion):
    election, ties, utility = case
    outcome = count(election, rule="equal-shares", ties=ties, completion=completion, utility=utility)
    if outcome.endowment is None:  # voters preferred most votes
        told = [explain(election, outcome, one.project, counterfactuals=False) for one in outcome.not_funded]
        assert [found.rise for found in told if found.rise] == []
        return
    further = outcome.endowment + election.minor_units
    bought, _, _ = textbook.equal_shares(election, ties, utility, further)
    spent = sum(project.cost for project in election.projects if project.id in bought)

    for loser in outcome.not_funded:
        found = explain(election, outcome, loser.project, counterfactuals=False)
        pays = spent > election.budget_limit and loser.project in bought
        assert found.rise == (Rise(further, spent) if pays else None)


def test_a_rise_that_pays_for_a_loser_but_not_for_all_is_told():
    election = Election([Project("a", 6_00), Project("b", 5_00)], [(Approval({"a"}), 2), Approval({"b"})], 9_00)
    outcome = count(election, rule="equal-shares", ties=lexicographic(), completion="add1")

    # With £4 each a is paid for and b lacks £1; with £5 both would be, for £11 of £9.
    assert (outcome.funded, outcome.endowment) == (("a",), 4_00)
    assert explain(election, outcome, "b").rise == Rise(Fraction(5_00), 11_00)
    assert explain(election, outcome, "a").rise is None
    unraised = count(election, rule="equal-shares", ties=lexicographic())
    assert explain(election, unraised, "b").rise is None


@given(cases())
@proof
def test_where_the_shares_went_adds_up_to_all_that_supporters_had(case):
    election, ties, utility = case
    outcome = count(election, rule="equal-shares", ties=ties, utility=utility)
    _, _, left = textbook.equal_shares(election, ties, utility)
    voters = textbook.voters(election, utility)

    for project in election.projects:
        found = explain(election, outcome, project.id, counterfactuals=False)
        backers = [i for i, mine in enumerate(voters) if project.id in mine]
        if project.id not in outcome.funded:
            assert money_left(election, outcome).get(project.id) == found.kept
        if found.kept is None:
            assert (backers, found.went_to) == ([], ())
            continue
        assert found.kept == int(sum((left[i] for i in backers), Fraction(0)))
        all_money = len(backers) * outcome.endowment
        assert 0 <= all_money - found.kept - sum(amount for _, amount in found.went_to) < len(found.went_to) + 1
        assert {winner for winner, _ in found.went_to} <= set(outcome.funded)
        assert found.effective_support == (all_money / project.cost if project.cost else None)


def test_a_winner_has_its_step_and_no_counterfactual():
    election = Election([Project("a", 6)], [Approval({"a"})], 9)
    outcome = count(election, rule="equal-shares", ties=lexicographic())

    found = explain(election, outcome, "a")

    assert (found.reason, found.step, found.missing) == (None, 1, None)
    assert (found.went_to, found.kept) == ((("a", 6),), 3)
    assert (found.extra_supporters, found.largest_cost) == (None, None)


def test_greedy_says_what_was_missing_in_the_pot():
    election = Election([Project("a", 6), Project("b", 5)], [(Approval({"a"}), 2), Approval({"b"})], 9)
    outcome = count(election, rule="greedy", ties=lexicographic())

    found = explain(election, outcome, "b")

    assert (found.reason, found.missing, found.effective_support, found.kept) == ("does_not_fit", 2, None, None)
    # With two more it has three votes against two, with one more the tie goes to a.
    assert (found.extra_supporters.amount, found.largest_cost.amount) == (2, 3)


def test_what_is_dearer_than_the_pot_cannot_be_helped_by_supporters():
    election = Election([Project("a", 60)], [Approval({"a"})], 9)

    shares = explain(election, count(election, rule="equal-shares", ties=lexicographic()), "a")
    greedy = explain(election, count(election, rule="greedy", ties=lexicographic()), "a")

    assert (shares.extra_supporters, shares.largest_cost) == (None, Change(9, True))
    assert (greedy.extra_supporters, greedy.largest_cost.amount) == (None, 9)


def test_a_withdrawn_project_and_savings_have_no_counterfactual():
    election = Election([Project("a", 5), Project("b", 6)], [Approval({"a", "b"})], 9, withdrawn={"a"})

    withdrawn = explain(election, count(election, rule="equal-shares", ties=lexicographic()), "a")
    saved = election.replace(budget_limit=5, withdrawn=(), ballots=[Approval({"b"})])
    kept = explain(saved, count(saved, rule="least-harm", ties=lexicographic()), "b")

    assert (withdrawn.reason, withdrawn.extra_supporters, withdrawn.kept) == ("withdrawn", None, None)
    assert (kept.reason, kept.extra_supporters, kept.largest_cost) == ("not_best", None, None)


def test_a_project_nobody_picked_needs_its_first_supporters():
    election = Election([Project("a", 5), Project("b", 4)], [(Approval({"a"}), 2)], 10)
    outcome = count(election, rule="equal-shares", ties=lexicographic())

    found = explain(election, outcome, "b")

    assert (found.reason, found.extra_supporters, found.largest_cost) == ("no_support", Change(2, False), None)


def test_re_runs_that_meet_a_refused_tie_fund_nothing():
    election = Election([Project("a", 6), Project("b", 6)], [(Approval({"a"}), 2), Approval({"b"})], 9)
    outcome = count(election, rule="equal-shares", ties=refuse())

    assert explain(election, outcome, "b").extra_supporters.amount > 0
    assert explain(election, count(election, rule="greedy", ties=refuse()), "b").extra_supporters.amount == 2


def test_points_of_newcomers_are_the_most_anybody_gave():
    election = Election([Project("a", 6), Project("b", 5)], [Points({"a": 3}), Points({"b": 1})], 8)
    outcome = count(election, rule="equal-shares", ties=cost_votes_id())

    for project in ("a", "b"):
        check_changes(election, outcome, cost_votes_id(), explain(election, outcome, project))
    added = list(election.replace(ballots=with_supporters(election, 1, 4)).groups())
    assert (Points({"b": 3}), 4) in added


def test_newcomers_give_the_most_points_where_shares_are_counted_again():
    """With one point each instead of five, four newcomers would be needed."""
    ballots = [(Points({"a": 3, "b": 5}), 3), (Points({"b": 1}), 2), (Points({"b": 3, "c": 2}), 3)]
    election = Election([Project("a", 7), Project("b", 10), Project("c", 7)], ballots, 22)

    assert WhatIf(Market.of(election, lexicographic())).extra_supporters(0) == Change(2, False)


def test_newcomers_rank_a_project_first():
    election = Election([Project("a", 6), Project("b", 5)], [Ranking(("a", "b"))], 8)

    added = list(election.replace(ballots=with_supporters(election, 1, 4)).groups())

    assert (Ranking(("b",)), 4) in added


@pytest.mark.parametrize(("pot", "cost"), [(8, Change(3, False)), (9, Change(4, True))])
def test_a_pound_less_is_proved_to_be_the_least_that_would_do(pot, cost):
    election = Election([Project("a", 5), Project("b", 5)], [(Approval({"a"}), 2), Approval({"b"})], pot)

    found = explain(election, count(election, rule="greedy", ties=lexicographic()), "b")

    assert (found.extra_supporters, found.largest_cost) == (Change(2, False), cost)


def test_one_supporter_more_is_proved_to_be_the_least_that_would_do():
    election = Election([Project("a", 5), Project("b", 5)], [Approval({"a"}), Approval({"b"})], 9)

    found = explain(election, count(election, rule="greedy", ties=lexicographic()), "b")

    assert (found.reason, found.extra_supporters) == ("tie", Change(1, True))


def test_the_bounds_of_an_example():
    """A pot of £9 for three people: with five more £1.125 each, of which six would bring £6; with two £1.80, of three
    £5.40."""
    assert bounds(6, 1, 3, 9) == (2, 6)
    assert bounds(9, 1, 3, 9) is None


def test_too_few_votes_for_the_floor_can_be_helped_by_people_only():
    election = Election([Project("a", 5)], [Approval({"a"})], 9, minimum_score=3)

    found = explain(election, count(election, rule="greedy", ties=lexicographic()), "a")

    assert (found.reason, found.extra_supporters, found.largest_cost) == ("below_floor", Change(2, False), None)


def test_nothing_is_missing_where_a_conflict_decided():
    election = Election(
        [Project("a", 2), Project("b", 3)], [(Approval({"a"}), 2), Approval({"b"})], 9, conflicts=[("a", "b")]
    )

    found = explain(election, count(election, rule="greedy", ties=lexicographic()), "b")

    assert (found.reason, found.missing) == ("excluded_pair", 0)


def test_what_supporters_of_a_winner_paid_for_each_project():
    election = Election([Project("a", 4), Project("b", 3)], [(Approval({"a", "b"}), 2)], 10)

    found = explain(election, count(election, rule="equal-shares", ties=lexicographic()), "a")

    assert (found.went_to, found.kept) == ((("a", 4), ("b", 3)), 3)


def test_an_unknown_project_is_refused():
    election = Election([Project("a", 6)], [], 9)

    with pytest.raises(UnknownProject, match="the question"):
        explain(election, count(election, rule="greedy", ties=lexicographic()), "z")


@given(elections(kinds=("approval",), options=False))
@proof
def test_the_bounds_of_extra_supporters_hold(election):
    for p, project in enumerate(election.projects):
        if not election.num_voters or not project.cost:
            continue
        limits = bounds(project.cost, election.support[p], election.num_voters, election.budget_limit)
        if limits is None:
            assert project.cost >= election.budget_limit
            continue
        low, high = limits
        for extra, expected in ((low, False), (high, True)):
            changed = election.replace(ballots=with_supporters(election, p, extra)) if extra else election
            outcome = count(changed, rule="equal-shares", ties=lexicographic(), utility=UTILITIES["approval"][1])
            assert expected in {project.id in outcome.funded, expected if extra == 0 else None}


@given(st.integers(0, 50), st.integers(1, 80), st.integers(0, 79))
def test_the_search_ends_at_the_border(low, more, way):
    border = low + 1 + way % more

    assert least(lambda size: size >= border, low, low + more) == border


@given(st.integers(0, 50), st.integers(1, 80), st.integers(0, 79), st.integers(-5, 200), st.integers(0, 3))
def test_the_search_by_needs_ends_at_the_border(low, more, way, guess, wrong):
    border = low + 1 + way % more

    assert least_by_needs(lambda size: (size >= border, border + wrong), low, low + more, guess) == border


def test_a_search_by_needs_without_any_success_finds_nothing():
    assert least_by_needs(lambda size: (False, 0), 0, 40, 7) is None
    assert least_by_needs(lambda size: (True, size), 0, 2**200, 2**199) is None


def test_a_search_without_any_success_finds_nothing():
    assert least(lambda size: False, 0, 40) is None
    assert least(lambda size: False, 0, 1) is None
    assert least(lambda size: True, 0, 2**200) is None


@given(st.sets(st.integers(1, 60)), st.integers(1, 60))
def test_what_is_found_funds_and_one_less_does_not_also_where_more_is_not_better(enough, high):
    found = least(lambda size: size in enough, 0, high)

    assert found in enough | {None}
    assert found is None or found - 1 not in enough


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
def test_changes_of_a_real_election_are_true_of_recounts():
    election = read_pb(DATA / "Poland_Swiecie_2023.pb").election
    outcome = count(election, rule="equal-shares", ties=lexicographic())

    found = list(explain_losers(election, outcome))

    assert len(found) == len(outcome.not_funded)
    for explanation in found:
        assert explanation.extra_supporters
        assert explanation.largest_cost
        check_changes(election, outcome, lexicographic(), explanation)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
def test_every_loser_of_warszawa_has_its_changes():
    election = read_pb(DATA / "Poland_Warszawa_2024.pb").election
    what_if = WhatIf(Market.of(election, lexicographic()))

    assert all(what_if.extra_supporters(p) and what_if.largest_cost(p) for p in what_if.cost)


FILE = """META
key;value
budget;9
vote_type;approval
PROJECTS
project_id;cost
1;60
VOTES
voter_id;vote
a;
"""


def test_the_command_says_when_nothing_was_found(tmp_path, capsys):
    path = tmp_path / "small.pb"
    path.write_text(FILE)

    assert cli.main(["recount", str(path), "--rule", "greedy", "--explain", "1"]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == (
        "  no number of supporters and no cost was found with which it would be funded"
    )


def test_what_explanations_share_is_worked_out_once():
    election = Election([Project("a", 6), Project("b", 6)], [(Approval({"a"}), 2), Approval({"b"})], 9)
    explainer = Explainer(election, count(election, rule="equal-shares", ties=lexicographic()))

    explainer.explain("b")

    assert explainer.what_if is explainer.what_if
