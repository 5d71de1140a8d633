"""A worked example of a round's own rule, for the page that explains the count before voting: three projects, a hundred
people, in the round's currency. The engine counts it; nothing in it is typed but who picks what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pb.core.filters import number
from pb.results import sentences, tally
from pb.results.models import Count
from pb.results.report import PotReport, report
from pb.results.words import Say, _, say_for
from pb.rounds.models import Pot, Project, Round

POT = 10_000_00
VOTERS: Mapping[tuple[str, ...], int] = {("A", "B"): 50, ("A",): 10, ("C",): 40}
"""How many people choose what: most of those who want the playground want the lights too; others want the trees."""
COSTS: Mapping[tuple[str, str], tuple[int, int, int]] = {
    ("equal-shares", "add1"): (5_400_00, 1_000_00, 3_600_00),
    ("equal-shares", "none"): (6_000_00, 4_000_00, 4_000_00),
    ("greedy", "none"): (6_000_00, 5_000_00, 4_000_00),
}
"""Costs of A, B and C with which each way shows what it does: a rise, a share used up, a project passed over."""


@dataclass(frozen=True)
class Part:
    """One count of the example: its heading, the sentence before it, and each project with why it was funded or not."""

    heading: str
    lead: str
    lines: tuple[tuple[str, str, str, bool, str], ...]
    """Code, title, verdict, whether it is funded, why."""
    total: str


@dataclass(frozen=True)
class Example:
    projects: tuple[tuple[str, str, str], ...]
    """Code, title, cost."""
    voters: tuple[str, ...]
    parts: tuple[Part, ...]


def example_of(round: Round) -> Example | None:
    """The example for a round's rule and ballot; None for a rule that only an imported round has."""
    way = (round.rule, round.completion if round.rule == "equal-shares" else "none")
    if way not in COSTS:
        return None
    say, projects = say_for(round), _projects(COSTS[way])
    counts = [("none", "")] if way[1] == "none" else [("none", _("First")), ("add1", _("Then shares are raised"))]
    parts = [_part(_report(way, completion, round.ballot_kind), heading, say) for completion, heading in counts]
    return Example(
        tuple((project.code, project.title, say.money(project.cost)) for project in projects),
        tuple(_choice(codes, people, round.ballot_kind) for codes, people in VOTERS.items()),
        tuple(parts),
    )


def _projects(costs: tuple[int, int, int]) -> list[Project]:
    titles = {"A": _("Playground"), "B": _("Lights on the path"), "C": _("Trees in the square")}
    return [
        Project(id=n, pot_id=0, code=code, title=titles[code], cost=cost)
        for n, (code, cost) in enumerate(zip("ABC", costs, strict=True), start=1)
    ]


def _choice(codes: tuple[str, ...], people: int, kind: str) -> str:
    facts = {"people": number(people), "first": codes[0]}
    if len(codes) == 1:
        words = {
            "points": _("%(people)s people give all their points to %(first)s.", **facts),
            "ranking": _("%(people)s people rank only %(first)s.", **facts),
        }
        return words.get(kind, _("%(people)s people pick only %(first)s.", **facts))
    facts["second"] = codes[1]
    words = {
        "points": _("%(people)s people give half of their points to %(first)s and half to %(second)s.", **facts),
        "ranking": _("%(people)s people rank %(first)s first and %(second)s second.", **facts),
    }
    return words.get(kind, _("%(people)s people pick %(first)s and %(second)s.", **facts))


@cache
def _counted(way: tuple[str, str], completion: str, kind: str) -> tally.Tally:
    rule, _completion = way
    choices = {_ballot(codes, kind): people for codes, people in VOTERS.items()}
    projects = tuple(zip("ABC", COSTS[way], strict=True))
    return tally.run(tally.Task(0, kind, rule, completion, "cost_votes_id", POT, projects, choices))


def _ballot(codes: tuple[str, ...], kind: str) -> str:
    return json.dumps(dict.fromkeys(codes, 10 // len(codes)) if kind == "points" else list(codes))


def _report(way: tuple[str, str], completion: str, kind: str) -> PotReport:
    """The example laid out like any count, from rows that are never stored."""
    counted = _counted(way, completion, kind)
    count = Count(
        pot_id=0,
        pot=Pot(id=0, name="", amount=POT),
        rule=way[0],
        completion=completion,
        outcome_json=counted.outcome_json,
        facts=counted.facts,
    )
    return report(count, _projects(COSTS[way]))


def _part(report: PotReport, heading: str, say: Say) -> Part:
    lines = tuple(
        (line.code, line.project.title, sentences.verdict(line), line.is_funded, " ".join(why))
        for line in report.lines
        if (why := sentences.because(line, report, say))
    )
    lead = sentences.share(report, say) if report.outcome.endowment is not None else ""
    return Part(heading, lead, lines, sentences.total(report, say))
