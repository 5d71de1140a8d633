"""What was asked for, by whom, and who decided. Nothing is deleted: the journal tells the same story in public."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base


class ApprovalRequest(Base):
    """One act that waits, or waited, for a second person. The table itself refuses one person's approval of their own.

    `payload_sha256` covers all that says what is done, so that nothing can be exchanged between asking and doing.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'used', 'declined', 'withdrawn')", name="state"),
        CheckConstraint(
            "state NOT IN ('approved', 'used') OR (decided_by IS NOT NULL AND decided_by <> asked_by)",
            name="two_people",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(40))
    round_id: Mapped[int | None] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(600))
    """The act in one sentence, as the second person reads it."""
    look_at: Mapped[str] = mapped_column(String(300), default="")
    """The page to read before deciding."""
    payload: Mapped[dict[str, Any]]
    payload_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(600), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_name: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
