"""Invitations to a group: signed, for one mailbox, with an end; nothing is stored until somebody joins."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from pb.accounts.errors import InvitationNotGood
from pb.accounts.tokens import digest

LIFE = timedelta(days=14)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt="group invitation")


def write(*, group_id: int, mailbox: str, now: datetime) -> str:
    """The invitation as it stands in an address: it holds a hash of the mailbox, not the mailbox."""
    return str(_serializer().dumps([group_id, digest(mailbox), int((now + LIFE).timestamp())]))


def read(invitation: str, *, mailbox: str, now: datetime) -> int:
    """The group's id.

    Raises: InvitationNotGood when it was changed, is out of date, or is for another mailbox.
    """
    try:
        group_id, invited, until = _serializer().loads(invitation)
    except (BadSignature, ValueError, TypeError):
        raise InvitationNotGood from None
    if invited != digest(mailbox) or until < now.timestamp():
        raise InvitationNotGood
    return int(group_id)
