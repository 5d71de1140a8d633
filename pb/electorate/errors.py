"""Ways in which proving who you are can fail. The sentences never tell whether somebody may vote or has voted."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, Refusal
from pb.core.limits import TooMany
from pb.electorate.codes import NotACode


class WrongCode(Refusal):
    """The code typed is not the one that was sent to this browser's mailbox."""

    field = "code"
    sentence = _l("Enter the 6 digit code we sent to you. Check the newest message.")


class CodeExpired(Refusal):
    """The code was right once; it is older than 15 minutes, or there is none."""

    field = "code"
    sentence = _l("This code is out of date. Send a new code.")


class CodeNeeded(Refusal):
    """A person seen by staff in a round with a list, without code or address."""

    field = "code"
    sentence = _l("Enter the code of their letter, or the e-mail address that the list has of them.")


class NotEnoughToGoBy(Refusal):
    """A person seen by staff, with neither an e-mail address nor a name with an address."""

    field = "name"
    sentence = _l("Enter the e-mail address, or the name and the first line of the address.")


class NotOnList(Refusal):
    """Somebody proved a mailbox or an account that leads to nobody on the list. Said only to whoever proved it."""

    field = "code"
    sentence = _l("The list of voters does not have this address. Use the code in your letter, or ring us.")


class MistypedCode(Refusal):
    """What was typed cannot be a posted code. Nothing was looked up, so this never counts as a guess."""

    field = "code"

    def __init__(self, slip: NotACode) -> None:
        super().__init__(slip.why)
        self.sentence = _slip_words(slip)


def _slip_words(slip: NotACode) -> LazyString:
    if slip.why == "length" and slip.detail == "0":
        return _l("Enter the code from your letter. It has 12 letters and digits.")
    if slip.why == "length":
        return _l("A code has 12 letters and digits. You typed %(count)s.", count=slip.detail)
    if slip.why == "symbol" and slip.detail == "U":
        return _l("No code has the letter U. Look again: it may be a V.")
    if slip.why == "symbol":
        return _l("“%(symbol)s” is never part of a code. Look at your letter again.", symbol=slip.detail)
    return _l("One letter or digit is wrong, or two are swapped. Compare each group of four with your letter.")


class UnknownCode(Refusal):
    """A well-formed code that leads to nobody in this round: never made, or voided by a newer letter."""

    field = "code"
    sentence = _l("This code does not work here. If you have had a newer letter, use the code in that one, or ring us.")


class TooManyGuesses(TooMany):
    """The budget for wrong codes of this browser or network is used up for now. No code is ever locked."""

    field = "code"
    sentence = _l(
        "Too many wrong codes came from here. Your own code still works: wait ten minutes, or ring us and we will help."
    )


class SlowDown(Refusal):
    """Very many wrong codes are arriving from everywhere: each code waits a few seconds on one extra page."""

    field = "code"
    status = 429

    def __init__(self, ticket: str) -> None:
        super().__init__("slow")
        self.ticket = ticket
        self.sentence = _l("Many wrong codes are being tried just now. Wait five seconds, then submit yours again.")


class NothingToPrint(Refusal):
    """Nobody on the list waits for a letter."""

    sentence = _l("Nobody on the list is waiting for a letter. Every code has been handed over.")


class NoList(Refusal):
    """Letters need people to write to."""

    status = 409
    sentence = _l("There is no list of voters for this round yet. Import it first.")


class WrongNumberOfCards(Refusal):
    """Codes to hand out are made 1 to 250 at a time."""

    field = "how_many"
    sentence = _l("Enter a number between 1 and 250.")


class EnoughLetters(Conflict):
    """More single letters in a day than one person may hand over alone."""

    sentence = _l("20 letters were made at the desk today. For more, ask for a run: a second person must agree to it.")


class ListChanged(Conflict):
    """Somebody changed the list or made codes while the file was being made."""

    sentence = _l("The list changed while the file was being made, so no code was given out. Make it again.")


class RunIsOver(Conflict):
    """Voting has closed: a new code would be of no use."""

    sentence = _l("Voting has closed, so codes are not made any more.")
