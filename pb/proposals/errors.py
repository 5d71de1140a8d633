"""What the process refuses about proposals, each rule with its sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal
from pb.core.filters import money
from pb.core.money import Money


class ProposingIsClosed(Conflict):
    """The round does not take proposals now."""

    sentence = _l("This round does not take proposals now. What you wrote is kept.")


class NotYours(NotAllowed):
    """Only the proposer, or a member of the proposing group, may do this."""

    sentence = _l("Only the person or group who made this proposal can do that.")


class NotInGroup(NotAllowed):
    """The actor does not belong to the group named."""

    field = "propose_as"
    sentence = _l("Select a group that you belong to, or yourself.")


class TooManyDrafts(Refusal):
    """A person keeps a handful of drafts in a round, not hundreds."""

    sentence = _l("You have 10 drafts in this round. Send in or delete one before you start another.")


class AlreadySent(Conflict):
    """A proposal that was sent in is changed by a revision, not as a draft."""

    sentence = _l("This proposal was already sent in. Change it from its own page.")


class NoLongerOpen(Conflict):
    """The ballot is frozen, or the proposal has left the process."""

    sentence = _l("This proposal can no longer be changed or withdrawn: the list for the vote is fixed.")


class CostOverLimit(Refusal):
    """The cost is more than this round can pay for one project."""

    field = "cost_lines"

    def __init__(self, limit: Money) -> None:
        self.limit = limit
        self.sentence = _l("The most you can ask for in this round is %(limit)s", limit=money(limit))
        super().__init__(limit)


class PlaceNotInRound(Refusal):
    """The round has no pot for that ward."""

    field = "ward"
    sentence = _l("Select an area that this round has money for")


class TitleStartsOddly(Refusal):
    """A title must begin with a letter or a number (see `titles.starts_with_words`)."""

    field = "title"
    sentence = _l("Start the title with a letter or a number, not with a sign such as = + - or @")


class OutcomeInThePast(Refusal):
    """The date by which the outcome is seen must lie ahead."""

    field = "outcome_on"
    sentence = _l("Enter a date in the future, by which you will know that it worked")


class PromiseInThePast(Refusal):
    """A promise is made for a day that lies ahead. `field` is the side of the deal that made it."""

    sentence = _l("Enter a date in the future, by which the promise will be kept")

    def __init__(self, side: str) -> None:
        self.field = side
        super().__init__(side)


class NotComplete(Refusal):
    """A proposal needs all its questions answered. `missing` holds the unanswered fields by page."""

    sentence = _l("Answer the questions marked To do, then send in your proposal.")

    def __init__(self, missing: Mapping[str, Sequence[str]]) -> None:
        self.missing = {step: tuple(fields) for step, fields in missing.items()}
        super().__init__(self.missing)


class ReasonNeeded(Refusal):
    """Withdrawing and revising are public acts, so they say why."""

    field = "reason"
    sentence = _l("Tell people why, in a few words")


class CitationNeeded(Refusal):
    """A version made because of the discussion names what was said."""

    field = "cites"
    sentence = _l("Select at least one contribution that this version follows")


class NothingChanged(Refusal):
    """A revision must differ from the version before it."""

    sentence = _l("You have not changed anything yet.")


class ChangedMeanwhile(Conflict):
    """Somebody saved a newer version since the page was opened."""

    sentence = _l(
        "Somebody changed this proposal while you were writing. What you typed is still here: "
        "look at the newest version, then save again."
    )
