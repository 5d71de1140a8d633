"""What the engine found, in sentences. The numbers come from the count's data; nothing is worked out here but words.

Pounds and people, never "utility" or "greedy" (voting-ux.md 2.6). Each function gives whole sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from textwrap import shorten

from pb.core.filters import number, short_day
from pb.counting import NotFunded, Tie
from pb.results.models import Certification, CouncilDecision
from pb.results.report import FEWEST, Corrected, Line, PotReport, Whole
from pb.results.words import Say, _, ngettext, tie_rule

Because = Callable[[Line, PotReport, "Say"], list[str]]


# -- why one project was funded or not


def verdict(line: Line) -> str:
    """The first word, shown as a tag."""
    if line.is_funded:
        return _("Funded")
    return _("Withdrawn") if line.lost and line.lost.reason == "withdrawn" else _("Not funded")


def because(line: Line, report: PotReport, say: Say) -> list[str]:
    """Why, in one to four whole sentences."""
    if line.lost is None:
        return _funded(line, report, say)
    return REASONS[line.lost.reason](line, report, say)


def _funded(line: Line, report: PotReport, say: Say) -> list[str]:
    step = line.step
    assert step is not None, "what is funded has a step"
    cost = say.money(step.cost)
    if step.action == "complete":
        return [
            say.people(line),
            _("It was funded in step %(step)s from money left after the main count.", step=step.number),
            _("No project with more support still fitted. It costs %(cost)s.", cost=cost),
        ]
    if report.outcome.rule == "equal-shares" and step.share is not None:
        paid = _("Their shares of the pot covered its %(cost)s in step %(step)s.", cost=cost, step=step.number)
        return [say.people(line), paid]
    before = say.money(step.remaining + step.cost)
    return [
        say.people(line),
        _("It was number %(place)s in order of support.", place=step.number),
        _("When its turn came %(left)s was left, and it costs %(cost)s.", left=before, cost=cost),
    ]


def _named(code: str, report: PotReport) -> str:
    """Tea room roof (H01); a very long title is shortened."""
    return f"{shorten(report.titles[code], 70, placeholder='…')} ({code})"


def _no_support(_line: Line, _report: PotReport, _say: Say) -> list[str]:
    return [_("Nobody picked it.")]


def _too_few(line: Line, report: PotReport, say: Say) -> list[str]:
    shares = int((report.outcome.endowment or Fraction(0)) * line.support)
    together = _(
        "Together their shares of the pot came to %(shares)s; it costs %(cost)s.",
        shares=say.money(shares),
        cost=say.money(line.project.cost),
    )
    return [say.people(line), together]


def _used(line: Line, report: PotReport, say: Say) -> list[str]:
    lost = _lost(line)
    sentences = [say.people(line), _("At first their shares of the pot were enough."), _where_shares_went(line, report)]
    if line.left is None:
        return [*sentences, _("It costs %(cost)s.", cost=say.money(lost.cost))]
    facts = {"left": say.money(line.left), "cost": say.money(lost.cost)}
    if line.ended:
        left = _("In the end %(left)s was left; it costs %(cost)s.", **facts)
    else:
        left = _("%(left)s was left; it costs %(cost)s.", **facts)
    return [*sentences, left, *_nearly(line)]


def _where_shares_went(line: Line, report: PotReport) -> str:
    names = [_named(code, report) for code, _paid in report.rivals_told(line)[:2]]
    if not names:
        return _("But those shares went to other projects that the same people had also picked.")
    if len(names) == 1:
        return _("But some of them had also picked %(first)s, and their shares were used there.", first=names[0])
    return _(
        "But some of them had also picked %(first)s and %(second)s, and their shares were used there.",
        first=names[0],
        second=names[1],
    )


def _nearly(line: Line) -> list[str]:
    """It came within 4%: the missing money as a percentage of the cost, rounded up, when at most 10."""
    if not line.short_by or line.short_by * 10 > line.project.cost:
        return []
    percent = -(-line.short_by * 100 // line.project.cost)
    return [_("It came within %(percent)s%% of its cost.", percent=percent)]


def _does_not_fit(line: Line, report: PotReport, say: Say) -> list[str]:
    lost = _lost(line)
    place = next(
        (s.number for s in report.outcome.steps if s.project == line.code and s.action in ("skip", "stop")), None
    )
    turn = [_("It was number %(place)s in order of support.", place=place)] if place else []
    left = _(
        "When its turn came %(left)s was left, and it costs %(cost)s.",
        left=say.money(lost.available or 0),
        cost=say.money(lost.cost),
    )
    return [say.people(line), *turn, left, *_nearly(line)]


def _after_stop(line: Line, _report: PotReport, say: Say) -> list[str]:
    stopped = _("This count stops at the first project that does not fit, and that came before its turn.")
    return [say.people(line), stopped]


def _below_floor(line: Line, _report: PotReport, say: Say) -> list[str]:
    return [say.people(line), _("That is fewer than this round asks for before a project can be funded.")]


def _excluded(line: Line, report: PotReport, say: Say) -> list[str]:
    other = _lost(line).rivals[0][0]
    words = _("It cannot be built together with %(other)s, which had more support.", other=_named(other, report))
    return [say.people(line), words]


def _not_best(line: Line, _report: PotReport, say: Say) -> list[str]:
    return [say.people(line), _("A set of other projects that fits the pot had more support in all.")]


def _tie(line: Line, report: PotReport, say: Say) -> list[str]:
    tie = next((tie for tie in report.outcome.ties_met if line.code in tie.among), None)
    if tie is None:
        return [say.people(line), _("It tied with another project.")]
    other = _named(tie.chosen, report)
    tied = _("It tied with %(other)s in step %(step)s.", other=other, step=tie.step)
    return [say.people(line), tied, tie_rule(report.outcome)]


def _withdrawn(line: Line, _report: PotReport, _say: Say) -> list[str]:
    when = line.project.withdrawn_at
    if when is None:
        return [_("It was withdrawn. Picks for it were not counted.")]
    return [_("It was withdrawn by %(day)s. Picks for it were not counted.", day=short_day(when))]


def _lost(line: Line) -> NotFunded:
    assert line.lost is not None, "asked only of projects that were not funded"
    return line.lost


REASONS: dict[str, Because] = {
    "no_support": _no_support,
    "too_few_for_cost": _too_few,
    "shares_already_used": _used,
    "does_not_fit": _does_not_fit,
    "after_stop": _after_stop,
    "below_floor": _below_floor,
    "excluded_pair": _excluded,
    "not_best": _not_best,
    "tie": _tie,
    "withdrawn": _withdrawn,
}


def question(line: Line) -> str:
    """The heading of a project's page."""
    title = line.project.title
    if line.is_funded:
        return _("Why was “%(project)s” funded?", project=title)
    return _("Why was “%(project)s” not funded?", project=title)


