"""Casting a vote: one transaction, one envelope for each entitlement, one answer for each send.

Locks are always taken in this order: the contest (shared, so that the close waits for votes on their way), then the
entitlement (exclusive, so that two votes of one person come one after the other). SQLite has one writer at a time and
needs neither. Freezing, closing and opening are in `pb.voting.closing`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from pb.core.db import begin_writing, session
from pb.core.errors import NotFound
from pb.core.filters import moment
from pb.core.outbox import send_mail
from pb.electorate.codes import in_groups, new_code
from pb.electorate.models import Entitlement
from pb.electorate.queries import lock_entitlement
from pb.rounds.models import Round
from pb.rounds.phases import voting_window
from pb.voting import sealing
from pb.voting.choices import BallotPaper, check_marks, check_not_withdrawn, content_of
from pb.voting.closing import close_if_due, close_vote, freeze_round
from pb.voting.errors import AlreadyVoted, KeyReused, MayNotVote, VotedOnPaper, VotingClosed, VotingNotOpen
from pb.voting.models import Contest, Envelope, IdempotencyKey
from pb.voting.opening import open_box
from pb.voting.queries import contest_to_read, has_not_closed, paper_of, receipt_of, takes_votes

__all__ = ["Receipt", "cast_ballot", "close_if_due", "close_vote", "freeze_round", "open_box"]

PAPER = "paper"
_KEY = re.compile(r"[0-9a-f]{32}")

# Every vote runs these: plain rows instead of objects, which cost more than the rest of a cast.
_envelope, _known = cast("Table", Envelope.__table__), cast("Table", IdempotencyKey.__table__)
_BEFORE = (
    select(
        _envelope.c.receipt,
        _envelope.c.version,
        _envelope.c.channel,
        _known.c.round_id.label("known_round"),
        _known.c.request_hash.label("known_hash"),
        _known.c.receipt.label("known_receipt"),
        _known.c.version.label("known_version"),
    )
    .select_from(Entitlement)
    .outerjoin(_envelope, _envelope.c.entitlement_id == Entitlement.id)
    .outerjoin(_known, _known.c.key == bindparam("key"))
    .where(Entitlement.id == bindparam("owner"))
)
"""The envelope and the answer known for this key. Asked once both locks are held: a statement that waits for a lock may
see the other tables as they were before it waited."""
_HELD = (
    select(Contest)
    .where(Contest.round_id == bindparam("round"))
    .with_for_update(read=True)
    .execution_options(populate_existing=True)
)
_ADD, _KEEP = insert(_envelope), insert(_known)
_REPLACE = (
    update(_envelope)
    .where(_envelope.c.entitlement_id == bindparam("owner"))
    .values(sealed=bindparam("new_sealed"), version=bindparam("new_version"), channel=bindparam("new_channel"))
)


@dataclass(frozen=True)
class Receipt:
    """What a voter gets: twelve symbols, the same however often they vote again, and the envelope's version.

    `is_repeat`: this send had been answered before; nothing was stored now.
    """

    code: str
    version: int
    is_repeat: bool = False


def cast_ballot(
    *,
    round: Round,
    entitlement_id: str,
    ward_id: int | None,
    marks: Mapping[str, int],
    key: str,
    secret: str,
    sees_version: int,
    now: datetime,
    paper: BallotPaper | None = None,
    channel: str = "web",
    mailbox: str = "",
) -> Receipt:
    """Seal a ballot and put it into the entitlement's envelope, replacing the one there was.

    key:          32 hexadecimal digits made with the form: the same send twice gives the same receipt
    secret:       the draft's token, never stored: without it the kept fingerprint of a ballot cannot be guessed
    sees_version: the envelope's version that the form knew of, 0 for none
    paper:        `paper_of(round)` where the caller has it already
    channel:      web, assisted, or paper: a paper was received in time, so it is sealed until the close, and picks that
                  were withdrawn after it was printed fall away when the box is opened
    mailbox:      where the receipt is sent (without the picks), if anywhere

    Raises: what `check_marks` raises; VotingNotOpen; VotingClosed; AlreadyVoted when the envelope has another version
            than the form knew; VotedOnPaper; KeyReused; MayNotVote
    """
    if not _KEY.fullmatch(key):
        raise KeyReused
    contest = contest_to_read(round.id)
    paper = (paper or paper_of(round)).for_ward(ward_id)
    if channel != PAPER:
        check_not_withdrawn(paper, marks)
    check_marks(paper, marks)
    content = content_of(paper, marks)
    sealed = sealing.seal(content, public_key=contest.seal_public_key, size=contest.sealed_size)
    fingerprint = hashlib.blake2b(content, key=secret.encode()[:64], person=b"same ballot", digest_size=32).digest()

    begin_writing()
    contest = hold_contest(round.id)
    entitlement = _hold_entitlement(entitlement_id, round, ward_id)
    before = session().execute(_BEFORE, {"owner": entitlement_id, "key": key}).one()
    if before.known_hash is not None:
        return _same_answer(before, round.id, fingerprint)
    if channel != PAPER or not has_not_closed(round, contest, now):
        _check_open(round, contest, entitlement_id, now)
    if not entitlement.has_fixed_ward:
        entitlement.ward_id = ward_id
    receipt = _put(before, entitlement_id, round.id, sealed, sees_version, channel)
    _remember(key, round.id, fingerprint, receipt)
    if mailbox:
        _send_receipt(round, receipt.code, mailbox, now)
    return receipt


def hold_contest(round_id: int) -> Contest:
    """The contest's row, shared with other votes: the close asks for it alone and so waits for us, or we for it."""
    contest = session().scalars(_HELD, {"round": round_id}).one_or_none()
    if contest is None:
        raise NotFound
    return contest


