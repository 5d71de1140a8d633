"""What rules, ties, checks and numbers are called: the words that sentences about a count are made of."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import ngettext as plural

from pb.core.filters import money, number
from pb.core.provider import PROVIDER_NAME
from pb.counting import Outcome, Step
from pb.electorate.queries import roll_of
from pb.results.report import Line, Whole
from pb.rounds.models import Round


def _(words: str, **facts: object) -> str:
    return str(gettext(words, **facts))


def ngettext(one: str, many: str, num: int, **facts: object) -> str:
    return str(plural(one, many, num, **facts))


class Say:
    """Money and projects in the words of one round."""

    def __init__(self, currency: str, kind: str) -> None:
        self.currency, self.kind = currency, kind

    def money(self, amount: int) -> str:
        return money(amount, self.currency)

    def people(self, line: Line) -> str:
        """How many supported it, in the words of the ballot."""
        people = number(line.support)
        if not line.support:
            return _("Nobody picked it.")
        if line.score is None:
            return ngettext("%(n)s person picked it.", "%(n)s people picked it.", line.support, n=people)
        if self.kind == "ranking":
            return ngettext(
                "%(n)s person ranked it, which makes %(points)s points.",
                "%(n)s people ranked it, which makes %(points)s points.",
                line.support,
                n=people,
                points=number(line.score),
            )
        return ngettext(
            "%(n)s person gave it points: %(points)s in all.",
            "%(n)s people gave it points: %(points)s in all.",
            line.support,
            n=people,
            points=number(line.score),
        )

    def support(self, line: Line) -> str:
        """The number that ranks it: picks, or points where ballots hold points."""
        return number(line.support if line.score is None else line.score)

    @property
    def support_heading(self) -> str:
        return _("Picks") if self.kind in ("approval", "knapsack") else _("Points")

    def picks(self, line: Line) -> str:
        """512 picks; 1,893 points from 512 people."""
        if line.score is None:
            return ngettext("%(n)s pick", "%(n)s picks", line.support, n=number(line.support))
        return ngettext(
            "%(points)s points from %(n)s person",
            "%(points)s points from %(n)s people",
            line.support,
            n=number(line.support),
            points=number(line.score),
        )


def say_for(round: Round) -> Say:
    return Say(round.currency, round.ballot_kind)


def shown(ballots: int | None) -> str:
    """A number of people, or that the group is too small to show."""
    return _("not shown") if ballots is None else number(ballots)


def rule(name: str, completion: str) -> str:
    """The allocation rule in one sentence."""
    words = {
        "equal-shares": _(
            "Everyone’s vote controlled the same share of the pot, and a project was funded when the shares of the"
            " people who picked it covered its cost."
        ),
        "greedy": _("Projects were funded from the most supported down, leaving out each that no longer fitted."),
        "greedy-no-skip": _(
            "Projects were funded from the most supported down, until the first that no longer fitted."
        ),
        "greedy-threshold": _(
            "Projects with enough support were funded from the most supported down, leaving out each that no longer"
            " fitted."
        ),
        "greedy-exclusive": _(
            "Projects were funded from the most supported down, leaving out each that no longer fitted or that cannot"
            " be built beside one already funded."
        ),
        "greedy-per-cost": _("Projects were funded from the most support for each pound down, as long as they fitted."),
        "phragmen": _(
            "Everybody earned money at the same speed, and a project was funded as soon as those who picked it could"
            " pay for it."
        ),
        "max-welfare": _("Of all sets of projects that fit the pot, the one with most support in all was funded."),
    }
    return " ".join(filter(None, [words.get(name, name), _completion(completion) if name == "equal-shares" else ""]))


def _completion(name: str) -> str:
    raised = _("Shares were then raised together, until the next rise would have cost more than the pot.")
    filled = _("What was left went to the most supported projects that still fitted.")
    words = {
        "add1": raised,
        "add1-exhaustive": raised,
        "greedy": filled,
        "add1-greedy": f"{raised} {filled}",
        "comparison": raised
        + " "
        + _("The result by most votes would have been taken instead if more voters had gained by it."),
    }
    return words.get(name, "")


def rule_name(name: str) -> str:
    """What the rule is called in a table or a heading."""
    names = {
        "equal-shares": _("Equal Shares"),
        "greedy": _("Most votes"),
        "greedy-no-skip": _("Most votes, stopping at the first that does not fit"),
        "greedy-threshold": _("Most votes, with a minimum"),
        "greedy-exclusive": _("Most votes, with projects that exclude each other"),
        "greedy-per-cost": _("Most votes for each pound"),
        "phragmen": _("Costs spread evenly (Phragmén)"),
        "max-welfare": _("Best total"),
    }
    return names.get(name, name)


def tie_rule(outcome: Outcome) -> str:
    """How ties were decided, by the published label of the outcome."""
    name, _colon, _lot = outcome.ties.partition(":")
    words = {
        "cost_votes_lot": _(
            "Among equals the cheaper goes first, then the one with more picks, then a lot drawn before voting."
        ),
        "votes_lot": _("Among equals the one with more picks goes first, then a lot drawn before voting."),
        "cost_votes_id": _("Among equals the cheaper goes first, then the one with more picks, then the lower code."),
        "lexicographic": _("Among equals the one whose code comes first goes first."),
        "refuse": _("Ties are left for people to decide."),
    }
    return words.get(name, name)


def identity(round: Round, whole: Whole) -> str:
    """How voters were checked (voting-ux.md 2.5): online by the round's rungs, on paper and with help in person."""
    online = " ".join(filter(None, (_online(round.identity_rung), *map(_also, round.other_rungs), _list(round))))
    if any(row.channel in IN_PERSON for row in whole.turnout):
        return f"{online} {_('People who voted on paper or with help were seen in person.')}"
    return online


