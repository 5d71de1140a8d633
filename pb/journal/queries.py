"""Reading the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from pb.core.db import session
from pb.journal.models import JournalEntry


def timeline_of(round_id: int, *, page: int = 1, per_page: int = 50) -> Sequence[JournalEntry]:
    """The public entries of a round, newest first."""
    public = select(JournalEntry).where(JournalEntry.round_id == round_id, JournalEntry.is_public)
    return (
        session().scalars(public.order_by(JournalEntry.seq.desc()).limit(per_page).offset((page - 1) * per_page)).all()
    )


def journal_of(round_id: int) -> Sequence[JournalEntry]:
    """The public entries of a round, oldest first."""
    public = select(JournalEntry).where(JournalEntry.round_id == round_id, JournalEntry.is_public)
    return session().scalars(public.order_by(JournalEntry.seq)).all()


def count_of(round_id: int) -> int:
    public = select(func.count()).where(JournalEntry.round_id == round_id, JournalEntry.is_public)
    return session().scalar(public) or 0


def whole_chain() -> Iterator[JournalEntry]:
    """Every entry in order, streamed."""
    return iter(session().scalars(select(JournalEntry).order_by(JournalEntry.seq).execution_options(yield_per=500)))
