"""What is worked out after a count, off the request: the same ballots counted other ways, and each project explained.

Nothing of it is certified or can change a result. It is kept piece by piece, so that a stopped study goes on where it
was; a new official count is studied anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import chain
from typing import Any

from sqlalchemy.exc import IntegrityError

from pb.core.db import committed, db, session
from pb.counting import Election, NotFunded, Outcome
from pb.counting.counterfactual import Change
from pb.counting.explain import Explainer
from pb.counting.explain import Explanation as Explained
from pb.results import errors, queries, service, tally, ways
from pb.results.models import Count, Explanation
from pb.rounds.models import Project, Round

LONGEST_SHARE = 2_000
"""An exact share of a large city can have thousands of digits; longer ones are told to a millionth of a penny only."""
Told = Callable[[int, int], None]
"""Called with how many pieces are done, and of how many."""


@dataclass(frozen=True)
class Subject:
    """One pot's official count as plain data, to be studied outside any transaction."""

    round_id: int
    count_id: int
    number: int
    task: tally.Task
    outcome: Outcome
    places: ways.Places

    @property
    def ways(self) -> tuple[ways.Way, ...]:
        return ways.ways_beside(ways.Way(self.task.rule, self.task.completion))

    @property
    def pieces(self) -> int:
        """Into how many pieces the study falls: ways, projects, and projects not funded."""
        return len(self.ways) + len(self.task.projects) + len(self.outcome.not_funded)

    @property
    def losers(self) -> list[str]:
        """Codes of projects not funded, the nearest to it first, so that the first answers are those most asked for."""
        return [loser.project for loser in sorted(self.outcome.not_funded, key=_distance)]


def _distance(loser: NotFunded) -> tuple[Fraction, int, str]:
    reached = Fraction(loser.available or 0, loser.cost or 1)
    return (-reached, -loser.support, loser.project)


def subjects_of(round: Round) -> list[Subject]:
    """The newest official count of each pot with its ballots.

    Raises: NotCounted; BallotsDiffer when the ballots are no longer those that were counted
    """
    counts = queries.official_counts(round.id)
    if not counts:
        raise errors.NotCounted
    tasks = queries.tasks_of(round, service.ties_of(round))
    places = places_of(round)
    for count, task in zip(counts, tasks, strict=True):
        if tally.ballots_sha256(task.choices) != count.ballots_sha256:
            raise errors.BallotsDiffer
    return [
        Subject(round.id, count.id, count.number, task, tally.outcome_of(count.outcome_json), places)
        for count, task in zip(counts, tasks, strict=True)
    ]


def places_of(round: Round) -> ways.Places:
    """Wards by name; an imported round has none of ours, so there the places of its file stand in."""
    projects = queries.projects_of(round.id)
    return ways.Places(
        wards={p.code: [name] for p in projects if (name := _area(round, p))},
        themes={p.code: [theme.strip() for theme in p.theme.split(",") if theme.strip()] for p in projects},
    )


def _area(round: Round, project: Project) -> str:
    if project.ward:
        return project.ward.name
    return project.place if round.imported_from else ""


# -- the work


def study(round_id: int, *, now: Callable[[], datetime], told: Told, longest: timedelta | None = None) -> bool:
    """Compare all pots, then explain their projects, keeping each piece at once. No lock is held while counting.

    longest: stop after the piece during which this time ran out; the next study goes on from there
    Raises:  NotCounted; BallotsDiffer
    Returns whether all is done.
    """
    subjects = subjects_of(session().get_one(Round, round_id))
    db.session.rollback()
    total = sum(subject.pieces for subject in subjects)
    ends = time.monotonic() + longest.total_seconds() if longest else None
    pieces = chain(*(_compared(subject, now) for subject in subjects), *(_explained(subject) for subject in subjects))
    for done, _piece in enumerate(pieces, start=1):
        told(done, total)
        if ends and time.monotonic() > ends and done < total:
            return False
    return True


