"""The rules of setting up and running a round, one class each."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString, lazy_gettext

from pb.core.errors import Conflict, Refusal


class FrozenRound(Conflict):
    """The ballot is published: what voters were shown does not change any more."""

    sentence = lazy_gettext("This cannot change: the ballot has been published. Voters were promised that it stays.")


class ReasonNeeded(Refusal):
    """A change to a public round is shown to everybody with its reason."""

    field = "reason"
    sentence = lazy_gettext("Enter a reason of at least 10 characters. It is shown to everybody.")


class NameNeeded(Refusal):
    field = "title"
    sentence = lazy_gettext("Enter a name for the round")


class AgeOutOfRange(Refusal):
    field = "minimum_age"
    sentence = lazy_gettext("The youngest age to vote must be between 5 and 21")


class UnknownArea(Refusal):
    field = "wards"
    sentence = lazy_gettext("Select wards of this council")


class PotsNeeded(Refusal):
    sentence = lazy_gettext("Enter at least one pot of money")


class PotRefused(Refusal):
    """Something is wrong with one pot; `line` counts from 0 and `field` is the part of that pot."""

    def __init__(self, line: int, field: str) -> None:
        self.line, self.field = line, field


class PotNameNeeded(PotRefused):
    sentence = lazy_gettext("Enter a name for the pot")


class PotNameTwice(PotRefused):
    sentence = lazy_gettext("Two pots have this name. Give each pot its own name")


class PotAmountNeeded(PotRefused):
    sentence = lazy_gettext("Enter how much is in the pot, more than £0")


class UnknownWard(PotRefused):
    sentence = lazy_gettext("Select one of the council's wards")


class UnknownChoice(Refusal):
    """A ballot kind, rule, completion, tie rule or rung that is not offered."""

    sentence = lazy_gettext("Select one of the choices")

    def __init__(self, field: str) -> None:
        self.field = field


class OtherRungsNeedList(Refusal):
    """Two ways of proving who one is would be two votes, but for a list they both lead to."""

    field = "other_rungs"
    sentence = lazy_gettext("Only a round with a list of voters can offer a second way. Untick these")


class NoProvider(Refusal):
    """Accounts need a provider, and the settings name none."""

    field = "identity_rung"
    sentence = lazy_gettext("There is no sign-in service in the settings. An administrator must add it first")


class RuleDoesNotFit(Refusal):
    field = "completion"
    sentence = lazy_gettext("Only equal shares has a way to use money that is left. Select “Leave it”")


class PicksOutOfRange(Refusal):
    field = "max_picks"
    sentence = lazy_gettext("The most picks must be between 1 and 100")


class TooFewPicksAllowed(Refusal):
    field = "min_picks"
    sentence = lazy_gettext("The fewest picks must be between 0 and 3, and not above the most picks")


class DateRefused(Refusal):
    """Something is wrong with one date; `field` is the phase that it begins."""

    def __init__(self, phase: str) -> None:
        self.field = phase


class DatesOutOfOrder(DateRefused):
    """A phase would begin at or before the one that it follows."""

    def __init__(self, phase: str, *, after: LazyString | str) -> None:
        super().__init__(phase)
        self.sentence = lazy_gettext("This must be later than the step before it: %(step)s", step=after)


class DateHasPassed(DateRefused):
    sentence = lazy_gettext("This step has begun, so its date stays")


class DateInThePast(DateRefused):
    sentence = lazy_gettext("Enter a date and time that is still to come")


class DateNeeded(DateRefused):
    sentence = lazy_gettext("Enter when this begins. A public round needs it")


class VotingNotDated(Refusal):
    sentence = lazy_gettext("No dates are set for voting yet.")


class SetupIncomplete(Refusal):
    """`missing` names the sections of the checklist that are not completed, in order."""

    def __init__(self, missing: Sequence[LazyString | str]) -> None:
        self.missing = list(missing)
        names = ", ".join(str(name) for name in missing)
        self.sentence = lazy_gettext("Complete these parts before you publish: %(parts)s", parts=names)


class VotingAlreadyOver(Refusal):
    sentence = lazy_gettext("Voting would end in the past. Set new dates before you publish")


class AlreadyPublished(Conflict):
    sentence = lazy_gettext("This round is public already.")


class NotPublished(Conflict):
    sentence = lazy_gettext("This round is not public yet.")


class AlreadyHeld(Conflict):
    sentence = lazy_gettext("This round is on hold already.")


class NotHeld(Conflict):
    sentence = lazy_gettext("This round is not on hold.")


class CannotHold(Conflict):
    """Voters were told when voting ends, and a finished vote has nothing to hold."""

    sentence = lazy_gettext("A round can be put on hold only before voting opens.")


class ProposingNotOver(Conflict):
    sentence = lazy_gettext("The ballot cannot be published while ideas can still come in.")


class TooLateToFreeze(Conflict):
    sentence = lazy_gettext("Voting would be over before it began. Set new dates, then publish the ballot.")


class RoundHeld(Conflict):
    sentence = lazy_gettext("This round is on hold. Release it first.")


class EmptyBallot(Refusal):
    sentence = lazy_gettext("There is no project to put on the ballot.")


class BallotLineRefused(Refusal):
    """Something is wrong with one line of the ballot; `code` says which."""

    def __init__(self, code: str, sentence: LazyString) -> None:
        self.code, self.sentence = code, sentence


class CodeTwice(BallotLineRefused):
    def __init__(self, code: str) -> None:
        super().__init__(code, lazy_gettext("Two projects have the code %(code)s.", code=code))


class LineWithoutCost(BallotLineRefused):
    def __init__(self, code: str) -> None:
        super().__init__(code, lazy_gettext("Project %(code)s has no cost.", code=code))


class LineOverPot(BallotLineRefused):
    """It could never be funded, so a vote for it would be wasted."""

    def __init__(self, code: str) -> None:
        super().__init__(code, lazy_gettext("Project %(code)s costs more than its whole pot.", code=code))


class LineInAnotherPot(BallotLineRefused):
    def __init__(self, code: str) -> None:
        super().__init__(code, lazy_gettext("Project %(code)s is in a pot of another round.", code=code))


class NotFrozen(Conflict):
    sentence = lazy_gettext("The ballot of this round has not been published.")


class VotingNotOver(Conflict):
    sentence = lazy_gettext("Voting has not ended yet.")


class AlreadyClosed(Conflict):
    sentence = lazy_gettext("Voting was closed before.")


class NotClosed(Conflict):
    sentence = lazy_gettext("Voting has not been closed.")


class NoResultsYet(Conflict):
    sentence = lazy_gettext("A round can end only after its results are published.")


class AlreadyEnded(Conflict):
    sentence = lazy_gettext("This round has ended already.")


class NotExtendable(Conflict):
    """Voting can be made longer from the publication of the ballot until it ends."""

    sentence = lazy_gettext("Voting can be made longer only after the ballot is published and before voting has ended.")


class EndNotLater(Refusal):
    """Voters were promised the end they read: it never comes earlier."""

    field = "closes_at"
    sentence = lazy_gettext("Choose a later end than the one voters were promised. Voting never ends earlier.")
