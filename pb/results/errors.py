"""What counting, certifying and publishing can refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal


class BoxNotOpened(Conflict):
    """Ballots are counted only after the vote is closed and the box opened."""

    sentence = _l("The ballot box has not been opened yet. Close the vote and open the box first.")


class AlreadyCounted(Conflict):
    """The same ballots were counted by the same rule, with the same result."""

    sentence = _l("These ballots have been counted already. Use “Count again” to check the result.")


class CountRunning(Conflict):
    """A count of this round is running now."""

    sentence = _l("A count is running. Wait until it has finished.")


class BoxOpened(Conflict):
    """Made-up votes have no place beside real ones."""

    sentence = _l("The ballot box has been opened. There are real votes to count now.")


class NotFrozenYet(Conflict):
    """Votes can be made up only on a list of projects."""

    sentence = _l("The list of projects is not published yet. Try the count as soon as it is.")


class CannotCount(Conflict):
    """The engine refused: a tie left to people, a ballot that names no project of its pot."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.sentence = _l("The votes cannot be counted as they are: %(problem)s.", problem=problem)


class NotCounted(Conflict):
    """There is nothing to certify, publish or count again."""

    sentence = _l("The ballots have not been counted yet.")


class BallotsDiffer(Conflict):
    """The box no longer holds what was counted: somebody changed the database."""

    sentence = _l("The ballots are not those that were counted. Count again and find out why.")


class CountChanged(Conflict):
    """What is to be certified or published is not what was on the page."""

    sentence = _l("The ballots were counted again while you were looking. Look at the new result first.")


class AlreadyCertified(Conflict):
    """One person gives their word once."""

    sentence = _l("You have certified this count already. Somebody else must certify it too.")


class NotYours(NotAllowed):
    """Certifying and publishing are duties of the returning officer and officers."""

    sentence = _l("Only the returning officer and engagement officers can do this.")


class NotCertified(Conflict):
    """Two different people must certify, the returning officer among them."""

    sentence = _l("Two different people must certify the count first, one of them the returning officer.")


class BeforeElection(Conflict):
    """Nothing is announced in the time before an election (Local Government Act 1986, section 2)."""

    sentence = _l("An election is near, so no result is announced now. Publish it when the election is over.")


class AlreadyPublished(Conflict):
    """This version is out: a form was sent twice, or by two people."""

    sentence = _l("This result has been published already.")


class FilesNotMade(Refusal):
    """Files of many ballots are made before a publication, so that it does not keep voters waiting."""

    sentence = _l("The files of the ballots are not made yet. That takes a minute or two; then publish.")


class NoteMissing(Refusal):
    """A correction says what was wrong."""

    field = "note"
    sentence = _l("Say what was wrong and what is different now, in at least 10 letters")


class ReasonMissing(Refusal):
    """A decision that differs from the count says why."""

    field = "reason"
    sentence = _l("Give the reason, in at least 10 letters")


class AlreadyDecided(Conflict):
    """The council departed from the count on this project before."""

    sentence = _l("The council has departed from the count on this project already. It can take that back.")


class NothingToTakeBack(Refusal):
    """Only a departure can be taken back."""

    field = "project"
    sentence = _l("Choose a project on which the council departed from the count")


class ProjectMissing(Refusal):
    """A decision that departs from the count is about one project of it."""

    field = "project"
    sentence = _l("Choose the project on which the council departs from the count")


class NotPublished(Conflict):
    """The council decides on a result that people can read."""

    sentence = _l("Publish the result first: the council decides on what everybody can read.")


class UnreadableBallot(Refusal):
    """An opened ballot is not of the kind the round froze. Opening sets such ballots aside, so this is a fault."""

    sentence = _l("A ballot in the box cannot be read by this round’s rules. Nothing was counted.")

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class ImportRefused(Refusal):
    """A file cannot become a round; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.sentence = problem
