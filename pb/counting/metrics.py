"""What an outcome means for people: how many got something they picked, how much, and how evenly. All exact.

>>> from pb.counting import Approval, Election, Project
>>> election = Election(
...     [Project("bench", 30_00), Project("trees", 60_00), Project("stage", 80_00)],
...     [Approval({"bench", "trees"}), Approval({"trees"}), Approval({"stage"})],
...     100_00,
... )
>>> found = metrics(election, ["bench", "trees"])
>>> found.with_none, found.picks_funded, found.exclusion_ratio
(1, (1, 1, 1), Fraction(1, 3))
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from pb.counting.errors import RuleDoesNotApply, TargetOutOfReach, TieRefused, TooManySets, UnknownProject
from pb.counting.model import Election, Ints, Profile
from pb.counting.outcome import Outcome
from pb.counting.rules import count
from pb.counting.ties import TieRule


@dataclass(frozen=True, slots=True)
class Metrics:
    """Facts about one outcome, in the order in which they are shown everywhere. Money in minor units.

    A *pick* is a project somebody approved, ranked, or gave points to.

    with_any, with_none: people with at least one, or no, pick funded; a person with an empty ballot has none
    average_picks:       funded picks per person
    exclusion_ratio:     with_none as a part of all people
    picks_funded:        [k] is how many people have exactly k picks funded
    approved_money:      the part of the pot that goes to a person's picks, averaged over people
    gini:                of the money that goes to each person's picks: 0 all have the same, near 1 one has all
    cheapest, dearest:   costs of funded projects, None if nothing is funded
    """

    funded: int
    spent: int
    budget_limit: int
    voters: int
    with_any: int
    with_none: int
    average_picks: Fraction
    exclusion_ratio: Fraction
    picks_funded: tuple[int, ...]
    approved_money: Fraction
    gini: Fraction
    cheapest: int | None
    dearest: int | None
    average_cost: Fraction | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data: fractions as "p/q"."""
        return {name: _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Slice:
    """One category or ward: its part of the picks and of the money spent. A project in several counts in equal parts.

    picks, money: as parts of all picks and of all money spent; `cost` is the whole cost of its funded projects' parts
    """

    name: str
    projects: int
    funded: int
    picks: Fraction
    money: Fraction
    cost: Fraction


def metrics(election: Election, funded: Collection[str]) -> Metrics:
    """Measure an outcome. With nobody, or no money, every ratio is 0. Raises: UnknownProject

    Source: pabutools (Gini, with cost satisfaction) and Pabulib's exclusion ratio, where names agree
    """
    positions = positions_of(election, funded)
    costs = [election.costs[p] for p in positions]
    picks = _values_received(election, positions, dict.fromkeys(positions, 1))
    money = _values_received(election, positions, dict(zip(positions, costs, strict=True)))
    voters, weights = election.num_voters, election.profile.weights
    histogram = _histogram(picks, weights)
    received = sum(value * people for value, people in _tally(money, weights))
    return Metrics(
        funded=len(costs),
        spent=sum(costs),
        budget_limit=election.budget_limit,
        voters=voters,
        with_any=voters - histogram[0],
        with_none=histogram[0],
        average_picks=ratio(sum(k * people for k, people in enumerate(histogram)), voters),
        exclusion_ratio=ratio(histogram[0], voters),
        picks_funded=histogram,
        approved_money=ratio(received, voters * election.budget_limit),
        gini=gini(_tally(money, weights)),
        cheapest=min(costs, default=None),
        dearest=max(costs, default=None),
        average_cost=Fraction(sum(costs), len(costs)) if costs else None,
    )


def spread(election: Election, funded: Collection[str], of: Mapping[str, Sequence[str]]) -> tuple[Slice, ...]:
    """Picks and money by category or ward, sorted by name.

    of: project id → the categories (or the ward) it belongs to; projects without any are left out of the sums
    Raises: UnknownProject
    """
    won = set(positions_of(election, funded))
    names = {project.id: sorted(set(of.get(project.id, ()))) for project in election.projects}
    mine = {
        name: [p for p in names if name in names[p]] for name in sorted({n for some in names.values() for n in some})
    }

    def part(projects: Iterable[str], amounts: Sequence[int]) -> Fraction:
        return sum((Fraction(amounts[election.position[p]], len(names[p])) for p in projects), Fraction(0))

    spent = [cost if p in won else 0 for p, cost in enumerate(election.costs)]
    named = [p for p in names if names[p]]
    all_picks = sum(election.support[election.position[p]] for p in named)
    all_spent = sum(spent[election.position[p]] for p in named)
    return tuple(
        Slice(
            name,
            len(projects),
            sum(election.position[p] in won for p in projects),
            ratio(part(projects, election.support), all_picks),
            ratio(part(projects, spent), all_spent),
            part(projects, spent),
        )
        for name, projects in mine.items()
    )


# -- comparing rules


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule with its parameters, as a column of a comparison."""

    rule: str
    completion: str | None = None
    utility: str | None = None

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.rule, self.completion, self.utility)))


@dataclass(frozen=True, slots=True)
class Column:
    """One rule's outcome and what it means; or, if it cannot count this election, why."""

    label: str
    outcome: Outcome | None = None
    metrics: Metrics | None = None
    problem: str = ""


USUAL = (
    Variant("greedy"),
    Variant("greedy-per-cost"),
    Variant("equal-shares", "none"),
    Variant("equal-shares", "add1"),
    Variant("phragmen"),
    Variant("max-welfare"),
)


def compare(election: Election, rules: Iterable[Variant | str] = USUAL, *, ties: TieRule) -> tuple[Column, ...]:
    """Count by several rules, side by side, in the order given. A rule that cannot count these ballots says so.

    rules: names of rules, or `Variant`s with a completion or a utility
    Raises: UnknownRule
    """
    variants = [Variant(rule) if isinstance(rule, str) else rule for rule in rules]
    return tuple(_column(election, variant, ties) for variant in variants)


def _column(election: Election, variant: Variant, ties: TieRule) -> Column:
    try:
        outcome = count(election, rule=variant.rule, ties=ties, completion=variant.completion, utility=variant.utility)
    except (RuleDoesNotApply, TieRefused, TooManySets, TargetOutOfReach) as error:
        return Column(variant.label, problem=str(error))
    return Column(variant.label, outcome, metrics(election, outcome.funded))


# -- sums


def positions_of(election: Election, projects: Iterable[str]) -> list[int]:
    """Positions of project ids, each once. Raises: UnknownProject"""
    found = dict.fromkeys(projects)
    for project in found:
        if project not in election.position:
            raise UnknownProject(project, "the outcome")
    return [election.position[project] for project in found]


def picked(profile: Profile) -> Ints:
    """By entry: 1 for a pick, 0 for zero points."""
    return (profile.values > 0).astype(np.int64) if profile.kind == "points" else np.ones_like(profile.values)


def ratio(part: Fraction | int, whole: Fraction | int) -> Fraction:
    """A part of a whole; of nothing, 0."""
    return Fraction(part) / whole if whole else Fraction(0)


def _values_received(election: Election, positions: Sequence[int], worth: Mapping[int, int]) -> Ints:
    """By group: the summed worth of one voter's funded picks."""
    profile = election.profile
    value = np.zeros(len(election.projects), np.int64)
    for p in positions:
        value[p] = worth[p]
    total = np.zeros(len(profile.weights), np.int64)
    np.add.at(total, profile.group_of_entry, value[profile.picks] * picked(profile))
    return total


def _tally(values: Ints, weights: Ints) -> list[tuple[int, int]]:
    """Distinct values, ascending, with how many people have each."""
    distinct, place = np.unique(values, return_inverse=True)
    people = np.zeros(len(distinct), np.int64)
    np.add.at(people, place, weights)
    return list(zip(distinct.tolist(), people.tolist(), strict=True))


def _histogram(values: Ints, weights: Ints) -> tuple[int, ...]:
    counts = dict(_tally(values, weights))
    return tuple(counts.get(k, 0) for k in range(max(counts, default=0) + 1))


def gini(tally: Sequence[tuple[int, int]]) -> Fraction:
    """The Gini coefficient of ascending (value, people) pairs: mean difference over twice the mean; 0 if all are 0."""
    people = sum(number for _, number in tally)
    total = sum(value * number for value, number in tally)
    if not total:
        return Fraction(0)
    before, ranked = 0, 0
    for value, number in tally:
        # Those with equal values take the ranks before + 1 … before + number.
        ranked += value * (number * before + number * (number + 1) // 2)
        before += number
    return Fraction(2 * ranked, people * total) - Fraction(people + 1, people)


def _plain(value: Any) -> Any:
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else value
