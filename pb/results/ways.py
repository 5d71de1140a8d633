"""Other ways to count the same ballots: which ones, and what each would have meant. Plain data, no words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pb.counting import CountingError, Election
from pb.counting.metrics import Slice, metrics, spread
from pb.counting.representation import Violation, ejr_plus
from pb.results import tally


@dataclass(frozen=True)
class Way:
    """A rule with its completion: what a count can be made by."""

    rule: str
    completion: str = "none"


USUAL = (
    Way("equal-shares", "add1"),
    Way("equal-shares", "none"),
    Way("greedy"),
    Way("greedy-per-cost"),
    Way("phragmen"),
    Way("max-welfare"),
)
"""Always in this order, so that pages can be compared with each other."""


def ways_beside(official: Way) -> tuple[Way, ...]:
    """The official way first, then the usual ones. One kind of Equal Shares with raised shares is enough."""
    same = {official}
    if official.rule == "equal-shares" and official.completion != "none":
        same.add(USUAL[0])
    if official.rule.startswith("greedy") and official.rule != "greedy-per-cost":
        same.add(Way("greedy"))
    return (official, *(way for way in USUAL if way not in same))


@dataclass(frozen=True)
class Places:
    """To which ward and which themes each project belongs, by code. Projects of no ward are in none."""

    wards: Mapping[str, Sequence[str]]
    themes: Mapping[str, Sequence[str]]


def compare(task: tally.Task, election: Election, way: Way, places: Places) -> tally.Tally | None:
    """Count once more, another way; None if it cannot count such ballots. `facts` is described in `facts_of`.

    election: that of the task, made once for all ways
    """
    completion = way.completion if way.rule == "equal-shares" else "none"
    asked = replace(task, rule=way.rule, completion=completion)
    try:
        counted = tally.run_on(election, asked)
    except CountingError:
        return None
    return replace(counted, facts=counted.facts | facts_of(election, counted.outcome.funded, places))


def facts_of(election: Election, funded: Sequence[str], places: Places) -> dict[str, Any]:
    """What an outcome means for people, as pages compare it; added to `tally.facts_of`.

    codes: of funded projects, in order; funded, spent, cheapest, dearest, average_cost: their number, and pence;
    with_none: people without a funded pick; average_picks: funded picks a person, "p/q"; wards, themes: name, projects,
    funded, and their part of the money, "p/q"; left_short: projects whose supporters could have paid for them out of
    their part of the pot and who got less (EJR+ up to any project), with how many they are; None if not checkable
    """
    found = metrics(election, funded).to_json()
    kept = ("funded", "spent", "with_none", "average_picks", "cheapest", "dearest", "average_cost")
    return {name: found[name] for name in kept} | {
        "codes": list(funded),
        "wards": _slices(spread(election, funded, places.wards)),
        "themes": _slices(spread(election, funded, places.themes)),
        "left_short": _left_short(election, funded),
    }


def _slices(slices: Sequence[Slice]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "projects": one.projects, "funded": one.funded, "money": _ratio(one.money)} for one in slices
    ]


def _left_short(election: Election, funded: Sequence[str]) -> list[dict[str, Any]] | None:
    try:
        return [_violation(one) for one in ejr_plus(election, funded, up_to="any")]
    except CountingError:
        return None


def _violation(one: Violation) -> dict[str, Any]:
    return {"project": one.project, "voters": one.voters, "entitled": one.entitled, "cost": one.cost}


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
