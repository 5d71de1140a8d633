"""Batches of paper ballots on their way into the box. No times, no names, and no pick that can be read.

A stub says that an entitlement's paper has come in; a reading is what one person keyed of one paper, encrypted. Which
stub belongs to which paper is known nowhere: they were torn apart and shuffled by hand.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base

LARGEST_BATCH = 50
NO_ROWID = {"sqlite_with_rowid": False}


class PaperBatch(Base):
    """A pile of at most 50 papers of one ward, counted by hand before anybody keys one."""

    __tablename__ = "paper_batch"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("hand_count BETWEEN 1 AND 50", name="hand_count"),
        CheckConstraint("state IN ('receiving', 'keying', 'settling', 'sealed', 'set_aside')", name="state"),
        CheckConstraint("first_by IS NULL OR first_by <> second_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    """From 1 within the round; written on the batch's slip."""
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    hand_count: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="receiving")
    stubs: Mapped[int] = mapped_column(default=0)
    first_by: Mapped[int | None]
    """Number of the person who keys first; no key to people leads out of the room of votes."""
    first_papers: Mapped[int | None]
    """How many papers the first person found; None while still keying."""
    second_by: Mapped[int | None]
    second_papers: Mapped[int | None]
    ballots: Mapped[int | None]
    """How many were sealed; None before."""
    note: Mapped[str] = mapped_column(String(600), default="")
    """Why the numbers differ, or why the whole batch was set aside."""


class PaperStub(Base):
    """An entitlement whose paper is in this batch. Gone once the batch is sealed."""

    __tablename__ = "paper_stub"
    __table_args__ = (NO_ROWID,)

    entitlement_id: Mapped[str] = mapped_column(ForeignKey("entitlement.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("paper_batch.id"))


class PaperReading(Base):
    """What one person keyed of one paper (turns 1 and 2), or a third person settled (turn 3); encrypted."""

    __tablename__ = "paper_reading"
    __table_args__ = (CheckConstraint("turn IN (1, 2, 3)", name="turn"), NO_ROWID)

    batch_id: Mapped[int] = mapped_column(ForeignKey("paper_batch.id"), primary_key=True)
    paper: Mapped[int] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
