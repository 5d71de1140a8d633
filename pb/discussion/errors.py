"""The rules of talk and of its moderation, one class each."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal


class TalkIsClosed(Conflict):
    """The host takes no more contributions."""

    sentence = _l("This talk is closed. What was said stays for everybody to read.")


class ReasonMissing(Refusal):
    """A contribution says something: each kind asks for its own words."""

    field = "text"

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.sentence = EMPTY[kind]
        super().__init__(kind)


EMPTY: dict[str, LazyString | str] = {
    "support": _l("Tell us why you support this, in 15 characters or more"),
    "worry": _l("Tell us why you are worried, in 15 characters or more"),
    "question": _l("Enter your question"),
    "suggestion": _l("Tell us what should change"),
    "help": _l("Tell us what you can help with"),
    "reply": _l("Enter your words"),
    "update": _l("Enter what has changed"),
    "statement": _l("Enter your statement"),
    "view": _l("Enter their words"),
}


class TooLong(Refusal):
    field = "text"
    sentence = _l("Your message must be 600 characters or less")


class ContactInPublic(Refusal):
    """A phone number or e-mail address in public words would stay there for everybody."""

    field = "text"
    sentence = _l("Take out the phone number or e-mail address. Use “I can help” so that only the proposer sees it")


class ContactTooLong(Refusal):
    field = "private_contact"
    sentence = _l("Your phone number or e-mail address must be 200 characters or less")


class AlreadySaid(Conflict):
    """One support or worry each, for one version."""

    field = "text"
    sentence = _l("You have already said this about this version. Add an “Update:” to what you wrote instead.")


class TooManyToday(Refusal):
    """A day has a limit of contributions; it is generous, and smaller on somebody's first day."""

    status = 429
    field = "text"
    sentence = _l("You have written a lot today. Keep your words and send them tomorrow.")


class WaitAMoment(Refusal):
    """New accounts wait half a minute between two contributions; in slow mode everybody waits ten minutes."""

    status = 429
    field = "text"
    sentence = _l("Wait half a minute, then send it again. What you wrote is still here.")


class SlowMode(WaitAMoment):
    sentence = _l(
        "Many people are writing here just now, so everybody can write once in ten minutes. Send it again then."
    )


class PausedForElection(NotAllowed):
    """Councillors' posts pause before an election."""

    field = "text"
    sentence = _l("Councillors’ posts are paused until the election is over.")


class NotTheAuthor(NotAllowed):
    sentence = _l("Only the person who wrote this can change it.")


class TimeToEditIsOver(Conflict):
    field = "text"
    sentence = _l("The 15 minutes for changing your words are over. Add an “Update:” instead.")


class OwnMark(Refusal):
    sentence = _l("You wrote this yourself, so your “Useful” would not count.")


class NotYoursToAnswer(NotAllowed):
    """Suggestions and offers are answered by the proposer; questions also by people with a named role."""

    field = "text"
    sentence = _l("Only the proposer, or for a question somebody with a named role, can answer this.")


class NothingChangedYet(Refusal):
    """ "Changed" must point to a version made after the suggestion."""

    field = "outcome"
    sentence = _l("Publish a new version first and say that it follows this suggestion. Then it is marked as changed.")


class WrongOutcome(Refusal):
    field = "outcome"
    sentence = _l("Select one of the answers")


class AlreadyReported(Conflict):
    sentence = _l("You have reported this already. Somebody will look at it.")


class OwnReport(Refusal):
    sentence = _l("You wrote this yourself. You can add an “Update:” to it.")


class ReasonNotListed(Refusal):
    """Reports and moderation choose from a closed list."""

    field = "reason"
    sentence = _l("Select a reason")


class ConflictOfInterest(NotAllowed):
    """A moderator with an interest in an item leaves it to somebody else. `reasons` holds codes of `conflicts`."""

    sentence = _l("You have an interest in this, so somebody else must decide it.")

    def __init__(self, reasons: Sequence[str] = ()) -> None:
        self.reasons = tuple(reasons)
        super().__init__(self.reasons)


class SecondHasInterest(NotAllowed):
    """Whoever agrees to an override must be free of any interest in it."""

    sentence = _l("You have an interest in this too, so another officer must agree to it.")


class OverrideReasonNeeded(Refusal):
    """Deciding in spite of an interest takes a reason that everybody can read."""

    field = "why"
    sentence = _l("Say in at least 10 letters why nobody else can decide this")


class OfficersOnly(NotAllowed):
    sentence = _l("Before an election only officers moderate.")


class AlreadyDecided(Conflict):
    sentence = _l("Somebody else has decided this meanwhile. Nothing of yours was lost.")


class MessageNeeded(Refusal):
    field = "message"
    sentence = _l("Tell the author what to change")


class BlankedTextNeeded(Refusal):
    field = "new_text"
    sentence = _l("Take the personal details out of the text: it must differ from what was written")


class SecondPersonNeeded(NotAllowed):
    """Removing, and deciding an appeal, take another person than the first."""

    sentence = _l("Another person must do this: you took the first decision.")


class CannotBeRemoved(Refusal):
    field = "reason"
    sentence = _l("Only personal information, threats and hate can be removed. Hide it instead")


class AppealTooLate(Conflict):
    sentence = _l("The 14 days for an appeal are over.")


class AppealedAlready(Conflict):
    sentence = _l("You have appealed against this already.")


class AppealReasonNeeded(Refusal):
    field = "words"
    sentence = _l("Tell us in 600 characters or less why this should be shown")


class DecisionReasonNeeded(Refusal):
    field = "reason"
    sentence = _l("Give your reason in 600 characters or less: everybody will read it")


class NowhereToMove(Refusal):
    field = "move_to"
    sentence = _l("Enter the code of another project in this round")


class SentenceNotCited(Refusal):
    """A sentence under the first two headings names no contribution. `text` is that sentence."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self.text = text
        self.sentence = _l("Name at least one contribution, like [12], in: “%(text)s”", text=text[:80])
        super().__init__(field, text)


class CitesUnknown(Refusal):
    """A number in brackets is no public contribution to this talk."""

    def __init__(self, field: str, number: int) -> None:
        self.field = field
        self.number = number
        self.sentence = _l("[%(number)s] is not a public contribution to this talk", number=number)
        super().__init__(field, number)


class SummaryTooLong(Refusal):
    field = "likes"
    sentence = _l("A summary has 250 words at most")


class SummaryEmpty(Refusal):
    field = "likes"
    sentence = _l("Enter at least one sentence")


class TookASide(NotAllowed):
    """Who took a side, proposed or has an interest does not write the summary."""

    field = "likes"
    sentence = _l("You took a side on this, or proposed it. Somebody else must write its summary.")


class OneSided(Refusal):
    field = "text"
    sentence = _l("Opening views must include at least one against. Add that one first.")


class TooManyViews(Refusal):
    field = "text"
    sentence = _l("There can be six opening views at most")


class TalkHasBegun(Conflict):
    field = "text"
    sentence = _l("People have begun to talk, so opening views can no longer be added.")


class DatesOutOfOrder(Refusal):
    field = "ends_at"
    sentence = _l("The end must come after the beginning")


class StatementTooLong(Refusal):
    field = "text"
    sentence = _l("A statement has 140 characters at most, and says one thing")


class SameStatement(Conflict):
    field = "text"
    sentence = _l("Somebody has said this already. Answer theirs.")


class TooManyStatements(Refusal):
    status = 429
    field = "text"
    sentence = _l("You have added 5 statements to this board. Answer those of others now.")
