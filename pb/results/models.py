"""Counts, their certification by two people, and what was published, each kept for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.core.db import Base
from pb.rounds.models import Pot, Project


class Count(Base):
    """One run of the counting engine on one pot's opened ballots. Immutable; a recount is a new row."""

    __tablename__ = "count"
    __table_args__ = (
        CheckConstraint("purpose IN ('official', 'comparison', 'recount')", name="purpose"),
        UniqueConstraint("pot_id", "purpose", "rule", "completion", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    number: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(40))
    completion: Mapped[str] = mapped_column(String(40), default="none")
    ballots: Mapped[int]
    ballots_sha256: Mapped[str] = mapped_column(String(64))
    outcome_json: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the engine's outcome."""
    outcome_sha256: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What pages need of the ballots without reading them again: see `pb.results.tally.facts_of`."""
    engine: Mapped[str] = mapped_column(String(40))
    counted_at: Mapped[datetime]
    counted_by: Mapped[int | None]

    pot: Mapped[Pot] = relationship()


class Certification(Base):
    """One person's word that the count is right. Publishing needs two different people's."""

    __tablename__ = "certification"
    __table_args__ = (UniqueConstraint("round_id", "counts_sha256", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    counts_sha256: Mapped[str] = mapped_column(String(64))
    """Over the outcome hashes of every pot's official count: what was certified."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    certified_at: Mapped[datetime]


class Publication(Base):
    """A published version of a round's results. Never overwritten; a correction is the next version."""

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("round_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    version: Mapped[int]
    counts_sha256: Mapped[str] = mapped_column(String(64))
    count_ids: Mapped[list[Any]] = mapped_column(default=list)
    """The official counts it publishes, one a pot: a later count does not change what this version says."""
    note: Mapped[str] = mapped_column(String(2000), default="")
    published_at: Mapped[datetime]
    published_by: Mapped[int | None]


class CouncilDecision(Base):
    """What the council decided of a funded (or not funded) project, kept apart from the count, with its reason."""

    __tablename__ = "council_decision"
    __table_args__ = (CheckConstraint("is_agreed OR length(reason) >= 10", name="difference_has_a_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    """None: the decision is about the whole result."""
    is_agreed: Mapped[bool]
    funds: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(String(2000), default="")
    decided_by: Mapped[str] = mapped_column(String(160))
    decided_at: Mapped[datetime]

    project: Mapped[Project | None] = relationship()


class Explanation(Base):
    """What is told of one project beyond its count: worked out afterwards, never part of what is certified."""

    __tablename__ = "explanation"

    count_id: Mapped[int] = mapped_column(ForeignKey("count.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    money: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Where its supporters' shares went: see `pb.results.study.money_of`."""
    changes: Mapped[dict[str, Any] | None]
    """What would have changed it, confirmed by counting again: see `pb.results.study.changes_of`. None: not yet."""


class CountingJob(Base):
    """Work that runs outside a request, so that any web process can show how far it is. One of each purpose a round."""

    __tablename__ = "counting_job"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
        CheckConstraint("purpose IN ('official', 'recount', 'study', 'files')", name="purpose"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    done: Mapped[int] = mapped_column(default=0)
    """Pots counted; of a study, ways compared and projects explained; of files, those made."""
    total: Mapped[int]
    doing: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of a count: which pot, and how far its shares have been raised (`pb.results.jobs.heard`)."""
    problem: Mapped[str] = mapped_column(String(600), default="")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """The last sign of life: a job silent for five minutes may be started again."""
