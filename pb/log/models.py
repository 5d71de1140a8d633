"""Log entries and their versions: nothing is silently edited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.core.db import Base
from pb.core.money import Money
from pb.rounds.models import Project, Round, Ward


class LogEntry(Base):
    """One promise, followed until residents confirm it. The newest version is `current`."""

    __tablename__ = "log_entry"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    title: Mapped[str] = mapped_column(String(160))
    question: Mapped[str] = mapped_column(String(160))
    set_by: Mapped[str] = mapped_column(String(120))
    asked_on: Mapped[date]
    opened_at: Mapped[datetime]

    round: Mapped[Round | None] = relationship()
    project: Mapped[Project | None] = relationship()
    ward: Mapped[Ward | None] = relationship()
    versions: Mapped[list[LogVersion]] = relationship(order_by="LogVersion.number", back_populates="entry")

    @property
    def reference(self) -> str:
        """2026-017: permanent, in its address."""
        return f"{self.year}-{self.number:03d}"

    @property
    def current(self) -> LogVersion:
        return self.versions[-1]


class LogVersion(Base):
    """Everything an entry says at one time. Lists hold plain dictionaries, described in docs/log.md.

    you_said: [{"text", "basis"}] · *_did: [{"what", "who", "on", "evidence"}] ·
    deal: [{"side": "council"|"residents", "what", "by", "state": "kept"|"not_kept"|"not_due"}]
    """

    __tablename__ = "log_version"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        CheckConstraint(
            "status IN ('open', 'answered', 'agreed', 'under_way', 'delayed', 'changed', 'finished', 'confirmed',"
            " 'stopped', 'not_ours')",
            name="status",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id"), index=True)
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    you_said: Mapped[list[Any]] = mapped_column(default=list)
    disagreed: Mapped[str] = mapped_column(String(200), default="")
    council_did: Mapped[list[Any]] = mapped_column(default=list)
    residents_did: Mapped[list[Any]] = mapped_column(default=list)
    partners_did: Mapped[list[Any]] = mapped_column(default=list)
    residents_had_no_part: Mapped[bool] = mapped_column(default=False)
    deal: Mapped[list[Any]] = mapped_column(default=list)
    budgeted: Mapped[Money | None]
    committed: Mapped[Money | None]
    paid: Mapped[Money | None]
    money_on: Mapped[date | None]
    money_note: Mapped[str] = mapped_column(String(600), default="")
    outcome: Mapped[str] = mapped_column(String(600), default="")
    what_happened: Mapped[str] = mapped_column(Text, default="")
    what_we_learned: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(String(300), default="")
    next_by: Mapped[date | None]
    was_due: Mapped[date | None]
    """The date that was missed or moved: it stays visible."""
    answers_to: Mapped[str] = mapped_column(String(120), default="")
    checked_yes: Mapped[int] = mapped_column(default=0)
    checked_partly: Mapped[int] = mapped_column(default=0)
    checked_no: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by_role: Mapped[str] = mapped_column(String(80))

    entry: Mapped[LogEntry] = relationship(back_populates="versions")
