"""What each way to count is called, what it is for, and where it is weak, in plain words and with the same fairness."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flask_babel import format_decimal

from pb.results.ways import Way
from pb.results.words import _, rule_name


def name(way: Way) -> str:
    if way.rule != "equal-shares":
        return rule_name(way.rule)
    names = {
        "none": _("Equal Shares, not raised"),
        "greedy": _("Equal Shares, then most votes"),
        "add1-greedy": _("Equal Shares, raised, then most votes"),
        "comparison": _("Equal Shares, or most votes if more gain"),
    }
    return names.get(way.completion, _("Equal Shares"))


@dataclass(frozen=True)
class Character:
    """What a way to count does, its strength and its weakness: one or two sentences each."""

    does: str
    good: str
    weak: str


def character(way: Way) -> Character:
    if way.rule == "equal-shares":
        return _equal_shares(way)
    known = {"greedy-per-cost": _per_pound, "phragmen": _phragmen, "max-welfare": _best_total}
    return known.get(way.rule, _most_votes)()


def _equal_shares(way: Way) -> Character:
    does = _(
        "Everyone’s vote controls the same share of the pot. A project is paid from the shares of those who chose it."
    )
    good = _("Groups of every size and every place can carry projects of their own; fewer people end up with nothing.")
    weak = _("It tends to fund cheaper projects, so a popular dear one can miss out. It is harder to follow by hand.")
    if way.completion == "none":
        return Character(does, good, f"{weak} {_('Shares that are too small for anything more stay unspent.')}")
    raised = _("Shares are then raised together until the next rise would cost more than the pot.")
    return Character(f"{does} {raised}", good, weak)


def _most_votes() -> Character:
    return Character(
        _("The project most people chose is funded first, then the next, as long as the money lasts."),
        _("Everybody can follow it, and the most popular project is sure of its money."),
        _(
            "People who agree with each other can take the whole pot, and a dear project counts no more than a cheap"
            " one: often more people end up with nothing."
        ),
    )


def _per_pound() -> Character:
    return Character(
        _("The project with most support for each pound of its cost is funded first, then the next."),
        _("It makes the most of each pound: many small projects, and many people with something."),
        _("A dear project has little chance, however many people want it. The same people can win each time."),
    )


def _phragmen() -> Character:
    return Character(
        _("Everybody earns money at the same speed. A project is funded as soon as those who chose it can pay for it."),
        _("Costs are spread as evenly as can be over the people who wanted what is funded."),
        _("It stops at the first project that does not fit, so money may be left over. Few people know it."),
    )


def _best_total() -> Character:
    return Character(
        _("Of all sets of projects that fit the pot, the one with most support in all is funded."),
        _("No other choice for the same money has more support in all."),
        _("A computer must search for it, so nobody can follow it by hand; and a small group can get nothing at all."),
    )


def fraction(text: str) -> Fraction:
    """A kept "p/q", read back."""
    return Fraction(text)


def decimal(text: str) -> str:
    """A kept "p/q" with two decimals, cut and not rounded up, as a number is written in the reader's language."""
    hundredths = int(Fraction(text) * 100)
    return str(format_decimal(hundredths / 100, format="#,##0.00"))