def numbers(line: Line, report: PotReport, say: Say) -> list[tuple[str, str]]:
    """The facts of one project in the count, as (term, value)."""
    rows = [(_("Cost"), say.money(line.project.cost)), (_("Support"), say.picks(line))]
    if report.voters:
        rows.append((_("Ballots in this pot"), number(report.voters)))
    if line.step and line.is_funded:
        rows.append((_("Decided in step"), number(line.step.number)))
        rows.append((_("Left in the pot afterwards"), say.money(line.step.remaining)))
    if line.short_by:
        rows.append((_("Money missing"), say.money(line.short_by)))
    if (percent := effective_support(line, report)) is not None:
        rows.append((_("All its supporters’ shares"), _("%(percent)s%% of its cost", percent=number(percent))))
    return rows


def effective_support(line: Line, report: PotReport) -> int | None:
    """The most its supporters could ever bring, as a percentage of its cost, rounded down; None without shares."""
    endowment, cost = report.outcome.endowment, line.project.cost
    return int(line.support * endowment * 100 / cost) if endowment and cost and line.support else None


def nearness(line: Line, report: PotReport, say: Say) -> str:
    """How close a project came, beside its bar."""
    if report.outcome.rule == "equal-shares" and line.reached is not None:
        return _("%(percent)s%% of its cost was left for it", percent=line.reached)
    if line.short_by:
        return _("%(missing)s missing", missing=say.money(line.short_by))
    return verdict(line)


def held(source: Mapping[str, str]) -> str:
    """Where and when an imported vote was held, as far as its file says."""
    if not source["unit"] or not source["country"]:
        return ""
    facts = {"unit": source["unit"], "country": source["country"]}
    begins, ends = _file_date(source["date_begin"]), _file_date(source["date_end"])
    if begins == ends:
        return _("%(unit)s, %(country)s, %(when)s.", when=begins, **facts)
    return _("%(unit)s, %(country)s; voting from %(begins)s to %(ends)s.", begins=begins, ends=ends, **facts)


def _file_date(text: str) -> str:
    """3 April 2023, out of the file's 03.04.2023; a year stays a year."""
    try:
        return short_day(datetime.strptime(text, "%d.%m.%Y").date())  # noqa: DTZ007 -- only the day is used
    except ValueError:
        return text


def as_published(line: Line) -> str:
    """For an imported round: what its source says of this project."""
    published, votes = line.project.published_funded, line.project.published_votes
    if published is None:
        return _("The file does not say whether it was funded.")
    said = _("The file says it was funded.") if published else _("The file says it was not funded.")
    if votes is None:
        return said
    counted = ngettext("It gives it %(n)s vote.", "It gives it %(n)s votes.", votes, n=number(votes))
    return f"{said} {counted}"


# -- the round as a whole


def headline(whole: Whole, say: Say) -> str:
    return _(
        "%(spent)s of %(pot)s goes to %(funded)s of %(projects)s projects.",
        spent=say.money(whole.spent),
        pot=say.money(whole.amount),
        funded=number(whole.funded),
        projects=number(whole.projects),
    )


