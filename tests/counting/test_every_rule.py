"""Every rule in every variant: what its textbook version funds, and nothing else, whatever must not matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import (
    RULES,
    Election,
    Outcome,
    Profile,
    Project,
    TargetOutOfReach,
    TieRefused,
    TieRule,
    count,
    refuse,
)
from pb.counting.model import runs
from tests.counting import textbook, textbook_rules
from tests.counting.strategies import TIES, UTILITIES, a_quarter, elections, fine, proof

VARIANTS = [(name, completion) for name, rule in RULES.items() for completion in rule.completions or (None,)]
NAMES = [" ".join(filter(None, variant)) for variant in VARIANTS]
OF_SETS = ("phragmen", "phragmen-skip", "maximin-support")
# Whose outcome depends on what one currency unit is worth, so on how many people share the pot.
BY_UNITS = ("add1", "add1-exhaustive", "add1-greedy", "comparison")

Variant = tuple[str, str | None]


class Expected(NamedTuple):
    """What is funded (a list where the order counts), the ties met (or whether any), and the shares of Equal Shares."""

    funded: list[str] | set[str]
    met: list[tuple[str, ...]] | bool
    endowment: Fraction | None = None


Run = Callable[[Election, TieRule, str], Expected | None]


# -- the textbook, by variant


def greedily(**how: bool) -> Run:
    return lambda election, ties, _: Expected(
        textbook.greedy(election, ties, **how), textbook.greedy_is_tied(election, **how)
    )


def shared(election: Election, ties: TieRule, utility: str) -> Expected:
    funded, met, _ = textbook.equal_shares(election, ties, utility)
    return Expected(funded, met, Fraction(election.budget_limit, sum(n for _, n in election.groups()) or 1))


def raised(*, exhaustive: bool = False) -> Run:
    def run(election: Election, ties: TieRule, utility: str) -> Expected:
        funded, endowment = textbook.add1(election, ties, utility, exhaustive=exhaustive)
        return Expected(funded, textbook.equal_shares(election, ties, utility, endowment)[1], endowment)

    return run


def completed(first: Run) -> Run:
    def run(election: Election, ties: TieRule, utility: str) -> Expected:
        funded, met, endowment = first(election, ties, utility)
        tied = bool(met) or textbook.greedy_is_tied(election, funded=tuple(funded))
        return Expected(textbook.greedy(election, ties, funded=tuple(funded)), tied, endowment)

    return run


def compared(election: Election, ties: TieRule, utility: str) -> Expected:
    funded, for_greedy, for_shares = textbook.comparison(election, ties, utility)
    chosen = greedily() if for_greedy > for_shares else raised()
    return chosen(election, ties, utility)._replace(funded=funded)


def by_loads(*, stops: bool) -> Run:
    return lambda election, ties, _: Expected(*textbook_rules.phragmen(election, ties, stops=stops))


def by_support(election: Election, ties: TieRule, _: str) -> Expected:
    funded, _, met = textbook_rules.maximin_support(election, ties)
    return Expected(funded, met)


def best(election: Election, ties: TieRule, _: str) -> Expected:
    chosen, equally_good = textbook_rules.max_welfare(election, ties)
    return Expected(chosen, equally_good > 1)


def least(election: Election, ties: TieRule, _: str) -> Expected | None:
    found = textbook_rules.least_harm(election, ties)
    return found and Expected(found[0], found[1] > 1)


TEXTBOOK: dict[Variant, Run] = {
    ("greedy", None): greedily(),
    ("greedy-no-skip", None): greedily(skip=False),
    ("greedy-threshold", None): greedily(),
    ("greedy-exclusive", None): greedily(),
    ("greedy-per-cost", None): greedily(per_cost=True),
    ("equal-shares", "none"): shared,
    ("equal-shares", "add1"): raised(),
    ("equal-shares", "add1-exhaustive"): raised(exhaustive=True),
    ("equal-shares", "greedy"): completed(shared),
    ("equal-shares", "add1-greedy"): completed(raised()),
    ("equal-shares", "comparison"): compared,
    ("phragmen", None): by_loads(stops=True),
    ("phragmen-skip", None): by_loads(stops=False),
    ("maximin-support", None): by_support,
    ("max-welfare", None): best,
    ("least-harm", None): least,
}


# -- elections a rule applies to


@st.composite
def cases(draw: st.DrawFn, variant: Variant) -> tuple[Election, str | None]:
    kinds = ("approval", "knapsack") if variant[0] in OF_SETS else tuple(UTILITIES)
    election = draw(elections(kinds=kinds))
    if variant[0] == "greedy-threshold":
        election = election.replace(minimum_score=election.minimum_score or draw(st.integers(1, 6)))
    if variant[0] == "greedy-exclusive" and not election.conflicts:
        projects = [*election.projects, Project("y", 3), Project("z", 5)]
        election = election.replace(projects=projects, conflicts=[("y", draw(st.sampled_from(projects[:-2])).id)])
    if draw(st.sampled_from([False, False, True])):
        election = draw(fine(election))
    utility = draw(st.sampled_from(UTILITIES[election.profile.kind])) if RULES[variant[0]].utilities else None
    return election, utility


def counted(variant: Variant, election: Election, ties: TieRule, utility: str | None) -> Outcome | type[Exception]:
    try:
        return count(election, rule=variant[0], completion=variant[1], ties=ties, utility=utility)
    except (TargetOutOfReach, TieRefused) as error:
        return type(error)


def funded(outcome: Outcome | type[Exception]) -> object:
    return outcome.funded if isinstance(outcome, Outcome) else outcome


def whole(outcome: Outcome, election: Election, variant: Variant, ties: TieRule) -> None:
    """What is told is true: the count, its steps, why others were not funded; and it survives JSON."""
    assert (outcome.rule, dict(outcome.parameters).get("completion"), outcome.ties) == (*variant, ties.label)
    assert (outcome.budget_limit, outcome.minor_units) == (election.budget_limit, election.minor_units)
    assert {(tie.rule, tie.chosen in tie.among) for tie in outcome.ties_met} <= {(ties.name, True)}
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome
    true_steps(outcome, election)
    true_reasons(outcome, election)
    assert outcome.rule == "least-harm" or outcome.spent <= election.budget_limit
    assert not any(pair <= set(outcome.funded) for pair in election.conflicts)


def true_steps(outcome: Outcome, election: Election) -> None:
    cost, votes = {p.id: p.cost for p in election.projects}, textbook.supporters(election)
    score, left = textbook.scores(election), election.budget_limit
    for number, step in enumerate(outcome.steps, start=1):
        left -= cost[step.project] if step.action in {"fund", "complete"} else 0
        assert (step.number, step.cost, step.support) == (number, cost[step.project], votes[step.project])
        assert (step.remaining, step.score) in {(left, None), (left, score[step.project])}
    assert [s.project for s in outcome.steps if s.action in {"fund", "complete"}] == list(outcome.funded)
    assert (outcome.spent, outcome.remaining) == (election.budget_limit - left, left)
    assert all(1 <= tie.step <= len(outcome.steps) for tie in outcome.ties_met)


def true_reasons(outcome: Outcome, election: Election) -> None:
    """Every loser has one reason; those from before the count are what the options say, of the others no such one."""
    cost, votes, score = (
        {p.id: p.cost for p in election.projects},
        textbook.supporters(election),
        textbook.scores(election),
    )
    saving = outcome.rule == "least-harm"
    lost = {loser.project: loser for loser in outcome.not_funded}
    assert sorted([*outcome.funded, *lost]) == sorted(cost)
    for p, loser in lost.items():
        assert outcome.reason(p) is loser
        assert (loser.cost, loser.support) == (cost[p], votes[p])
        assert set(dict(loser.rivals)) <= set(outcome.funded)
        conflict = textbook.rivals(election, p) & set(outcome.funded)
        before = {
            "withdrawn": p in election.withdrawn,
            "no_support": not votes[p] and not saving,
            "below_floor": score[p] < election.minimum_score and not saving,
        }
        if any(before.values()):
            assert loser.reason == next(reason for reason, true in before.items() if true)
        else:
            # By this utility the last of a ranking is worth nothing, and picked by nobody else not supported.
            assert loser.reason not in before or ("utility", "borda-pabutools") in outcome.parameters
            assert loser.reason != "excluded_pair" or set(dict(loser.rivals)) <= conflict
    for p in outcome.funded:
        assert outcome.reason(p) is None


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_funds_what_the_textbook_funds(variant):
    @given(cases(variant), st.sampled_from([*TIES, refuse()]))
    @proof
    def agrees(case, ties):
        election, utility = case
        outcome = counted(variant, election, ties, utility)
        try:
            expected = TEXTBOOK[variant](election, ties, utility or UTILITIES[election.profile.kind][0])
        except TieRefused:
            assert outcome is TieRefused
            return
        if expected is None:
            assert outcome is TargetOutOfReach
            return
        assert isinstance(outcome, Outcome)
        assert type(expected.funded)(outcome.funded) == expected.funded
        met = [tie.among for tie in outcome.ties_met]
        assert (met if isinstance(expected.met, list) else bool(met)) == expected.met
        assert outcome.endowment == expected.endowment
        if isinstance(expected.funded, set):
            score, rank = textbook.scores(election), textbook.ranks(election, ties)
            best_first = -1 if variant[0] == "max-welfare" else 1
            assert list(outcome.funded) == sorted(outcome.funded, key=lambda p: (best_first * score[p], rank[p]))
        whole(outcome, election, variant, ties)

    agrees()


# -- what must not matter


def check(variant, change):
    """That an election and the same one changed fund the same, in the same order, for the same reasons."""

    @given(cases(variant), st.sampled_from(TIES), st.data())
    @a_quarter
    def agrees(case, ties, data):
        election, utility = case
        changed = change(election, data)
        one, other = (counted(variant, some, ties, utility) for some in (election, changed))
        assert funded(one) == funded(other)
        if isinstance(one, Outcome):
            reasons = [{loser.project: loser.reason for loser in some.not_funded} for some in (one, other)]
            assert reasons[0] == reasons[1]

    agrees()


def scaled(election, money, people=1):
    """Costs and pot times `money`, ballots (and the least score) times `people`; a unit stays what it is."""
    return election.replace(
        projects=[Project(p.id, money * p.cost) for p in election.projects],
        ballots=[(ballot, people * weight) for ballot, weight in election.groups()],
        budget_limit=money * election.budget_limit,
        minimum_score=people * election.minimum_score,
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_the_order_of_projects_and_ballots_does_not_matter(variant):
    check(
        variant,
        lambda election, data: election.replace(
            projects=data.draw(st.permutations(election.projects)),
            ballots=data.draw(st.permutations(list(election.groups()))),
        ),
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_the_unit_of_money_does_not_matter(variant):
    def change(election, data):
        factor = data.draw(st.integers(2, 9))
        return scaled(election, factor).replace(minor_units=factor * election.minor_units)

    check(variant, change)


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_a_larger_town_with_as_much_more_money_does_not_matter(variant):
    def change(election, data):
        factor = data.draw(st.integers(2, 5))
        return scaled(election, factor, people=factor)

    check(variant, change)


ANY_SIZE = [variant for variant in VARIANTS if variant[1] not in BY_UNITS]


@pytest.mark.parametrize("variant", ANY_SIZE, ids=[" ".join(filter(None, variant)) for variant in ANY_SIZE])
def test_every_ballot_several_times_does_not_matter(variant):
    check(variant, lambda election, data: scaled(election, 1, people=data.draw(st.integers(2, 5))))


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_how_equal_ballots_are_grouped_does_not_matter(variant):
    @given(cases(variant), st.sampled_from(TIES), st.randoms(use_true_random=False))
    @a_quarter
    def agrees(case, ties, random):
        election, utility = case
        one, other = (
            counted(variant, some, ties, utility)
            for some in (election, election.replace(ballots=split(election, random)))
        )
        assert one == other

    agrees()


def split(election, random) -> Profile:
    """The same ballots with most groups in two parts."""
    old = election.profile
    first = [random.randint(1, weight) for weight in old.weights.tolist()]
    parts = [(g, n) for g, weight in enumerate(old.weights.tolist()) for n in (first[g], weight - first[g]) if n]
    groups = np.array([g for g, _ in parts], np.int64)
    lengths = np.diff(old.starts)[groups]
    entries = runs(old.starts[groups], lengths)
    weights = np.array([n for _, n in parts], np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return Profile(old.kind, weights, starts, old.picks[entries], old.values[entries])