def _compared(subject: Subject, now: Callable[[], datetime]) -> Iterator[None]:
    there = {(count.rule, count.completion) for count in queries.comparisons(subject.round_id, subject.number)}
    election = tally.election_of(subject.task)
    for way in subject.ways:
        counted = None if (way.rule, way.completion) in there else _compare(subject, election, way)
        if counted:
            _keep(_row(subject, counted, now()))
        yield


def _explained(subject: Subject) -> Iterator[None]:
    """First where everybody's shares went, which is quick; then what would have changed it, loser by loser."""
    there = {row.code: row.changes for row in queries.explanations(subject.count_id)}
    db.session.rollback()
    explainer = Explainer(tally.election_of(subject.task), subject.outcome)
    for code, _cost in subject.task.projects:
        if code not in there:
            money = money_of(explainer.explain(code, counterfactuals=False)) | {"share": _share(explainer, code)}
            _keep(Explanation(count_id=subject.count_id, code=code, money=money))
        yield
    for code in subject.losers:
        if there.get(code) is None:
            changes = changes_of(explainer.explain(code))
            with committed():
                session().get_one(Explanation, (subject.count_id, code)).changes = changes
        yield


def _compare(subject: Subject, election: Election, way: ways.Way) -> tally.Tally | None:
    return ways.compare(subject.task, election, way, subject.places)


def _row(subject: Subject, counted: tally.Tally, now: datetime) -> Count:
    return Count(
        round_id=subject.round_id,
        pot_id=subject.task.pot_id,
        number=subject.number,
        purpose="comparison",
        rule=counted.task.rule,
        completion=counted.task.completion,
        ballots=counted.ballots,
        ballots_sha256=counted.ballots_sha256,
        outcome_json=counted.outcome_json,
        outcome_sha256=counted.outcome_sha256,
        facts=counted.facts,
        engine=tally.engine_mark(),
        counted_at=now,
        counted_by=None,
    )


def _keep(row: Count | Explanation) -> None:
    """Keep one piece, unless another study running at the same time kept it first: it is the same."""
    try:
        with committed():
            session().add(row)
    except IntegrityError:
        return


def _share(explainer: Explainer, code: str) -> str | None:
    """What each supporter of a project funded by shares paid, exactly: "p/q" pence; None for all others."""
    bought = [step.project for step in explainer.outcome.steps if step.share is not None and step.action == "fund"]
    if not explainer.by_money or code not in bought:
        return None
    exact = explainer.shares.ledger.price_of_purchase(bought.index(code))
    text = f"{exact.numerator}/{exact.denominator}"
    return text if len(text) <= LONGEST_SHARE else None


def money_of(found: Explained) -> dict[str, Any]:
    """share: see `_share`; went_to: [code, pence] of funded projects its supporters' shares went to, largest first;
    kept: pence left over; effective_support: all its supporters' shares in full over its cost, "p/q". None where the
    rule knows no shares. rise: of the first rise of shares that was not made, if it would have paid for this project
    too: what each would have had, rounded down, and what all would have cost, in pence."""
    support, rise = found.effective_support, found.rise
    return {
        "went_to": [list(paid) for paid in found.went_to],
        "kept": found.kept,
        "effective_support": None if support is None else f"{support.numerator}/{support.denominator}",
        "rise": None if rise is None else {"share": int(rise.share), "spent": rise.spent},
    }


def changes_of(found: Explained) -> dict[str, Any]:
    """extra_supporters: how many more; largest_cost: pence at which it would be funded; each with `proved`, whether
    all smaller changes are ruled out. None: nothing found. Every one was confirmed by counting again."""
    return {"extra_supporters": _change(found.extra_supporters), "largest_cost": _change(found.largest_cost)}


def _change(change: Change | None) -> dict[str, Any] | None:
    return None if change is None else {"amount": change.amount, "proved": change.proved}
