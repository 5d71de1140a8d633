"""Ways in which proving who you are can fail. The sentences never tell whether somebody may vote or has voted."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Refusal


class WrongCode(Refusal):
    """The code typed is not the one that was sent to this browser's mailbox."""

    field = "code"
    sentence = _l("Enter the 6 digit code we sent to you. Check the newest message.")


class CodeExpired(Refusal):
    """The code was right once; it is older than 15 minutes, or there is none."""

    field = "code"
    sentence = _l("This code is out of date. Send a new code.")


class NotEnoughToGoBy(Refusal):
    """A person seen by staff, with neither an e-mail address nor a name with an address."""

    field = "name"
    sentence = _l("Enter the e-mail address, or the name and the first line of the address.")
