"""Every way in which voting says no, each with the sentence a voter sees."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from pb.core.errors import Conflict, NotFound, Refusal
from pb.core.filters import money


class NotOnBallot(Refusal):
    """A code that this ballot does not have."""

    field = "picks"
    sentence = _l("One of the projects you sent is not on this ballot. Look at your picks again.")


class NoLongerOnBallot(Refusal):
    """A project was withdrawn after it was picked."""

    field = "picks"

    def __init__(self, code: str, title: str) -> None:
        super().__init__(code)
        self.sentence = _l("%(title)s (%(code)s) was withdrawn. Take it out of your picks.", title=title, code=code)


class TooManyPicks(Refusal):
    """More picks in a pot than the round allows."""

    field = "picks"

    def __init__(self, *, picked: int, limit: int, pot: str) -> None:
        super().__init__(pot)
        self.picked, self.limit, self.pot = picked, limit, pot
        self.sentence = _l(
            "You picked %(picked)s projects for %(pot)s. Take out %(over)s so that you have %(limit)s or fewer.",
            picked=picked,
            pot=pot,
            over=picked - limit,
            limit=limit,
        )


class TooFewPicks(Refusal):
    """Fewer picks in a pot than the round's hard minimum."""

    field = "picks"

    def __init__(self, *, picked: int, wanted: int, pot: str) -> None:
        super().__init__(pot)
        self.sentence = _l(
            "Pick at least %(wanted)s projects for %(pot)s. You have picked %(picked)s.",
            wanted=wanted,
            pot=pot,
            picked=picked,
        )


class OverPot(Refusal):
    """The picks of a knapsack ballot cost more than the pot holds. An exact fit is fine."""

    field = "picks"

    def __init__(self, *, pot: str, cost: int, amount: int) -> None:
        super().__init__(pot)
        self.over = cost - amount
        self.sentence = _l(
            "Your picks for %(pot)s cost %(over)s more than it holds. Take something out.",
            pot=pot,
            over=money(self.over),
        )


class WrongPoints(Refusal):
    """The points of a pot do not add up to the round's total, or one is below 1."""

    field = "picks"

    def __init__(self, *, used: int, total: int, pot: str) -> None:
        super().__init__(pot)
        self.used, self.total, self.pot = used, total, pot
        if used == total:
            self.sentence = _l("Give each pick at least 1 point, or take it out.")
        elif used > total:
            self.sentence = _l("You have used %(used)s points. Take off %(over)s.", used=used, over=used - total)
        else:
            self.sentence = _l("Share out all %(total)s points. You have used %(used)s.", total=total, used=used)


class WrongRanks(Refusal):
    """Places in a ranking are not 1, 2, 3 … without gaps or ties."""

    field = "picks"

    def __init__(self, *, pot: str, count: int) -> None:
        super().__init__(pot)
        self.sentence = lazy_ngettext(
            "Give your pick the place 1.",
            "Give your %(num)s picks the places 1 to %(num)s, each once.",
            count,
        )


class DraftTooLarge(Refusal):
    """More picks than a browser's cookie holds."""

    field = "picks"
    sentence = _l("You have picked more projects than we can keep for you. Take some out first.")


class NotProven(Conflict):
    """The time for which this browser's identity check counts has run out."""

    sentence = _l("It is a while since we checked who you are. Ask for a new code.")


class VotingNotOpen(Conflict):
    """A vote before voting has opened."""

    sentence = _l("Voting has not opened yet. We kept your picks on this device.")


class VotingClosed(Conflict):
    """A vote after the `closed` event or the end of the grace. `receipt`: a vote of this person is in the box."""

    sentence = _l("Voting has closed. We kept your picks but could not count them because they were not submitted.")

    def __init__(self, receipt: str | None = None) -> None:
        super().__init__("closed")
        self.receipt = receipt


class AlreadyVoted(Conflict):
    """There is a vote of this person that the form did not know of. `version` is what to name to replace it."""

    sentence = _l("You have already voted, perhaps in another window or on another device.")

    def __init__(self, version: int) -> None:
        super().__init__(str(version))
        self.version = version


