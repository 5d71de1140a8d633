"""Entitlements: who may vote in a round, once. They hold no choices and no times."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base


class Entitlement(Base):
    """The right to one vote in one round. Every way of identifying resolves to one of these.

    `person_key` is HMAC(pepper, round | normalised source id): a mailbox, a roll entry, an issuer and subject.
    """

    __tablename__ = "entitlement"
    __table_args__ = (
        UniqueConstraint("round_id", "person_key"),
        UniqueConstraint("round_id", "code_hash"),
        CheckConstraint("status IN ('ok', 'void', 'struck')", name="status"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """128 random bits in hexadecimal; never shown."""
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    person_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """HMAC(pepper, round | code) where codes are used."""
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    status: Mapped[str] = mapped_column(String(8), default="ok")


class MailboxProof(Base):
    """A code sent to a mailbox to prove it, for rung 1. Kept as hashes, for 15 minutes.

    Wrong tries are counted by `pb.core.limits`, not here: a refused request writes nothing.
    """

    __tablename__ = "mailbox_proof"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random; also in the asking browser's cookie, so that the code works only there."""
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    person_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_on_minute: Mapped[int]
    """Minutes since 1970, coarse on purpose."""
