"""A count as its pages show it: each project with the step that decided, in an order a reader expects. No sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pb.counting import NotFunded, Outcome, Step
from pb.results.models import Count
from pb.results.secrecy import FEWEST_BALLOTS
from pb.results.tally import outcome_of
from pb.rounds.models import Pot, Project
from pb.voting.models import Turnout

CLOSE = 3
"""How many projects are named as having come close."""
NEAR_PERCENT = 50
FEWEST = 10
"""Groups of fewer people are not shown."""


@dataclass(frozen=True)
class Line:
    """One project in the result of its pot. Money in pence.

    step: the step that funded it (or, by most votes, that passed it over); place: 1 for the first funded, then on
    bar:  picks as a whole percentage of the most picked project of the pot, for drawing only
    left: the money there was for it and was not enough: of Equal Shares what its supporters had when the count ended
          (`ended`), in counts of early versions when it was decided; None where that would tell of a few people
    """

    project: Project
    place: int
    support: int
    bar: int
    score: int | None
    step: Step | None
    lost: NotFunded | None
    left: int | None = None
    ended: bool = False

    @property
    def is_funded(self) -> bool:
        return self.lost is None

    @property
    def code(self) -> str:
        return self.project.code

    @property
    def short_by(self) -> int | None:
        """How much money was missing, where it is known what was there."""
        return None if self.left is None else max(self.project.cost - self.left, 0)

    @property
    def reached(self) -> int | None:
        """The money there was, as a whole percentage of the cost, rounded down."""
        if self.left is None or not self.project.cost:
            return None
        return min(self.left * 100 // self.project.cost, 99)

    @property
    def differs(self) -> bool:
        """For an imported round: its source says otherwise."""
        return self.project.published_funded is not None and self.project.published_funded != self.is_funded


@dataclass(frozen=True)
class PotReport:
    """One pot: its count, its outcome as data, its projects."""

    pot: Pot
    count: Count
    outcome: Outcome
    lines: tuple[Line, ...]

    @property
    def funded(self) -> list[Line]:
        return [line for line in self.lines if line.is_funded]

    @property
    def not_funded(self) -> list[Line]:
        return [line for line in self.lines if not line.is_funded]

    @property
    def came_close(self) -> list[Line]:
        """The nearest losers: of Equal Shares by money, half the cost at least; of rules that go by picks, by picks."""
        near = [line for line in self.not_funded if line.lost and line.lost.reason in NEAR]
        if self.goes_by_money:
            near = [line for line in near if (line.reached or 0) >= NEAR_PERCENT]
        return sorted(near, key=self._distance)[:CLOSE]

    @property
    def goes_by_money(self) -> bool:
        """Equal Shares asks whether supporters can pay; other rules whose turn it is."""
        return self.outcome.rule == "equal-shares"

    def closeness(self, line: Line) -> int:
        """What the bar of a near loser draws: how much of its cost was there, or its picks."""
        return line.reached or 0 if self.goes_by_money else line.bar

    def _distance(self, line: Line) -> tuple[object, ...]:
        return (-(line.reached or 0) if self.goes_by_money else 0, -(line.score or 0), -line.support, line.code)

    @property
    def hides_few(self) -> bool:
        """Whether its ballots are too few to be published, so that sums of money must not tell of a handful of people.

        The ballots of an imported round were public before.
        """
        return hides_few(self.pot, self.voters)

    def rivals_told(self, line: Line) -> tuple[tuple[str, int], ...]:
        """The projects to which a loser's supporters had given their shares, with the sums, as far as that may be told.

        Nobody pays more than one share, so a sum of ten shares is of ten people at least.
        """
        rivals = line.lost.rivals if line.lost else ()
        if line.lost and line.lost.reason in ("excluded_pair", "tie"):
            return rivals
        if line.support < FEWEST:
            return ()
        least = FEWEST * (self.outcome.endowment or 0) if self.hides_few else 0
        return tuple((code, paid) for code, paid in rivals if paid >= least)

    @cached_property
    def titles(self) -> dict[str, str]:
        return {line.code: line.project.title for line in self.lines}

    def line(self, code: str) -> Line | None:
        return next((line for line in self.lines if line.code == code), None)

    @property
    def voters(self) -> int:
        return int(self.count.facts["voters"])

    @property
    def differences(self) -> list[Line]:
        return [line for line in self.lines if line.differs]

    @property
    def published(self) -> int | None:
        """How many projects the source of an imported round says were funded; None if it does not say."""
        said = [line.project.published_funded for line in self.lines if line.project.published_funded is not None]
        return sum(said) if said else None


NEAR = frozenset({"shares_already_used", "too_few_for_cost", "does_not_fit", "after_stop", "tie", "not_best"})


def hides_few(pot: Pot, voters: int) -> bool:
    return voters < FEWEST_BALLOTS and not (pot.round and pot.round.imported_from)


def _left(loser: NotFunded, ended: int | None, *, hides: bool) -> int | None:
    """Of a few supporters in a small pot it would tell what they had also picked."""
    if hides and loser.reason == "shares_already_used" and loser.support < FEWEST:
        return None
    return loser.available if ended is None else ended


def report(count: Count, projects: Sequence[Project], *, pot: Pot | None = None) -> PotReport:
    """Read a kept count back and lay it out beside the pot's projects. pot: that of a count which is never stored."""
    outcome = outcome_of(count.outcome_json)
    mine = {project.code: project for project in projects if project.pot_id == count.pot_id}
    steps = {step.project: step for step in outcome.steps}
    lost = {loser.project: loser for loser in outcome.not_funded}
    order = [*outcome.funded, *(loser.project for loser in sorted(outcome.not_funded, key=_by_support))]
    support = {code: (lost[code] if code in lost else steps[code]).support for code in order}
    most = max(support.values(), default=0) or 1
    scores: Mapping[str, int] = count.facts.get("scores", {})
    ended: Mapping[str, int] = count.facts.get("left", {})
    hides = hides_few(pot or count.pot, int(count.facts["voters"]))
    lines = tuple(
        Line(
            project=mine[code],
            place=place,
            support=support[code],
            bar=support[code] * 100 // most,
            score=scores.get(code),
            step=steps.get(code),
            lost=lost.get(code),
            left=_left(lost[code], ended.get(code), hides=hides) if code in lost else None,
            ended=code in lost and code in ended,
        )
        for place, code in enumerate(order, start=1)
    )
    return PotReport(pot or count.pot, count, outcome, lines)


