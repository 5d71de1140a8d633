"""Reading batches: where each stands, how far each turn is. Never a total of picks."""

from __future__ import annotations

from sqlalchemy import func, select

from pb.core.db import session
from pb.paper.errors import NoBatch
from pb.paper.models import PaperBatch, PaperReading, PaperStub

OPEN = ("receiving", "keying", "settling")
"""States of a batch that the close of the vote waits for."""


def batches_of(round_id: int) -> list[PaperBatch]:
    """All batches of a round by number."""
    wanted = select(PaperBatch).where(PaperBatch.round_id == round_id).order_by(PaperBatch.number, PaperBatch.id)
    return list(session().scalars(wanted))


def batch(round_id: int, number: int, *, to_write: bool = False) -> PaperBatch:
    """A batch by its number; held for us alone when it is to be changed.

    Raises: NoBatch
    """
    wanted = select(PaperBatch).where(PaperBatch.round_id == round_id, PaperBatch.number == number)
    if to_write:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise NoBatch
    return found


def open_batches(round_id: int) -> int:
    """How many batches are neither sealed nor set aside."""
    wanted = select(func.count()).select_from(PaperBatch)
    return session().scalar(wanted.where(PaperBatch.round_id == round_id, PaperBatch.state.in_(OPEN))) or 0


def last_number(round_id: int) -> int:
    """The highest batch number so far, 0 for none."""
    return session().scalar(select(func.max(PaperBatch.number)).where(PaperBatch.round_id == round_id)) or 0


def stubs_of(batch_id: int) -> list[str]:
    """The entitlements whose papers are in a batch, in no order that tells anything."""
    wanted = select(PaperStub.entitlement_id).where(PaperStub.batch_id == batch_id)
    return list(session().scalars(wanted.order_by(PaperStub.entitlement_id)))


def readings_of(batch_id: int) -> dict[tuple[int, int], bytes]:
    """(paper, turn) → the encrypted reading."""
    wanted = select(PaperReading.paper, PaperReading.turn, PaperReading.sealed)
    rows = session().execute(wanted.where(PaperReading.batch_id == batch_id))
    return {(paper, turn): sealed for paper, turn, sealed in rows}


def papers_keyed(batch_id: int, turn: int) -> int:
    """How many papers a turn has keyed."""
    wanted = select(func.count()).select_from(PaperReading)
    return session().scalar(wanted.where(PaperReading.batch_id == batch_id, PaperReading.turn == turn)) or 0