def voters(whole: Whole, *, is_imported: bool) -> str:
    people = whole.voters
    if is_imported:
        return ngettext("%(n)s ballot was counted.", "%(n)s ballots were counted.", people, n=number(people))
    return ngettext("%(n)s person voted.", "%(n)s people voted.", people, n=number(people))


def pot(report: PotReport, say: Say) -> str:
    """One pot in a sentence."""
    return ngettext(
        "%(spent)s of %(pot)s goes to %(num)s project; %(left)s is left.",
        "%(spent)s of %(pot)s goes to %(num)s projects; %(left)s is left.",
        len(report.funded),
        spent=say.money(report.outcome.spent),
        pot=say.money(report.pot.amount),
        left=say.money(report.outcome.remaining),
    )


def total(report: PotReport, say: Say) -> str:
    """The last line under the steps: what was spent and what is left make the pot."""
    return _(
        "In all %(spent)s was spent and %(left)s is left, which makes the pot of %(pot)s.",
        spent=say.money(report.outcome.spent),
        left=say.money(report.outcome.remaining),
        pot=say.money(report.pot.amount),
    )


def share(report: PotReport, say: Say) -> str:
    """What each voter's share came to, and what it began with."""
    endowment = report.outcome.endowment or Fraction(0)
    began = Fraction(report.pot.amount, report.voters) if report.voters else Fraction(0)
    first = _(
        "%(pot)s shared by %(voters)s voters is %(share)s each.",
        pot=say.money(report.pot.amount),
        voters=number(report.voters),
        share=say.money(int(began)),
    )
    if endowment == began:
        return first
    return f"{first} " + _("In the end each share was raised to %(share)s.", share=say.money(int(endowment)))


def tie_met(tie: Tie, report: PotReport) -> str:
    names = ", ".join(_named(code, report) for code in tie.among)
    chosen = _named(tie.chosen, report)
    return _("Step %(step)s: equal were %(names)s. %(chosen)s went first.", step=tie.step, names=names, chosen=chosen)


def certified(word: Certification) -> str:
    roles = {"returning_officer": _("the returning officer"), "officer": _("an engagement officer")}
    return _(
        "Certified by %(role)s on %(day)s.", role=roles.get(word.role, word.role), day=short_day(word.certified_at)
    )


def variation(decision: CouncilDecision) -> str:
    """Where the council departed from the count: who, when and why."""
    assert decision.project is not None, "a variation is about one project"
    facts = {
        "who": decision.decided_by,
        "day": short_day(decision.decided_at),
        "project": decision.project.title,
        "reason": decision.reason,
    }
    if decision.funds:
        return _("%(who)s decided on %(day)s to fund “%(project)s” although the count did not: %(reason)s", **facts)
    return _("%(who)s decided on %(day)s not to fund “%(project)s” although the count did: %(reason)s", **facts)


def departures(decided: Sequence[CouncilDecision]) -> str:
    """On which projects the council has the last word over the count; empty where it agrees with all of it."""
    if not decided:
        return ""
    return ngettext(
        "The council decided otherwise on %(num)s project: %(names)s.",
        "The council decided otherwise on %(num)s projects: %(names)s.",
        len(decided),
        names=", ".join(f"{one.project.title} ({one.project.code})" for one in decided if one.project),
    )


def corrected(changes: Corrected) -> list[tuple[str, Sequence[Line]]]:
    """What a correction changed: words and the projects they speak of; empty when the same are funded."""
    both = [(_("Now funded:"), changes.added), (_("No longer funded:"), changes.dropped)]
    return [(words, lines) for words, lines in both if lines]


def corrected_line(line: Line) -> str:
    """Of a project that a correction changed: what had been said before."""
    if line.is_funded:
        return _("The version before said that it was not funded.")
    return _("The version before said that it was funded.")


def counted_again(*, is_same: bool) -> str:
    """What a recount found."""
    if is_same:
        return _("Counted again: the same.")
    return _("Counted again: the result is different. Do not publish; find out why.")


def voters_term(*, is_imported: bool) -> str:
    return _("ballots") if is_imported else _("people voted")


def headline_rows(whole: Whole, say: Say) -> list[tuple[str, str]]:
    return [(_("projects funded"), number(whole.funded)), (_("left"), say.money(whole.left))]


def reach_term() -> str:
    return _("got a project they picked")


def reach_percent(report: PotReport) -> int | None:
    """Of all voters, how many have a pick funded; None where so few are meant that they could be named."""
    reached, everyone = int(report.count.facts["with_a_funded_pick"]), report.voters
    if not everyone or 0 < reached < FEWEST or 0 < everyone - reached < FEWEST:
        return None
    return reached * 100 // everyone


def reach(report: PotReport) -> str:
    """How many got at least one project they picked; empty where that must not be said."""
    percent, reached = reach_percent(report), int(report.count.facts["with_a_funded_pick"])
    if percent is None:
        return ""
    return ngettext(
        "%(n)s person (%(percent)s%%) got at least one project they picked.",
        "%(n)s people (%(percent)s%%) got at least one project they picked.",
        reached,
        n=number(reached),
        percent=percent,
    )
