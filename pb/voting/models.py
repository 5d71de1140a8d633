"""The box: sealed envelopes while voting, then the box without names, then opened ballots.

No times, no network addresses, no sequence, and no key to people anywhere here. On SQLite the tables have no rowid, so
that not even the file shows the order of casting.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base

NO_ROWID = {"sqlite_with_rowid": False}


class Contest(Base):
    """The vote of one round: its state and its public sealing key. Cast, close and open lock this row."""

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint("state IN ('frozen', 'open', 'closed', 'unsealed')", name="state"),
        CheckConstraint("seal_mode IN ('S1', 'S2')", name="seal_mode"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="frozen")
    seal_mode: Mapped[str] = mapped_column(String(2))
    seal_public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_size: Mapped[int]
    """Bytes of every sealed ballot of this contest."""
    order_secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keys the per-voter order of projects."""
    box_sha256: Mapped[str | None] = mapped_column(String(64))
    """Published at close: SHA-256 of the sorted lines "receipt sha256(sealed)"."""
    key_destroyed_at: Mapped[datetime | None]
    key_kept_until: Mapped[datetime | None]
    """Two people agreed to keep the key past its usual day, while the result is challenged."""


class KeyCeremony(Base):
    """Mode S2: the key three holders made before the freeze, wrapped for each two of them (`pb.voting.wrapping`)."""

    __tablename__ = "key_ceremony"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    wrapped: Mapped[dict[str, Any]]
    """Of no use without two passphrases; empty once the key was destroyed."""
    holders: Mapped[list[Any]]
    """[{"name", "office"}] in the order of their numbers, 1 to 3."""
    held_at: Mapped[datetime]
    rehearsed_at: Mapped[datetime | None]


class Envelope(Base):
    """The outer envelope of one entitlement, holding the sealed ballot until close. A later vote replaces it."""

    __tablename__ = "envelope"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("channel IN ('web', 'paper', 'assisted')", name="channel"),
        NO_ROWID,
    )

    entitlement_id: Mapped[str] = mapped_column(ForeignKey("entitlement.id"), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    receipt: Mapped[str] = mapped_column(String(12), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None while a paper is received but not sealed yet, and once the box is made: the link is cut at close."""
    version: Mapped[int]
    channel: Mapped[str] = mapped_column(String(8))


class IdempotencyKey(Base):
    """The same send twice gives the same answer. Dropped at close."""

    __tablename__ = "idempotency_key"
    __table_args__ = (NO_ROWID,)

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    receipt: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]


class SealedBallot(Base):
    """The box: inner envelopes by the hash of their content, without receipts or entitlements."""

    __tablename__ = "sealed_ballot"
    __table_args__ = (NO_ROWID,)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    sealed_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ReceiptInBox(Base):
    """The receipts whose envelopes were in the box at close: "Was my vote in the box?"."""

    __tablename__ = "receipt_in_box"
    __table_args__ = (NO_ROWID,)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    receipt: Mapped[str] = mapped_column(String(12), primary_key=True)


class Ballot(Base):
    """An opened ballot of one pot, numbered after sorting; identical ballots are equal rows but for their number.

    `choices` is canonical JSON: `["H01","H12"]` for approvals (codes sorted), `{"H01":4}` for points.
    """

    __tablename__ = "ballot"
    __table_args__ = (NO_ROWID,)

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    choices: Mapped[str] = mapped_column(Text)


class SetAside(Base):
    """A sealed ballot that could not be counted, by reason, as counts only."""

    __tablename__ = "set_aside"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    ballots: Mapped[int]


class Turnout(Base):
    """How many voted by ward and channel, written at close. Cells under 10 are suppressed where shown."""

    __tablename__ = "turnout"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    ward_id: Mapped[int] = mapped_column(primary_key=True)
    """0 where the ward is not known."""
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    ballots: Mapped[int]
