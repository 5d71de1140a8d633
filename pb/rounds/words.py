"""Whole sentences about a round in plain words: its phase, what can be done, what comes next, how it is counted.

A sentence about the count must be true of the rule that is set: change one only together with the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.core.filters import day, days_left, moment
from pb.core.money import Money
from pb.core.provider import PROVIDER_NAME
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, next_step, phase_of, voting_window

PHASE_BEGINS: dict[Phase, LazyString] = {
    Phase.INFORMING: _l("You can read about it"),
    Phase.PROPOSING: _l("Proposals open"),
    Phase.REVIEWING: _l("Proposals close"),
    Phase.VALUATING: _l("The council checks each proposal"),
    Phase.FROZEN: _l("The list of projects is published"),
    Phase.VOTING: _l("Voting opens"),
    Phase.COUNTING: _l("Voting ends"),
    Phase.RESULTS: _l("Results"),
    Phase.DELIVERING: _l("Work begins"),
}
"""What happens on each date, as an entry of a list."""

PHASE_NAMES: dict[Phase, tuple[LazyString, str]] = {
    Phase.DRAFT: (_l("Draft"), "quiet"),
    Phase.INFORMING: (_l("Starting soon"), "quiet"),
    Phase.PROPOSING: (_l("Proposals open"), "good"),
    Phase.REVIEWING: (_l("Proposals closed"), "quiet"),
    Phase.VALUATING: (_l("Being checked"), "quiet"),
    Phase.FROZEN: (_l("Projects published"), ""),
    Phase.VOTING: (_l("Voting open"), "good"),
    Phase.COUNTING: (_l("Being counted"), "warn"),
    Phase.RESULTS: (_l("Results are out"), ""),
    Phase.DELIVERING: (_l("Work under way"), ""),
    Phase.CLOSED: (_l("Finished"), "quiet"),
}
"""Each phase as a tag: words and kind of colour."""


@dataclass(frozen=True)
class Standing:
    """Where a round stands, ready to show: a tag (words, kind), time left, what can be done now, what comes next."""

    phase: Phase
    tag: tuple[LazyString | str, str]
    left: str
    now: str
    next: str


def standing(round: Round, now: datetime) -> Standing:
    """Everything a page says about the present phase of a round, judged at `now`."""
    phase = phase_of(round, now)
    step = next_step(round, now)
    if step.is_held:
        return Standing(phase, PHASE_NAMES[phase], _("dates on hold"), _what_now(phase, round), _held(round))
    left = days_left(step.at) if step.at and phase in (Phase.VOTING, Phase.PROPOSING) else ""
    return Standing(phase, PHASE_NAMES[phase], left, _what_now(phase, round), what_next(round, now))


def _held(round: Round) -> str:
    return str(
        _("The dates are on hold since %(day)s. Reason: %(reason)s", day=day(round.held_at), reason=round.held_reason)
    )


def _what_now(phase: Phase, round: Round) -> str:
    """What a resident can do in this phase."""
    if phase is Phase.VOTING:
        return str(_("You can vote until %(when)s.", when=moment(voting_window(round).closes_at)))
    sentences: dict[Phase, str] = {
        Phase.DRAFT: _("Only staff see this page. The round is not public yet."),
        Phase.INFORMING: _("You can read about this round now."),
        Phase.PROPOSING: _("You can propose a project now."),
        Phase.FROZEN: _("Nothing to do now but read: the list of projects is out."),
        Phase.COUNTING: _("Nothing to do now. Voting has ended and the votes are being counted."),
        Phase.RESULTS: _("You can read what is funded, what is not, and why."),
        Phase.DELIVERING: _("You can follow the work on each funded project."),
        Phase.CLOSED: _("This round is finished. You can still read everything about it."),
    }
    return sentences.get(phase, str(_("Nothing to do now.")))


def what_next(round: Round, now: datetime) -> str:
    """What comes next, with its time where one is set; empty when nothing is left."""
    step = next_step(round, now)
    if step.phase is None:
        return ""
    if step.at is None and not round.published_at:
        return ""
    if step.at is None:
        waiting: dict[Phase, str] = {
            Phase.VOTING: _("Voting opens when the list of projects is ready. We will show the date here."),
            Phase.RESULTS: _("The results come when the count is finished and checked."),
        }
        return waiting.get(step.phase, "")
    when = moment(step.at)
    sentences: dict[Phase, str] = {
        Phase.INFORMING: _("People can read about it from %(when)s.", when=when),
        Phase.PROPOSING: _("You can propose a project from %(when)s.", when=when),
        Phase.REVIEWING: _("Proposals close at %(when)s.", when=when),
        Phase.VALUATING: _("The council begins to check each proposal at %(when)s.", when=when),
        Phase.VOTING: _("Voting opens at %(when)s.", when=when),
        Phase.COUNTING: _("After that the votes are counted in the open."),
        Phase.RESULTS: _("We expect the results on %(day)s.", day=day(step.at)),
        Phase.DELIVERING: _("Work on the funded projects begins on %(day)s.", day=day(step.at)),
    }
    return sentences.get(step.phase, "")


@dataclass(frozen=True)
class DateLine:
    """One date of a round. `is_done`: it lies behind us."""

    what: LazyString
    at: datetime
    is_done: bool


def date_lines(round: Round, now: datetime) -> list[DateLine]:
    """The round's dates in order, for a list."""
    return [DateLine(PHASE_BEGINS[phase], at, at <= now) for phase, at in dates_of(round).items()]


# How it is counted -------------------------------------------------------------------------------------------------

