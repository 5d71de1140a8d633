"""Entitlements: who may vote in a round, once. They hold no choices and no times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base

NOT_YET = "void"
"""The status of people whom an import has written but not let in yet: they count for nothing and are shown nowhere."""


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
    has_fixed_ward: Mapped[bool] = mapped_column(default=False)
    """A list says the ward, so the voter cannot choose another."""
    status: Mapped[str] = mapped_column(String(8), default="ok")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("print_run.id"), index=True)
    """The print run that gave out the code, so that a file lost on its way can be made again."""


class KnownAs(Base):
    """Another proven source that leads to an entitlement: the mailbox of somebody on a list, the facts a list holds."""

    __tablename__ = "known_as"
    __table_args__ = ({"sqlite_with_rowid": False},)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    source_key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    entitlement_id: Mapped[str | None] = mapped_column(ForeignKey("entitlement.id"), index=True)
    """None: several people share the source, so it leads to nobody."""


class RollUpload(Base):
    """A file that an officer looks at before importing it: sealed, squeezed, and gone afterwards."""

    __tablename__ = "roll_upload"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime]


class Roll(Base):
    """The list of a round's voters: where it comes from and which facts a voter is asked for."""

    __tablename__ = "roll"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200))
    """Printed with the results, like "Open register, 1 May 2026"."""
    asks_for: Mapped[list[Any]] = mapped_column(default=list)
    """Names of `pb.electorate.facts.FACTS`, in the order of the form."""
    updated_at: Mapped[datetime]
    file_sha256: Mapped[str] = mapped_column(String(64))
    """Of the file imported last."""


class RollEntry(Base):
    """Where to write to somebody on the list. Forgotten after the round; the entitlement stays."""

    __tablename__ = "roll_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    entitlement_id: Mapped[str] = mapped_column(ForeignKey("entitlement.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    reference: Mapped[str] = mapped_column(String(80))
    """The list's own number for the person."""
    name: Mapped[str] = mapped_column(String(160))
    address: Mapped[str] = mapped_column(Text)
    """Lines without the postcode."""
    postcode: Mapped[str] = mapped_column(String(8))
    email: Mapped[str] = mapped_column(String(254), default="")
    folded: Mapped[str] = mapped_column(String(300))
    """Name, postcode and number as `names.folded` writes them, for the desk that looks somebody up."""
    needs_letter: Mapped[bool] = mapped_column(default=True)


class PrintRun(Base):
    """Codes made and handed over as one file, which is not kept."""

    __tablename__ = "print_run"
    __table_args__ = (CheckConstraint("kind IN ('letters', 'list', 'cards')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    codes: Mapped[int]
    made_at: Mapped[datetime]
    file_sha256: Mapped[str] = mapped_column(String(64))


class ForgottenVoters(Base):
    """A round whose voters' names, addresses and marks were deleted on their day."""

    __tablename__ = "forgotten_voters"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    forgotten_at: Mapped[datetime]


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
