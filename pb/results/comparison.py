"""The same votes counted several ways, as the comparison page shows them: one fact a row, one way a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pb.core.filters import number
from pb.results import queries
from pb.results import way_words as named
from pb.results.models import Count
from pb.results.page import Results
from pb.results.report import FEWEST, Line, PotReport
from pb.results.ways import Way, ways_beside
from pb.results.words import Say, _

NAMED = 3
"""So many projects, wards or themes are named; of more it is said how many they are."""


@dataclass(frozen=True)
class Column:
    """One way to count one pot. `count` None: this way cannot count such ballots."""

    way: Way
    is_official: bool
    count: Count | None
    official: PotReport

    @property
    def name(self) -> str:
        return named.name(self.way)

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.count.facts if self.count else {}

    @cached_property
    def funded(self) -> frozenset[str]:
        return frozenset(self.facts.get("codes", ()))

    @property
    def gained(self) -> list[Line]:
        """Funded this way and not by the official count, most supported first."""
        return [line for line in self.official.not_funded if line.code in self.funded]

    @property
    def lost(self) -> list[Line]:
        return [line for line in self.official.funded if line.code not in self.funded]

    @property
    def reached(self) -> tuple[int, int] | None:
        """People with, and without, a funded pick; None where either are so few that they could be named."""
        having, without = int(self.facts["with_a_funded_pick"]), int(self.facts["with_none"])
        return None if 0 < having < FEWEST or 0 < without < FEWEST else (having, without)

    @property
    def percent(self) -> int | None:
        if self.reached is None or not sum(self.reached):
            return None
        return self.reached[0] * 100 // sum(self.reached)


@dataclass(frozen=True)
class PotComparison:
    """One pot. `columns`: the official way first, always in the same order; only those that could count."""

    report: PotReport
    columns: tuple[Column, ...]
    cannot: tuple[Column, ...]

    @property
    def others(self) -> list[Column]:
        return [column for column in self.columns if not column.is_official]

    def headings(self) -> list[str]:
        official = _("%(way)s (official)", way=self.columns[0].name)
        return ["", official, *(column.name for column in self.others)]

    def rows(self, say: Say) -> list[list[str]]:
        """The facts, one a row, in the order that is the same everywhere; a fact that no way has is left out."""
        rows = [[term, *(tell(column, say) for column in self.columns)] for term, tell in _facts(self)]
        return [row for row in rows if any(row[1:])]


def comparisons_of(results: Results) -> list[PotComparison]:
    """Pot by pot; pots not compared yet are left out."""
    number = {pot.count.number for pot in results.whole.pots}
    made = {
        (count.pot_id, count.number, count.rule, count.completion): count
        for count in queries.comparisons(results.round.id)
        if count.number in number
    }
    pots = [_comparison(report, made) for report in results.whole.pots]
    return [pot for pot in pots if pot.columns]


def _comparison(report: PotReport, made: Mapping[tuple[int, int, str, str], Count]) -> PotComparison:
    official = Way(report.count.rule, report.count.completion)
    found = [
        Column(way, way == official, made.get((report.pot.id, report.count.number, way.rule, way.completion)), report)
        for way in ways_beside(official)
    ]
    there = tuple(column for column in found if column.count)
    return PotComparison(report, there, tuple(column for column in found if not column.count) if there else ())


# -- the facts


def _facts(_pot: PotComparison) -> list[tuple[str, Callable[[Column, Say], str]]]:
    return [
        (_("Projects funded"), lambda c, _say: number(c.facts["funded"])),
        (_("Money spent"), lambda c, say: say.money(c.facts["spent"])),
        (_("People with at least one pick funded"), _reached),
        (_("People with none"), _without),
        (_("Funded picks for each person"), lambda c, _say: named.decimal(c.facts["average_picks"])),
        (_("Wards with nothing"), lambda c, _say: _empty_places(c.facts["wards"])),
        (_("Largest part for one ward"), lambda c, _say: _largest_part(c.facts["wards"])),
        (_("Themes with nothing"), lambda c, _say: _empty_places(c.facts["themes"])),
        (_("Cheapest funded"), lambda c, say: _money(c.facts["cheapest"], say)),
        (_("Dearest funded"), lambda c, say: _money(c.facts["dearest"], say)),
        (_("Groups left short"), _left_short),
    ]


def _reached(column: Column, _say: Say) -> str:
    if column.reached is None:
        return _("not shown")
    return _("%(n)s (%(percent)s%%)", n=number(column.reached[0]), percent=column.percent or 0)


def _without(column: Column, _say: Say) -> str:
    return _("not shown") if column.reached is None else number(column.reached[1])


def _money(pence: int | None, say: Say) -> str:
    return "–" if pence is None else say.money(pence)


def _empty_places(slices: Sequence[Mapping[str, Any]]) -> str:
    """How many of several wards or themes have no funded project, named if they are few; empty if there are not two."""
    empty = [one["name"] for one in slices if not one["funded"]]
    if len(slices) < 2:
        return ""
    if not empty:
        return _("none of %(all)s", all=number(len(slices)))
    counted = _("%(n)s of %(all)s", n=number(len(empty)), all=number(len(slices)))
    return f"{counted}: {', '.join(empty)}" if len(empty) <= NAMED else counted


def _largest_part(slices: Sequence[Mapping[str, Any]]) -> str:
    if len(slices) < 2 or not any(one["funded"] for one in slices):
        return ""
    most = max(slices, key=lambda one: (named.fraction(one["money"]), one["name"]))
    return _("%(ward)s, %(percent)s%%", ward=most["name"], percent=int(named.fraction(most["money"]) * 100))


def _left_short(column: Column, _say: Say) -> str:
    groups = column.facts["left_short"]
    if groups is None:
        return _("not checked")
    return _("none") if not groups else number(len(groups))
