"""The public words of talk: kinds, their prompts and buttons, outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.discussion.models import Contribution


@dataclass(frozen=True)
class KindWords:
    """How a kind is called (`tag`), asked for (`prompt`), begun (`button`), listed (`many`), and its tag's colour."""

    tag: LazyString | str
    prompt: LazyString | str
    button: LazyString | str
    many: LazyString | str
    colour: str = ""


KIND_WORDS = {
    "support": KindWords(_l("Support"), _l("I support this because…"), _l("I support this"), _l("Support"), "good"),
    "worry": KindWords(_l("Worry"), _l("I am worried because…"), _l("I am worried"), _l("Worries"), "warn"),
    "question": KindWords(_l("Question"), _l("I have a question…"), _l("Ask a question"), _l("Questions")),
    "suggestion": KindWords(_l("Suggestion"), _l("It would be better if…"), _l("Suggest a change"), _l("Suggestions")),
    "help": KindWords(_l("Offer of help"), _l("I can help with…"), _l("Offer help"), _l("Offers of help")),
    "reply": KindWords(_l("Reply"), _l("Your reply"), _l("Reply"), _l("Replies"), "quiet"),
}

HINTS = {
    "support": _l("Say what it would mean to you or to people you know."),
    "worry": _l("Say what could go wrong. The proposer is told and can answer."),
    "question": _l("The proposer is told. Unanswered questions are shown with their age."),
    "suggestion": _l("Say what should change. The proposer says what becomes of it."),
    "help": _l("Time, skill, kit, a place, money, or somebody you know."),
    "reply": _l("Stay with what was said. Everybody can read this."),
}

OUTCOME_WORDS = {
    "answered": (_l("Answered"), "good"),
    "changed": (_l("Changed"), "good"),
    "not_changed": (_l("Not changed, because"), "quiet"),
    "accepted": (_l("Accepted"), "good"),
}

OUTCOME_CHOICES = {
    "question": (("answered", _l("Answer it")),),
    "suggestion": (("changed", _l("Changed")), ("not_changed", _l("Not changed, because…"))),
    "help": (("accepted", _l("Accept, thank you")),),
}


def useful_words(contribution: Contribution) -> str:
    """ "Useful to 12 people, including 5 who disagree", or "" for nobody. Only sides can disagree."""
    if not contribution.useful:
        return ""
    others = {"support": contribution.useful_worry, "worry": contribution.useful_support}
    against = others.get(contribution.kind, 0)
    people = ngettext("Useful to %(num)s person", "Useful to %(num)s people", contribution.useful)
    if not against:
        return str(people)
    return str(_("%(useful_to)s, including %(count)s who see it the other way", useful_to=people, count=against))


def author_words(contribution: Contribution) -> str:
    """The name shown; "A resident" for a deleted account."""
    return contribution.author_name or str(_("A resident"))


def role_words(contribution: Contribution) -> str:
    """The role beside the name, in the page's language where it is ours to say."""
    return str(_("Proposer")) if contribution.author_role == "proposer" else contribution.author_role
