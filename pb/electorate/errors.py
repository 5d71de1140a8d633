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


class AccountNotOnList(NotOnList):
    """An account that no entry of the list names."""

    sentence = _l("The list of voters does not have this account. Use the code in your letter, or ring us.")


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


class UnreadableList(Refusal):
    """Nothing of a file can be used. Beside the file's field."""

    field = "file"


class NotTable(UnreadableList):
    """A workbook, a PDF, or quotation marks that never end."""

    sentence = _l("This is not a CSV file. In the spreadsheet choose Save as, then “CSV UTF-8”, and select that file.")


class UnknownEncoding(UnreadableList):
    sentence = _l("We cannot read the letters of this file. Save it as “CSV UTF-8” and select it again.")


class EmptyList(UnreadableList):
    sentence = _l("There is nobody in this file: the first row is for headings, the people come below it.")


class TooManyPeople(UnreadableList):
    sentence = _l("This file has more than 250,000 rows. Split it and import one part after the other.")


class ColumnTwice(UnreadableList):
    """Two columns that could both be meant."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self.sentence = _l("Two columns could be “%(heading)s”. Rename the one that is not.", heading=heading[:40])


class ColumnsMissing(UnreadableList):
    """Without these nobody can be written to."""

    def __init__(self, *, name: bool) -> None:
        super().__init__()
        if name:
            self.sentence = _l("There is no column called “Name” (or “First name” and “Surname”) in the first row.")
        else:
            self.sentence = _l("The first row has no columns “Address” and “Postcode”, and none called “E-mail”.")


class SourceNeeded(Refusal):
    """The results name the list, so it needs a name."""

    field = "source"
    sentence = _l("Enter where the list comes from and its date, like “Open register, 1 May 2026”.")


class UploadGone(Conflict):
    """Another officer imported or discarded the file in the meantime."""

    sentence = _l("This file was imported or discarded meanwhile. Look at the list, then upload again if needed.")


class NamesStillNeeded(Conflict):
    """The day on which a round's names are deleted has not come."""

    sentence = _l("The names on the list are still needed: their day has not come.")


class StruckAlready(Conflict):
    """Somebody else changed it meanwhile."""

    sentence = _l("That has been done already.")


class WhyStruck(Refusal):
    """Nobody loses a vote without a reason."""

    field = "reason"
    sentence = _l("Say why, in at least 10 letters, without a name")


class ListIsOver(Conflict):
    """Voting has closed: the list stays as it was."""

    sentence = _l("Voting has closed, so the list of voters does not change any more.")