class VotedOnPaper(Conflict):
    """An online vote of somebody whose paper ballot has been received."""

    sentence = _l(
        "We have received a paper ballot of yours, and it is the one that counts. You cannot vote online as well. "
        "If you did not hand one in, tell us."
    )


class PaperTwice(Conflict):
    """A paper of this person has been received already."""

    sentence = _l("A paper ballot of this person has been received already. Put this paper aside, unopened.")


class VotedOnlineFirst(Conflict):
    """First channel wins: there is an online vote."""

    sentence = _l(
        "This person has already voted online, and in this round the first vote stands. Tell them. "
        "Put the paper aside, unopened."
    )


class PaperWaits(Conflict):
    """Closing while paper ballots that came in time are not sealed yet."""

    sentence = _l("Paper ballots that came in time are still being keyed. Seal or set aside every batch first.")


class KeyReused(Refusal):
    """An idempotency key came back with another ballot."""

    sentence = _l("This page was already used to send a different vote. Go back to your picks and submit them again.")


class MayNotVote(Refusal):
    """The entitlement was struck or voided."""

    status = 403
    sentence = _l("This vote cannot be accepted. Contact us: we will find out why.")


class BoxNotReady(Conflict):
    """Closing, opening or counting out of order."""

    sentence = _l("This step cannot be done now. Look at where the vote stands.")


class BoxNotClosed(BoxNotReady):
    """Opening the box before the vote is closed."""

    sentence = _l("The vote has not been closed yet. The box can be opened once it is closed, after voting has ended.")


class BoxIsOpen(BoxNotReady):
    """Opening the box a second time."""

    sentence = _l("The box has been opened already.")


class StillOpen(Conflict):
    """Closing before voting has ended."""

    sentence = _l("Voting has not ended yet, so it cannot be closed.")


class NothingToVoteOn(Refusal):
    """A freeze without feasible projects."""

    sentence = _l("There is no project to vote on. Publish at least one that can go to the vote first.")


class BallotChanged(Conflict):
    """What would be published is not what the first person saw."""

    sentence = _l("The ballot has changed since this was asked for. Nothing was published. Look at it, and ask again.")


class AlreadyFrozen(Conflict):
    """A second freeze."""

    sentence = _l("The ballot of this round is already frozen.")


class NoBallot(NotFound):
    """The round has no frozen ballot."""

    sentence = _l("There is no ballot for this round yet.")


class NotByHolders(Conflict):
    """A ceremony for a round whose key is a file of the server."""

    sentence = _l("This round is not set to three key holders (mode S2). Set that in its ballot and counting first.")


class KeyAlreadyMade(Conflict):
    """A second ceremony, by mistake."""

    sentence = _l("The key of this round has been made already.")


class KeyNotMade(Conflict):
    """A freeze, or an opening, before the ceremony."""

    sentence = _l("Three key holders must make the key first, at the server’s terminal: pb keys create.")


class HoldersNeeded(Conflict):
    """Opening a box of mode S2 at a desk."""

    sentence = _l("Two of the three key holders open this box together, at the server’s terminal: pb keys open.")


class PassphraseTooShort(Refusal):
    """A passphrase that can be guessed."""

    sentence = _l("A passphrase needs at least 15 characters, and more than a few different ones.")


class PassphrasesAlike(Refusal):
    """Two holders with one passphrase are one holder."""

    sentence = _l("Each holder needs a passphrase of their own.")


class PassphraseWrong(Refusal):
    """One of the two does not fit; which one cannot be told."""

    sentence = _l("These two passphrases do not open the key. Nothing was changed.")


class KeyDestroyed(Conflict):
    """The key's day has come and gone."""

    sentence = _l("The key of this ballot box has been destroyed. Nobody can open a sealed vote any more.")


class KeyStillNeeded(Conflict):
    """Destroying a key before there is a public result."""

    sentence = _l("The key can be destroyed only after the results are public.")


class TooFewDays(Refusal):
    """Keeping a key longer means a later day."""

    field = "until"
    sentence = _l("Choose a later day than the one on which the key would be destroyed anyway.")
