"""One table. Triggers refuse UPDATE and DELETE on both databases (migration 001)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pb.core.db import Base


class JournalEntry(Base):
    """One decision, as it was made. It stores ids and words, not foreign keys: it must outlive what it tells of."""

    __tablename__ = "journal_entry"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    round_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(120))
    actor_role: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(2000))
    facts: Mapped[dict[str, Any]]
    is_public: Mapped[bool]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