def _by_support(loser: NotFunded) -> tuple[int, int, str]:
    return (-loser.support, loser.cost, loser.project)


@dataclass(frozen=True)
class Whole:
    """The round as a whole: sums over its pots, in pence and people."""

    pots: tuple[PotReport, ...]
    turnout: Sequence[Turnout]

    @property
    def amount(self) -> int:
        return sum(pot.pot.amount for pot in self.pots)

    @property
    def spent(self) -> int:
        return sum(pot.outcome.spent for pot in self.pots)

    @property
    def left(self) -> int:
        return self.amount - self.spent

    @property
    def projects(self) -> int:
        return sum(len(pot.lines) for pot in self.pots)

    @property
    def funded(self) -> int:
        return sum(len(pot.funded) for pot in self.pots)

    @property
    def voters(self) -> int:
        """People, each once though they may have a ballot in several pots."""
        return sum(row.ballots for row in self.turnout) or max((pot.voters for pot in self.pots), default=0)

    @property
    def funded_ids(self) -> frozenset[int]:
        return frozenset(line.project.id for pot in self.pots for line in pot.funded)

    def find(self, code: str) -> tuple[PotReport, Line] | None:
        found = ((pot, line) for pot in self.pots if (line := pot.line(code)))
        return next(found, None)


@dataclass(frozen=True)
class Corrected:
    """What a corrected version funds that the one before did not, and what it no longer funds."""

    added: Sequence[Line]
    dropped: Sequence[Line]

    def changed(self, line: Line) -> bool:
        return any(line.project.id == other.project.id for other in (*self.added, *self.dropped))


def corrected(whole: Whole, before: Whole) -> Corrected:
    was = before.funded_ids
    lines = [line for pot in whole.pots for line in pot.lines]
    return Corrected(
        added=[line for line in lines if line.is_funded and line.project.id not in was],
        dropped=[line for line in lines if not line.is_funded and line.project.id in was],
    )


def turnout_by(rows: Iterable[Turnout], what: str) -> dict[Any, int | None]:
    """Ballots by `ward_id` or `channel`; None where the group is too small to show.

    What is hidden could be worked out from the total: so the next smallest groups are hidden too, until there are two
    of at least ten people together.
    """
    totals: dict[Any, int] = {}
    for row in rows:
        totals[getattr(row, what)] = totals.get(getattr(row, what), 0) + row.ballots
    hidden = {key for key, ballots in totals.items() if 0 < ballots < FEWEST}
    others = sorted((ballots, key) for key, ballots in totals.items() if key not in hidden and ballots)
    while hidden and others and (len(hidden) < 2 or sum(totals[key] for key in hidden) < FEWEST):
        hidden.add(others.pop(0)[1])
    return {key: None if key in hidden else ballots for key, ballots in totals.items()}


def nearest_five(ballots: int | None) -> int | None:
    """People of one ward, as they are told: not to the person."""
    return None if ballots is None else (ballots + 2) // 5 * 5
