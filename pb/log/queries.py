"""Reading the log: its newest versions, by filter, the most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from pb.core.db import session
from pb.core.errors import NotFound
from pb.log.models import LogEntry, LogVersion
from pb.log.statuses import LIVING, Status, deal_state, overdue_days


@dataclass(frozen=True)
class Promise:
    """An entry with its newest version, as it is today in the council's calendar."""

    entry: LogEntry
    version: LogVersion
    today: date

    @property
    def overdue(self) -> int:
        """For how many days an update is overdue, 0 when it is not."""
        return overdue_days(self.version, self.today)

    @property
    def left(self) -> int | None:
        """Budgeted less paid, in pence."""
        budgeted, paid = self.version.budgeted, self.version.paid
        return None if budgeted is None else budgeted - (paid or 0)

    @property
    def paid_percent(self) -> int:
        """For drawing the bar."""
        return min((self.version.paid or 0) * 100 // (self.version.budgeted or 1), 100)

    @property
    def currency(self) -> str:
        return self.entry.round.currency if self.entry.round else "GBP"

    @property
    def deal_states(self) -> list[str]:
        """Where each line of the deal stands (`statuses.deal_state`), in its order."""
        return [deal_state(line, self.version.status, self.today) for line in self.version.deal]


def promises(
    today: date,
    *,
    status: str | None = None,
    ward_id: int | None = None,
    round_id: int | None = None,
    only_overdue: bool = False,
) -> list[Promise]:
    """The newest version of every entry that matches, overdue ones first, then the latest updated."""
    wanted = _newest()
    for column, value in (
        (LogVersion.status, status),
        (LogEntry.ward_id, ward_id),
        (LogEntry.round_id, round_id),
    ):
        wanted = wanted if value is None else wanted.where(column == value)
    rows = session().execute(wanted).all()
    found = [Promise(entry, version, today) for entry, version in rows]
    found = [promise for promise in found if promise.overdue or not only_overdue]
    return sorted(found, key=lambda p: (-p.overdue, -p.version.made_at.timestamp(), p.entry.id))


def _newest() -> Select[LogEntry, LogVersion]:
    newest = select(LogVersion.entry_id, func.max(LogVersion.number).label("number")).group_by(LogVersion.entry_id)
    last = newest.subquery()
    is_last = (LogVersion.entry_id == last.c.entry_id) & (LogVersion.number == last.c.number)
    parts = (joinedload(LogEntry.round), joinedload(LogEntry.project), joinedload(LogEntry.ward))
    joined = select(LogEntry, LogVersion).join(LogVersion, LogVersion.entry_id == LogEntry.id).join(last, is_last)
    return joined.options(*parts)


def entry_by_reference(reference: str) -> LogEntry:
    """The entry 2026-017 with all its versions. Raises: NotFound."""
    year, _dash, number = reference.partition("-")
    if not (_is_number(year) and _is_number(number)):
        raise NotFound
    wanted = select(LogEntry).where(LogEntry.year == int(year), LogEntry.number == int(number))
    parts = (selectinload(LogEntry.versions), joinedload(LogEntry.round), joinedload(LogEntry.ward))
    entry = session().scalars(wanted.options(*parts, joinedload(LogEntry.project))).first()
    if entry is None or entry.reference != reference:
        raise NotFound
    return entry


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6


def entry_of_project(project_id: int) -> LogEntry | None:
    wanted = select(LogEntry).where(LogEntry.project_id == project_id)
    return session().scalars(wanted.options(selectinload(LogEntry.versions))).first()


@dataclass(frozen=True)
class Numbers:
    """The header of the log: money in pence, over all entries."""

    by_status: list[tuple[str, int]]
    promises: int
    overdue: int
    median_days: int | None
    confirmed_percent: int | None
    budgeted: int
    paid: int
    left: int
    residents_deeds: int


def numbers(found: Sequence[Promise], now: datetime) -> Numbers:
    """What the log says in figures. Rounds in another currency do not count towards the money."""
    by_status = Counter(promise.version.status for promise in found)
    own = [promise for promise in found if promise.currency == "GBP"]
    said = [(now - promise.version.made_at).days for promise in found if promise.version.status in LIVING]
    done = by_status[Status.FINISHED] + by_status[Status.CONFIRMED]
    return Numbers(
        by_status=[(status.value, by_status[status]) for status in Status if by_status[status]],
        promises=len(found),
        overdue=sum(1 for promise in found if promise.overdue),
        median_days=int(median(said)) if said else None,
        confirmed_percent=by_status[Status.CONFIRMED] * 100 // done if done else None,
        budgeted=sum(promise.version.budgeted or 0 for promise in own),
        paid=sum(promise.version.paid or 0 for promise in own),
        left=sum(promise.left or 0 for promise in own),
        residents_deeds=sum(len(promise.version.residents_did) for promise in found),
    )