RULE_NAMES: dict[str, LazyString] = {"equal-shares": _l("equal shares"), "greedy": _l("most votes")}

_RULE: dict[str, LazyString] = {
    "equal-shares": _l(
        "Equal shares: everybody who votes gets the same share of the pot, and a project is funded when the people who "
        "picked it can pay for it together."
    ),
    "greedy": _l("Most votes: the projects with the most picks are funded first, for as long as the money lasts."),
}

_STEPS: dict[str, tuple[LazyString, ...]] = {
    "equal-shares": (
        _l("The pot is shared out equally: everybody who votes gets the same share. It is only a way of counting."),
        _l("A project is funded when the people who picked it can pay its cost together from their shares."),
        _l(
            "Where several projects could be funded, the one that asks the least of its supporters for each pound of "
            "its cost comes first. Its supporters pay equally, each as far as their share goes."
        ),
        _l("This goes on until no project is left whose supporters can pay for it."),
    ),
    "greedy": (
        _l("For each project we count how many people picked it."),
        _l("The project with the most picks is funded first, then the next, and so on."),
        _l("A project that costs more than what is left in the pot is passed over, and the next one is looked at."),
    ),
}

_COMPLETION: dict[str, LazyString] = {
    "add1": _l(
        "Some money is then usually left. So the count is made again with a little more in everybody's share, again "
        "and again. The last count whose projects still fit the pot is the result."
    ),
    "none": _l("Money that is left then stays in the pot."),
}

_PICKING_MORE: dict[str, LazyString] = {
    "equal-shares": _l(
        "Your share is used only for projects you picked. If you pick several, part of it may go to one of them, and "
        "less is left to help the others. If you pick only one and it is not funded, your share helps nothing."
    ),
    "greedy": _l(
        "Each pick counts as one for its project, however many you pick. A pick can also lift one of your projects "
        "above another of yours."
    ),
}

_TIES: dict[str, LazyString] = {
    "cost_votes_lot": _l(
        "If two projects are level, the cheaper one comes first, then the one with more picks, then a lot that is "
        "drawn and sealed before voting opens."
    ),
    "votes_lot": _l(
        "If two projects are level, the one with more picks comes first, then a lot that is drawn and sealed before "
        "voting opens."
    ),
    "cost_votes_id": _l(
        "If two projects are level, the cheaper one comes first, then the one with more picks, then the one whose code "
        "comes first."
    ),
    "lexicographic": _l("If two projects are level, the one whose code comes first is taken."),
    "refuse": _l("If two projects are level, the count stops and people decide in the open."),
}

_BOTH_WAYS: dict[str, LazyString] = {
    "first": _l("If somebody votes online and on paper, the first of the two counts."),
    "paper": _l("If somebody votes online and on paper, the paper ballot counts."),
}

_CHECK: dict[int, LazyString] = {
    0: _l("You say who you are. We check nothing, so the result is advice."),
    1: _l("A code sent by e-mail. One vote for each address. It shows that you hold the address, not who you are."),
    2: _l("A code in a letter to each person on a list, or handed out. One vote for each code. Letters can be stolen."),
    3: _l("Your entry in a list, and a code. One vote for each entry."),
    4: _l("You sign in with your account at %(provider)s. One vote for each account.", provider=PROVIDER_NAME),
}


def rule_in_a_sentence(round: Round) -> LazyString | str:
    """The rule, in one true sentence; a rule that only an import can have is named."""
    return _RULE.get(round.rule) or _l("The rule is called %(rule)s.", rule=round.rule)


def rule_in_full(round: Round) -> list[LazyString]:
    """The rule step by step, as paragraphs."""
    steps = list(_STEPS.get(round.rule, ()))
    if round.rule == "equal-shares" and round.completion in _COMPLETION:
        steps.append(_COMPLETION[round.completion])
    return steps


def picking_more(round: Round) -> LazyString | None:
    """What picking more projects does to the ones picked already: true of the rule."""
    return _PICKING_MORE.get(round.rule)


def ties_in_a_sentence(round: Round) -> LazyString | None:
    """What happens when two projects are level."""
    return _TIES.get(round.tie_rule)


def picks_in_a_sentence(round: Round) -> str:
    """How many projects a voter can pick."""
    if round.max_picks is None:
        return str(_("You can pick as many projects as you like."))
    return str(ngettext("You can pick %(num)s project.", "You can pick up to %(num)s projects.", round.max_picks))


def largest_cost(round: Round) -> Money | None:
    """The most that one project may cost: the limit of the round, or its largest pot when that is less."""
    largest = max((pot.amount for pot in round.pots), default=None)
    limits = [limit for limit in (round.max_ask, largest) if limit is not None]
    return min(limits) if round.max_ask is not None else None


def both_ways_in_a_sentence(round: Round) -> LazyString:
    """Which vote counts when somebody votes online and on paper."""
    return _BOTH_WAYS[round.channel_rule]


_ALSO: dict[int, LazyString] = {
    1: _l("People on the list can use a code sent to the e-mail address it holds instead."),
    2: _l("People on the list can use the code in their letter instead."),
    3: _l("Without a letter, people on the list can say who they are and be sent a code."),
    4: _l("People on the list can sign in with their account at %(provider)s instead.", provider=PROVIDER_NAME),
}


def check_in_a_sentence(round: Round) -> str:
    """How we check who votes, and what that does not show; each other way in a sentence of its own."""
    return " ".join(str(words) for words in (_CHECK[round.identity_rung], *(_ALSO[way] for way in round.other_rungs)))
