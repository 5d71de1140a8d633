"""Receipts: how they are signed, written to a file and read back from what a person types."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.core.errors import Refusal
from pb.core.keys import site_key
from pb.electorate.codes import NotACode, in_groups, read_code
from pb.rounds.models import Round


class NotAReference(Refusal):
    """What was typed cannot be a reference of ours: a slip, told without a look-up."""

    field = "receipt"
    sentence = _l("Check the reference. It has 12 letters and digits, and one of these does not fit.")


def read(typed: str) -> str:
    """Raises: NotAReference."""
    try:
        return read_code(typed)
    except NotACode:
        raise NotAReference from None


def sign(round: Round, receipt: str) -> tuple[str, str]:
    """The signed line, `pb-receipt-v1|round|receipt`, and its Ed25519 signature in hexadecimal.

    A receipt that is missing from the published list is then evidence that the council cannot deny.
    """
    line = f"pb-receipt-v1|{round.slug}|{receipt}"
    return line, site_key().sign(line.encode()).signature.hex()


def as_text(round: Round, receipt: str) -> str:
    """The file a voter can keep: the reference, the signed line, the signature and the key that checks it. No picks."""
    line, signature = sign(round, receipt)
    return "\n".join(
        (
            _("Your vote in %(round)s", round=round.title),
            _("Reference: %(reference)s", reference=in_groups(receipt)),
            "",
            _("The next three lines prove that this service gave you the reference (Ed25519)."),
            line,
            signature,
            bytes(site_key().verify_key).hex(),
            "",
        )
    )