def _check_open(round: Round, contest: Contest, entitlement_id: str, now: datetime) -> None:
    if takes_votes(round, contest, now):
        return
    if round.closed_at is None and now < voting_window(round).opens_at:
        raise VotingNotOpen
    raise VotingClosed(receipt_of(entitlement_id))


def _hold_entitlement(entitlement_id: str, round: Round, ward_id: int | None) -> Entitlement:
    """The person's row for us alone, so that the same send, or another tab's, waits for our answer.

    Raises: MayNotVote
    """
    entitlement = lock_entitlement(entitlement_id)
    if entitlement is None or entitlement.round_id != round.id or entitlement.status != "ok":
        raise MayNotVote
    if entitlement.has_fixed_ward and entitlement.ward_id != ward_id:
        raise MayNotVote
    return entitlement


def _same_answer(known: Any, round_id: int, fingerprint: bytes) -> Receipt:
    if known.known_hash != fingerprint or known.known_round != round_id:
        raise KeyReused
    return Receipt(known.known_receipt, known.known_version, is_repeat=True)


def _put(before: Any, owner: str, round_id: int, sealed: bytes, sees_version: int, channel: str) -> Receipt:
    """Raises: VotedOnPaper; AlreadyVoted"""
    if before.version is None:
        first = Receipt(new_code(), 1)
        values = {"entitlement_id": owner, "round_id": round_id, "receipt": first.code, "sealed": sealed}
        session().execute(_ADD, {**values, "version": 1, "channel": channel})
        return first
    if before.channel == PAPER and channel != PAPER:
        raise VotedOnPaper
    if before.version != sees_version:
        raise AlreadyVoted(before.version)
    again = Receipt(before.receipt, sees_version + 1)
    values = {"owner": owner, "new_sealed": sealed, "new_version": again.version, "new_channel": channel}
    session().execute(_REPLACE, values)
    return again


def _remember(key: str, round_id: int, fingerprint: bytes, receipt: Receipt) -> None:
    """Keep the answer for this key. Two different people cannot send the same key but by copying it: refused.

    Raises: KeyReused
    """
    values = {"key": key, "round_id": round_id, "request_hash": fingerprint}
    try:
        session().execute(_KEEP, {**values, "receipt": receipt.code, "version": receipt.version})
    except IntegrityError:
        raise KeyReused from None


def _send_receipt(round: Round, receipt: str, mailbox: str, now: datetime) -> None:
    """The same words whether it is the first vote or a later one, and never the picks."""
    words = (
        _("Your vote in %(round)s is in.", round=round.title),
        _("Your reference is %(reference)s.", reference=in_groups(receipt)),
        _(
            "You can change your vote until %(end)s. Only the last vote counts.",
            end=moment(voting_window(round).closes_at),
        ),
        _("We do not put your picks in this message. If you did not vote, tell us."),
    )
    send_mail(to=mailbox, subject=_("Your vote is in: %(round)s", round=round.title), body="\n\n".join(words), now=now)
