"""The count tried with made-up votes before the box is opened. Nothing of it is stored, so it cannot be mixed up.

The same number of votes and the same start give the same made-up votes, so that two people see the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from pb.results import errors, queries, service, tally
from pb.results.models import Count
from pb.results.report import PotReport, report
from pb.rounds.choices import LOTS
from pb.rounds.models import Pot, Project, Round

SIZES = (50, 200, 1_000)
MADE_UP_LOT = "a made-up lot, for trying the count only"
EMPTY_VOTES = 0.02


@dataclass(frozen=True)
class Rehearsal:
    """is_same: counted twice, byte for byte the same."""

    ballots: int
    start: int
    pots: tuple[PotReport, ...]
    is_same: bool


def rehearse(round: Round, *, ballots: int, start: int) -> Rehearsal:
    """Make up votes on the frozen ballot and count them by the round's own rule, twice.

    Raises: NotFrozenYet before there is a list of projects; BoxOpened once there are real votes to count
    """
    if service.is_open(round):
        raise errors.BoxOpened
    if round.frozen_at is None:
        raise errors.NotFrozenYet
    projects = queries.projects_of(round.id)
    tasks = [_task(round, pot, projects, ballots, start) for pot in round.pots]
    first, again = ([tally.run(task) for task in tasks] for _time in range(2))
    is_same = [one.outcome_sha256 for one in first] == [one.outcome_sha256 for one in again]
    pots = (_report(pot, one, projects) for pot, one in zip(round.pots, first, strict=True))
    return Rehearsal(ballots, start, tuple(pots), is_same)


def _task(round: Round, pot: Pot, projects: Sequence[Project], ballots: int, start: int) -> tally.Task:
    mine = [project for project in projects if project.pot_id == pot.id and not project.withdrawn_at]
    return tally.Task(
        pot_id=pot.id,
        kind=round.ballot_kind,
        rule=round.rule,
        completion=round.completion,
        ties=f"{round.tie_rule}:{MADE_UP_LOT}" if round.tie_rule in LOTS else round.tie_rule,
        amount=pot.amount,
        projects=tuple((project.code, project.cost) for project in mine),
        choices=made_up(round, pot.amount, mine, ballots, f"{start}-{pot.position}"),
        options=queries.options_of(round),
    )


def made_up(round: Round, amount: int, projects: Sequence[Project], ballots: int, start: str) -> dict[str, int]:
    """Ballots as canonical JSON → how many; some projects are liked by far more people than others."""
    chance = Random(start)  # noqa: S311 -- made-up votes must be the same for everybody
    liked = {project.code: chance.random() ** 2 + 0.05 for project in projects}
    votes: Counter[str] = Counter()
    for _voter in range(ballots):
        wanted = sorted(liked, key=lambda code: chance.random() ** (1 / liked[code]), reverse=True)
        most = min(round.max_picks or len(wanted), len(wanted))
        picks = [] if chance.random() < EMPTY_VOTES else wanted[: chance.randint(1, max(most, 1))]
        votes[_ballot(round, amount, projects, picks, chance)] += 1
    return dict(votes)


def _ballot(round: Round, amount: int, projects: Sequence[Project], picks: list[str], chance: Random) -> str:
    choices: Any = sorted(picks)
    if round.ballot_kind == "ranking":
        choices = picks
    elif round.ballot_kind == "points":
        given = Counter(chance.choice(picks) for _point in range(round.points_total)) if picks else Counter[str]()
        choices = dict(sorted(given.items()))
    elif round.ballot_kind == "knapsack":
        choices = sorted(_that_fit(picks, {project.code: project.cost for project in projects}, amount))
    return json.dumps(choices, separators=(",", ":"))


def _that_fit(picks: Sequence[str], cost: dict[str, int], amount: int) -> list[str]:
    kept: list[str] = []
    for code in picks:
        if sum(cost[other] for other in kept) + cost[code] <= amount:
            kept.append(code)
    return kept


def _report(pot: Pot, counted: tally.Tally, projects: Sequence[Project]) -> PotReport:
    """Laid out like any count, from a row that is never stored."""
    count = Count(
        pot_id=pot.id,
        rule=counted.task.rule,
        completion=counted.task.completion,
        outcome_json=counted.outcome_json,
        facts=counted.facts,
    )
    return report(count, projects, pot=pot)
