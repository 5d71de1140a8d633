"""What the log refuses, so that an entry is honest before it is kept."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal


class NotYours(NotAllowed):
    """Officers keep the log."""

    sentence = _l("Only engagement officers and the returning officer can change the log.")


class EntryChanged(Conflict):
    """Somebody else saved a version meanwhile."""

    sentence = _l("Somebody else has changed this entry while you were writing. Read their version, then save yours.")


class ResidentsPartMissing(Refusal):
    """Finished without a word on what residents did."""

    field = "residents_did"
    sentence = _l("Say what residents did, or tick that they had no part in this")


class LessonMissing(Refusal):
    """Changed, delayed, stopped and finished things teach something."""

    field = "what_we_learned"
    sentence = _l("Say what you learned: it is asked for when something is changed, delayed, stopped or finished")


class MoneyMissing(Refusal):
    """A stopped promise says where its money goes."""

    field = "money_note"
    sentence = _l("Say what happens to the money that is left")


class NextStepMissing(Refusal):
    """A living promise has a next step."""

    field = "next_step"
    sentence = _l("Say what comes next")


class NextDateMissing(Refusal):
    """… with a date."""

    field = "next_by"
    sentence = _l("Say by when")


class AnswersMissing(Refusal):
    """… and somebody who answers for it."""

    field = "answers_to"
    sentence = _l("Say who answers for it, by role")


class ReasonMissing(Refusal):
    """Answered and not ours are answers in words, not labels."""

    field = "what_happened"
    sentence = _l("Say what the answer is, or whose job it is and whether they were told")


class SpentTooMuch(Refusal):
    """More paid than there is."""

    field = "paid"
    sentence = _l("More is paid than was budgeted. Check the amount, or explain it under what happens to the money")