def _online(rung: int) -> str:
    return (
        _("We did not check who people were: everyone declared that they may vote."),
        _("One vote per e-mail address: everyone who voted online proved their mailbox with a code."),
        _("One vote per code: each code went by letter to a person on a list, or was handed out."),
        _("One vote per person on a list: they gave facts it holds, and a code was sent to the address it has."),
        _("One vote per account: everyone who voted online signed in at %(provider)s.", provider=PROVIDER_NAME),
    )[rung]


def _also(rung: int) -> str:
    return {
        1: _("People on the list could use a code sent to the e-mail address it holds instead."),
        2: _("People on the list could use the code in their letter instead."),
        3: _("People on the list without a letter could say who they are and were sent a code."),
        4: _("People on the list could sign in with their account at %(provider)s instead.", provider=PROVIDER_NAME),
    }[rung]


def _list(round: Round) -> str:
    """Which list of people it was."""
    roll = roll_of(round.id)
    return _("The list: %(source)s.", source=roll.source.rstrip(".")) if roll else ""


def custody(mode: str) -> str:
    """Who could open the votes before the count, in one sentence."""
    if mode == "S2":
        return _("Votes stayed sealed until the vote had closed; opening them took two of three key holders together.")
    return _("Votes stayed sealed until the vote had closed; the council’s own server kept the key.")


IN_PERSON = frozenset({"paper", "assisted"})
CHANNELS = {"web": lambda: _("Online"), "paper": lambda: _("On paper"), "assisted": lambda: _("With help")}


def channel(name: str) -> str:
    return CHANNELS[name]() if name in CHANNELS else name


def step(taken: Step, say: Say) -> str:
    """What happened in one step of the count."""
    if taken.action == "complete":
        return _("Funded from what was left.")
    if taken.action == "fund":
        return _("Funded.")
    before = say.money(taken.remaining)
    if taken.action == "stop":
        return _("Does not fit in the %(left)s left: the count stops here.", left=before)
    return _("Does not fit in the %(left)s left: passed over.", left=before)
