"""Rounds, their wards, pots and dates, and the frozen list of projects."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.core.db import Base
from pb.core.money import Money


class Phase(StrEnum):
    """Where a round stands. Phases up to VALUATING and VOTING follow dates; the others follow events."""

    DRAFT = "draft"
    INFORMING = "informing"
    PROPOSING = "proposing"
    REVIEWING = "reviewing"
    VALUATING = "valuating"
    FROZEN = "frozen"
    VOTING = "voting"
    COUNTING = "counting"
    RESULTS = "results"
    DELIVERING = "delivering"
    CLOSED = "closed"


class Ward(Base):
    """A ward of the council, by its GSS code."""

    __tablename__ = "ward"

    id: Mapped[int] = mapped_column(primary_key=True)
    gss_code: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    about: Mapped[str] = mapped_column(String(600), default="")


class WardPostcode(Base):
    """Which ward a postcode lies in: a whole postcode ("WN2 3AA"), a sector ("WN2 3") or a district ("WN2")."""

    __tablename__ = "ward_postcode"

    area: Mapped[str] = mapped_column(String(8), primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("ward.id"), index=True)

    ward: Mapped[Ward] = relationship()


round_ward = Table(
    "round_ward",
    Base.metadata,
    Column("round_id", ForeignKey("round.id"), primary_key=True),
    Column("ward_id", ForeignKey("ward.id"), primary_key=True),
)
"""The area of a round: the wards it is for. A round without any is for all."""


class Round(Base):
    """One run of the process, from the question to the last promise kept."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("ballot_kind IN ('approval', 'points', 'knapsack', 'ranking')", name="ballot_kind"),
        CheckConstraint("identity_rung BETWEEN 0 AND 4", name="identity_rung"),
        CheckConstraint("max_picks IS NULL OR max_picks >= 1", name="max_picks"),
        CheckConstraint("min_picks BETWEEN 0 AND 3", name="min_picks"),
        CheckConstraint("grace_s BETWEEN 0 AND 900", name="grace"),
        CheckConstraint("(frozen_at IS NULL) = (frozen_sha256 IS NULL)", name="frozen_with_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20), default="fund")
    purpose: Mapped[str] = mapped_column(String(300), default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    """The problem in people's own words."""
    asked_by: Mapped[str] = mapped_column(String(160), default="")
    """Who first set the question."""
    what_helps: Mapped[str] = mapped_column(Text, default="")
    who_may_vote: Mapped[str] = mapped_column(String(300), default="")
    minimum_age: Mapped[int] = mapped_column(default=11)
    who_decides: Mapped[str] = mapped_column(String(600), default="")
    facilitator: Mapped[str] = mapped_column(String(120), default="")
    paper_help: Mapped[str] = mapped_column(String(600), default="")
    equality_note: Mapped[str] = mapped_column(Text, default="")
    fair_checks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The fair-consultation check of the set-up: which boxes are ticked, by name."""
    test_vote_note: Mapped[str] = mapped_column(String(600), default="")
    max_ask: Mapped[Money | None]

    ballot_kind: Mapped[str] = mapped_column(String(12), default="approval")
    max_picks: Mapped[int | None] = mapped_column(default=10)
    min_picks: Mapped[int] = mapped_column(default=0)
    points_total: Mapped[int] = mapped_column(default=10)
    rule: Mapped[str] = mapped_column(String(40), default="equal-shares")
    completion: Mapped[str] = mapped_column(String(40), default="add1")
    tie_rule: Mapped[str] = mapped_column(String(40), default="cost_votes_lot")
    identity_rung: Mapped[int] = mapped_column(default=1)
    """The way of proving who votes that the result is known by: `choices.RUNGS`."""
    other_rungs: Mapped[list[Any]] = mapped_column(default=list)
    """Other ways that lead to the same entry of the list, in rising order."""
    channel_rule: Mapped[str] = mapped_column(String(10), default="first")
    """Which vote stands when somebody votes online and on paper."""
    ballot_set_at: Mapped[datetime | None]
    """When an officer last settled ballot and count; None while these are only our defaults."""
    seal_mode: Mapped[str] = mapped_column(String(2), default="S1")
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    """ISO 4217. Amounts of an imported round are hundredths of its own currency, whatever that currency calls them."""
    grace_s: Mapped[int] = mapped_column(default=120)

    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    """Set while an officer holds the dates: the round stays in `held_phase` until released."""
    held_phase: Mapped[str | None] = mapped_column(String(20))
    held_reason: Mapped[str | None] = mapped_column(String(600))
    frozen_at: Mapped[datetime | None]
    frozen_sha256: Mapped[str | None] = mapped_column(String(64))
    frozen_json: Mapped[str | None] = mapped_column(Text)
    """The canonical configuration voters see: rule, parameters, ties, pots, projects and costs."""
    closed_at: Mapped[datetime | None]
    """The `closed` event of the vote."""
    results_at: Mapped[datetime | None]
    """First publication of a certified result."""
    ended_at: Mapped[datetime | None]
    imported_from: Mapped[str | None] = mapped_column(String(300))
    """The file and its SHA-256, for a round made by `pb import-pabulib`."""

    @property
    def rungs(self) -> tuple[int, ...]:
        """Every way of proving who one is, the main one first."""
        return (self.identity_rung, *self.other_rungs)

    pots: Mapped[list[Pot]] = relationship(order_by="Pot.position, Pot.id", back_populates="round")
    dates: Mapped[list[PhaseDate]] = relationship(order_by="PhaseDate.starts_at, PhaseDate.id", back_populates="round")
    wards: Mapped[list[Ward]] = relationship(secondary=round_ward, order_by="Ward.name, Ward.id")
    """The area; empty: every ward of the council."""


class Pot(Base):
    """A sum of money with its own projects and its own count; for one ward or for all."""

    __tablename__ = "pot"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"), UniqueConstraint("round_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Money]
    comes_from: Mapped[str] = mapped_column(String(600), default="")
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))

    round: Mapped[Round] = relationship(back_populates="pots")
    ward: Mapped[Ward | None] = relationship()


class PhaseDate(Base):
    """When a dated phase begins. Voting ends where `counting` begins."""

    __tablename__ = "phase_date"
    __table_args__ = (UniqueConstraint("round_id", "phase"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    phase: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime]

    round: Mapped[Round] = relationship(back_populates="dates")


class Project(Base):
    """A line of the frozen ballot. Written by the freeze (or an import) and never changed after it."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("cost >= 0", name="cost"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    """H12: never changes, the same on paper; the file's own id for an imported round."""
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(String(600), default="")
    cost: Mapped[Money]
    place: Mapped[str] = mapped_column(String(160), default="")
    point: Mapped[str] = mapped_column(String(24), default="")
    """Latitude and longitude as `pb.core.points` writes them; empty where nobody gave one. Public."""
    theme: Mapped[str] = mapped_column(String(120), default="")
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    proposer: Mapped[str] = mapped_column(String(120), default="")
    published_votes: Mapped[int | None]
    """For an imported round: the votes its source published."""
    published_funded: Mapped[bool | None]
    """For an imported round: whether its source says it was funded."""
    withdrawn_at: Mapped[datetime | None]

    pot: Mapped[Pot] = relationship()
    ward: Mapped[Ward | None] = relationship()
