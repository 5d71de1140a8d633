"""What the process refuses about checks, each rule with its sentence."""

from __future__ import annotations

from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal


class CheckReasonNeeded(Refusal):
    """Every outcome is published with its reason: no refusal, and no consent, without one."""

    field = "reason"
    sentence = _l("Write the reason in at least 10 characters. Everybody will read it")


class ReasonCodeNeeded(Refusal):
    """A refusal names which rule it rests on."""

    field = "reason_code"
    sentence = _l("Select why it cannot go to the vote")


class RuleNeeded(Refusal):
    """A refusal cites the law, policy or standing order, so that people can read it and ask whether it is right."""

    field = "rule_name"
    sentence = _l("Name the law, policy or standing order that stands in the way")


class RuleLinkNeeded(Refusal):
    """A refusal links to the text of the rule it cites."""

    field = "rule_url"
    sentence = _l("Enter the web address where people can read that rule, beginning with https://")


class OwnProposal(NotAllowed):
    """Nobody checks what they, or a group of theirs, proposed."""

    sentence = _l("You cannot check a proposal of your own or of your group. Ask another officer.")


class VersionIsNotCurrent(Conflict):
    """The proposer published a new version while the officer was writing: the check would be of the old one."""

    sentence = _l(
        "This proposal was changed while you were checking it. What you wrote is still here. "
        "Read the newest version below, then save again if it still holds."
    )


class CannotBeChecked(Conflict):
    """The proposal has left the process, or the ballot is frozen."""

    sentence = _l("This proposal cannot be checked now: it was withdrawn, or the list for the vote is fixed.")


class SomeNotChecked(Conflict):
    """Outcomes are published together, so that nobody hears before the others."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.sentence: LazyString | str = ngettext(
            "%(num)s proposal still waits for its check. Outcomes are published together.",
            "%(num)s proposals still wait for their check. Outcomes are published together.",
            count,
        )
        super().__init__(count)


class NothingToPublish(Conflict):
    """Every outcome is public already."""

    sentence = _l("There is no new outcome to publish.")
