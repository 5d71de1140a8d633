"""The e-mails this room writes: plain text, whole sentences, the address of the page on a line of its own."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


def sign_in(*, url: str, code: str) -> Letter:
    """The link and, for another browser or device, the six digits."""
    paragraphs = [
        _("Hello,"),
        _("Open this page to sign in. It works once, for 15 minutes:"),
        url,
        _("If you read this on another device, type this code on the page where you asked for it:"),
        f"{code[:3]} {code[3:]}",
        _("If you did not ask to sign in, do nothing. Nobody can sign in without this e-mail."),
        _("We never ask for this code by phone."),
    ]
    return Letter(_("Sign in: your link and code"), "\n\n".join(paragraphs) + "\n")


def invitation(*, url: str, group: str, inviter: str) -> Letter:
    """Join a group; for this mailbox only."""
    paragraphs = [
        _("Hello,"),
        _("%(inviter)s invites you to act for %(group)s.", inviter=inviter, group=group),
        _("Open this page to join. It works for 14 days, with this e-mail address only:"),
        url,
        _("If you do not know them, do nothing."),
    ]
    return Letter(_("Invitation to %(group)s", group=group), "\n\n".join(paragraphs) + "\n")
