"""Why an act that takes two people does not happen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, NotAllowed, Refusal


class NotYourDuty(NotAllowed):
    """Asking for and approving an act belong to the roles that may do it, and to people who are signed in."""

    sentence = _l("Your role does not include this. Somebody with the duty for it must do it.")


class SamePerson(NotAllowed):
    """Whoever asked cannot approve."""

    sentence = _l("You asked for this yourself. Another person must approve it.")


class AlreadyAsked(Conflict):
    """The same is waiting for a second person."""

    sentence = _l("This has been asked for already. It waits for a second person to approve it.")


class AlreadyDecided(Conflict):
    """Approved, declined or withdrawn before."""

    sentence = _l("This has been decided already.")


class RequestExpired(Conflict):
    """Nobody approved in time."""

    sentence = _l("This was not approved in time. Ask for it again if it is still wanted.")


class RequestChanged(Conflict):
    """What would be done is not what was asked for, or not what was on the page."""

    sentence = _l("This is not what you were shown. Nothing was done. Ask for it again.")


class NotApproved(Conflict):
    """There is no approval for exactly this that was not used yet."""

    sentence = _l("Two people must agree to this. Ask for it, and let another person approve it.")


class WhyNeeded(Refusal):
    """Saying no takes a reason."""

    field = "reason"
    sentence = _l("Say why, in at least 10 letters")
