"""Every way in which the paper desk says no, each with the sentence the staff see."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotFound, Refusal


class NoBatch(NotFound):
    """The round has no batch of this number."""

    sentence = _l("There is no batch with this number.")


class WrongStep(Conflict):
    """The batch has moved on, or is not there yet."""

    sentence = _l("This batch is at another step now. Look at it again.")


class WrongHandCount(Refusal):
    """A hand count outside 1 to 50."""

    field = "hand_count"
    sentence = _l("Enter how many papers you counted, from 1 to 50. Make two batches of more.")


class UnknownWard(Refusal):
    """A ward whose people have nothing to vote on in this round."""

    field = "ward"
    sentence = _l("Select a ward that votes in this round.")


class BatchFull(Refusal):
    """More stubs than a batch may have papers."""

    sentence = _l("A batch has at most 50 stubs. Begin another batch.")


class NoStubYet(Refusal):
    """Keying without a single stub: nobody is known to have handed in these papers."""

    sentence = _l("Enter the stubs of this batch first.")


class NotThisStub(Refusal):
    """No stub of this person is in this batch."""

    sentence = _l("This batch has no stub with these details.")


class UnknownNumber(Refusal):
    """A number that no project of this pot has."""

    def __init__(self, typed: str, field: str) -> None:
        super().__init__(typed)
        self.field = field
        self.sentence = _l("There is no project %(number)s in this pot. Check the paper.", number=typed)


class AmbiguousNumber(Refusal):
    """Two projects of a pot share the digits: the letter is needed."""

    def __init__(self, typed: str, codes: str, field: str) -> None:
        super().__init__(typed)
        self.field = field
        self.sentence = _l("Type the letter too: %(number)s can be %(codes)s.", number=typed, codes=codes)


class TypedTwice(Refusal):
    """A project typed twice for one paper."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.field = field
        self.sentence = _l("You typed %(code)s twice.", code=code)


class NothingTyped(Refusal):
    """Neither a number nor a reason to set the paper aside."""

    sentence = _l("Type the numbers marked on the paper, 0 for “no project”, or why it is set aside.")


class NotValidOnPaper(Refusal):
    """What was typed breaks a rule of the ballot."""

    def __init__(self, rule: Refusal, field: str) -> None:
        super().__init__(str(rule))
        self.field = field
        self.sentence = _l(
            "%(rule)s If the paper really says so, set it aside with that reason.", rule=str(rule.sentence)
        )


class SamePerson(Conflict):
    """Both readings by one person, or the judge of a difference is one of the two."""

    sentence = _l("Somebody else must do this: you have keyed this batch already.")


class TurnTaken(Conflict):
    """Two other people are keying, or have keyed, this batch."""

    sentence = _l("Two other people are keying this batch.")


class NothingToUndo(Conflict):
    """No paper of this turn has been keyed."""

    sentence = _l("There is no paper to go back to.")


class TooManyPapers(Refusal):
    """A keyed pile of more than 50."""

    sentence = _l("A batch has at most 50 papers. Say that you have reached the end.")


class NotSettled(Conflict):
    """Sealing before every difference is settled."""

    sentence = _l("Some papers are not settled yet.")


class MorePapersThanStubs(Conflict):
    """More ballots than people: one of them would be a second vote of somebody."""

    sentence = _l("There are more ballots than stubs. Enter the missing stub, or set the whole batch aside.")


class ReasonNeeded(Refusal):
    """Hand count, stubs and papers differ, and nobody said why."""

    field = "note"
    sentence = _l("The numbers differ. Write why, in words anybody may read.")
