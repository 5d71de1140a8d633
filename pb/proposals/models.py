"""Proposals as fields, every version public."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Group, Person
from pb.core.db import Base
from pb.core.money import Money
from pb.rounds.models import Project, Round, Ward


class Proposal(Base):
    """What a resident or group submits to a round. It becomes a project when feasible, costed and on the ballot."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'published', 'returned', 'under_valuation', 'feasible',"
            " 'feasible_with_changes', 'not_feasible', 'on_ballot', 'not_shortlisted', 'funded', 'reserve',"
            " 'not_funded', 'withdrawn', 'merged', 'hidden', 'inadmissible')",
            name="state",
        ),
        UniqueConstraint("round_id", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    code: Mapped[str | None] = mapped_column(String(40))
    """H12: given when submitted, and kept by the project."""
    state: Mapped[str] = mapped_column(String(24), default="draft")
    proposer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("community_group.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(String(600))
    checked_cost: Mapped[Money | None]
    """What the council's published check says it costs; the ballot carries this."""

    round: Mapped[Round] = relationship()
    proposer: Mapped[Person] = relationship()
    group: Mapped[Group | None] = relationship()
    project: Mapped[Project | None] = relationship()
    revisions: Mapped[list[Revision]] = relationship(order_by="Revision.number", back_populates="proposal")

    @property
    def current(self) -> Revision:
        """The newest version."""
        return self.revisions[-1]


class Revision(Base):
    """One version of a proposal. A draft has one revision that its authors overwrite until it is submitted."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("proposal_id", "number"),
        CheckConstraint("reason IN ('first', 'correction', 'council_check', 'discussion')", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20), default="first")
    note: Mapped[str] = mapped_column(String(600), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))

    title: Mapped[str] = mapped_column(String(120), default="")
    summary: Mapped[str] = mapped_column(String(200), default="")
    what: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(160), default="")
    point: Mapped[str] = mapped_column(String(24), default="")
    """Latitude and longitude as `pb.core.points` writes them; empty where nobody gave one. Public."""
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    theme: Mapped[str] = mapped_column(String(40), default="")
    who_benefits: Mapped[str] = mapped_column(String(1000), default="")
    already_here: Mapped[str] = mapped_column(String(1000), default="")
    """What is already here that we can build on."""
    people_asked: Mapped[int | None]
    """How many people the proposer talked to."""
    who_we_asked: Mapped[str] = mapped_column(String(1000), default="")
    cost_lines: Mapped[list[Any]] = mapped_column(default=list)
    """[{"what": "6 solar lights", "pence": 900000}, …]"""
    cost: Mapped[Money] = mapped_column(default=Money(0))
    """The sum of the cost lines."""
    running_cost: Mapped[Money | None]
    """A year, afterwards."""
    running_note: Mapped[str] = mapped_column(String(300), default="")
    """Who pays that and looks after it."""
    who_does_it: Mapped[str] = mapped_column(String(10), default="")
    """`we`, `council` or `both`: whose side of the deal comes first."""
    council_will: Mapped[list[Any]] = mapped_column(default=list)
    """The council's part of the deal: [{"what": …, "by": "2026-11-30" or None}, …]"""
    we_will: Mapped[list[Any]] = mapped_column(default=list)
    outcome: Mapped[str] = mapped_column(String(600), default="")
    outcome_on: Mapped[date | None]
    risks: Mapped[str] = mapped_column(String(1000), default="")

    proposal: Mapped[Proposal] = relationship(back_populates="revisions")
    ward: Mapped[Ward | None] = relationship()
    author: Mapped[Person] = relationship()
