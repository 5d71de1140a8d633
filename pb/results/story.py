"""One project's page beyond its sentence: where the shares of its supporters went, what would have changed the result,
and what the other ways to count would have done. Numbers and words come ready; the template only sets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pb.core.clock import now
from pb.core.filters import number
from pb.results import jobs, queries
from pb.results.comparison import Column, PotComparison, comparisons_of
from pb.results.models import Explanation
from pb.results.page import Results
from pb.results.report import FEWEST, Line, PotReport
from pb.results.words import Say, _, ngettext

MOST = 6
"""So many projects are named in the picture; the rest are one bar."""


@dataclass(frozen=True)
class Bar:
    """One part of the money: where it went, how much in words, how wide on the scale of the whole picture (0 to 100).

    mark: where on that scale the cost lies, for the money left for the project itself
    """

    label: str
    words: str
    width: int
    kind: str = ""
    mark: int | None = None


@dataclass(frozen=True)
class Money:
    """The picture: what all supporters had together, and its parts, which add up to it but for rounding."""

    lead: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class OtherWay:
    """What another way to count would have done with this project."""

    name: str
    is_funded: bool
    is_same: bool
    words: str


def money_of(line: Line, report: PotReport, told: Explanation | None, say: Say) -> Money | None:
    """None where the rule knows no shares, or so few are meant that they could be named."""
    endowment = report.outcome.endowment
    if endowment is None or line.support < FEWEST:
        return None
    paid, left, has_ended = _parts(line, told)
    if left is None:
        return None
    named = _named(paid, FEWEST * endowment if report.hides_few else Fraction(0))
    if named is None:
        return None
    whole = sum(amount for _code, amount in paid) + left
    scale = max(whole, line.project.cost if line.lost else 0) or 1
    bars = [_bar(code, amount, report, say, scale) for code, amount in named]
    if rest := sum(amount for _code, amount in paid[len(named) :]):
        bars.append(Bar(_("Other projects"), say.money(rest), rest * 100 // scale))
    bars.append(_left(line, left, say, scale))
    return Money(_lead(line, endowment, say, has_ended=has_ended), tuple(bars))


def _named(paid: Sequence[tuple[str, int]], least: Fraction) -> Sequence[tuple[str, int]] | None:
    """The largest sums that may be told apart, so that what is left together is `least` at least, or nothing.

    None if not even all together may be told.
    """
    named = [part for part in paid[:MOST] if part[1] >= least]
    while named and 0 < sum(amount for _code, amount in paid[len(named) :]) < least:
        named.pop()
    return None if not named and 0 < sum(amount for _code, amount in paid) < least else named


def _parts(line: Line, told: Explanation | None) -> tuple[Sequence[tuple[str, int]], int | None, bool]:
    """What its supporters paid for, and what they had left, in the end; before the study is made, of a loser by the
    step that decided it."""
    if told is not None and told.money.get("kept") is not None:
        return [(code, amount) for code, amount in told.money["went_to"]], told.money["kept"], True
    return (line.lost.rivals, line.lost.available, False) if line.lost else ((), None, True)


def _bar(code: str, amount: int, report: PotReport, say: Say, scale: int) -> Bar:
    return Bar(f"{report.titles[code]} ({code})", say.money(amount), amount * 100 // scale)


def _left(line: Line, left: int, say: Say, scale: int) -> Bar:
    if line.lost is None:
        return Bar(_("Not spent"), say.money(left), left * 100 // scale, "quiet")
    words = _("%(had)s of %(cost)s", had=say.money(left), cost=say.money(line.project.cost))
    return Bar(_("Left for this project"), words, left * 100 // scale, "quiet", line.project.cost * 100 // scale)


def _lead(line: Line, endowment: Fraction, say: Say, *, has_ended: bool) -> str:
    facts = {
        "people": number(line.support),
        "each": say.money(int(endowment)),
        "all": say.money(int(endowment * line.support)),
    }
    if line.lost is None or has_ended:
        return _("%(people)s people with %(each)s each are %(all)s. In the end it had gone here:", **facts)
    if not line.lost.after:
        return _("%(people)s people with %(each)s each are %(all)s. None of it had been used yet:", **facts)
    return _(
        "%(people)s people with %(each)s each are %(all)s. After step %(step)s, which decided it, it had gone here:",
        step=line.lost.after,
        **facts,
    )


# -- what would have changed it


def change_of(line: Line, told: Explanation | None, say: Say) -> str:
    """What would have changed the result, in a sentence; empty while nobody has looked, or where numbers do not matter.

    Only what a new count confirmed is kept, so only that is said: never that nothing less would have done, since under
    raised shares a project can be funded at one cost, lost at a lower one, and funded again below that.
    """
    if line.lost is None or told is None or not told.changes:
        return ""
    more, cost = _amount(told.changes, "extra_supporters"), _amount(told.changes, "largest_cost")
    less = None if cost is None else say.money(line.project.cost - cost)
    if more is None and less is None:
        return _("We looked for a number of supporters or a lower cost that would have changed it, and found none.")
    if less is None or cost is None:
        return _more_people(more or 0, say)
    facts = {"cost": say.money(cost), "less": less}
    if more is None:
        return _("It would have been funded at a cost of %(cost)s, which is %(less)s lower.", **facts)
    return f"{_more_people(more, say)} {_('Or at a cost of %(cost)s, which is %(less)s lower.', **facts)}"


def beyond_of(line: Line, report: PotReport, told: Explanation | None, say: Say) -> str:
    """Why the money missing is not the whole answer: the rise that was not made, or a count that goes another way."""
    if line.lost is None or told is None:
        return ""
    if rise := told.money.get("rise"):
        return _(
            "A share of %(share)s each would have paid for it as well. But then the funded projects would have cost "
            "%(spent)s in all, which is more than the pot of %(pot)s. So shares stayed at %(last)s.",
            share=say.money(rise["share"]),
            spent=say.money(rise["spent"]),
            pot=say.money(report.pot.amount),
            last=say.money(int(report.outcome.endowment or 0)),
        )
    cost = _amount(told.changes or {}, "largest_cost")
    if cost is None or not line.short_by or line.project.cost - cost <= line.short_by:
        return ""
    return _(
        "To lower its cost by the %(missing)s that was missing would not have been enough: "
        "with another cost the whole count goes another way.",
        missing=say.money(line.short_by),
    )


def _amount(changes: dict[str, Any], name: str) -> int | None:
    found = changes.get(name)
    return None if found is None else int(found["amount"])


def _more_people(more: int, say: Say) -> str:
    facts = {"n": number(more)}
    if say.kind == "points":
        return ngettext(
            "It would have been funded with %(n)s more person giving points to nothing else, as many as anybody gave.",
            "It would have been funded with %(n)s more people giving points to nothing else, as many as anybody gave.",
            more,
            **facts,
        )
    if say.kind == "ranking":
        return ngettext(
            "It would have been funded with %(n)s more person ranking it and nothing else.",
            "It would have been funded with %(n)s more people ranking it and nothing else.",
            more,
            **facts,
        )
    return ngettext(
        "It would have been funded with %(n)s more person picking it and nothing else.",
        "It would have been funded with %(n)s more people picking it and nothing else.",
        more,
        **facts,
    )


# -- what the other ways would have done


def other_ways(line: Line, comparison: PotComparison | None) -> list[OtherWay]:
    """Every other way that can count these ballots, in the order of the comparison page; empty before the study."""
    if comparison is None:
        return []
    return [_other(line, column) for column in comparison.others]


def _other(line: Line, column: Column) -> OtherWay:
    is_funded = line.code in column.funded
    if is_funded == line.is_funded:
        return OtherWay(column.name, is_funded, True, _("The same."))
    instead = column.lost if is_funded else column.gained
    if not instead:
        return OtherWay(column.name, is_funded, False, _("No other project is in its place."))
    names = ", ".join(f"{other.project.title} ({other.code})" for other in instead[:3])
    if len(instead) > 3:
        names = _("%(names)s and others", names=names)
    if is_funded:
        return OtherWay(column.name, True, False, _("Not funded then: %(names)s.", names=names))
    return OtherWay(column.name, False, False, _("Funded instead: %(names)s.", names=names))


@dataclass(frozen=True)
class Story:
    """All of it. `is_running`: a study is at work, so what is missing may still come."""

    money: Money | None
    is_hidden: bool
    """Shares are counted here, but where they went would tell of a handful of people."""
    change: str
    beyond: str
    """Why the money missing is not the whole answer; empty where it is."""
    is_pending: bool
    """What would have changed it has not been looked for to the end."""
    ways: list[OtherWay]
    is_running: bool

    @property
    def ways_agree(self) -> bool:
        """Whether every other way does the same with this project."""
        return len({way.is_funded for way in self.ways}) == 1 and self.ways[0].is_same


def _is_hidden(line: Line, report: PotReport) -> bool:
    was_paid = line.lost is None or bool(line.lost.rivals)
    return report.outcome.endowment is not None and line.support > 0 and report.hides_few and was_paid


def story_of(results: Results, report: PotReport, line: Line) -> Story:
    say, told = results.say, queries.explanation(report.count.id, line.code)
    comparison = next((pot for pot in comparisons_of(results) if pot.report is report), None)
    money = money_of(line, report, told, say)
    return Story(
        money=money,
        is_hidden=money is None and _is_hidden(line, report),
        change=change_of(line, told, say),
        beyond=beyond_of(line, report, told, say),
        is_pending=line.lost is not None and (told is None or told.changes is None),
        ways=other_ways(line, comparison),
        is_running=jobs.is_running(queries.study_of(results.round.id), now()),
    )
