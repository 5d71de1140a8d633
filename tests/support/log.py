"""Log entries written straight into the tables, as versions a day apart."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from pb.core.db import db
from pb.core.money import Money
from pb.log.models import LogEntry, LogVersion


def make_entry(number: int = 17, *, now: datetime, title: str = "Safer walk along the canal", **links: Any) -> LogEntry:
    """An entry without versions."""
    entry = LogEntry(
        year=2026,
        number=number,
        title=title,
        question="Why is the canal path dark?",
        set_by="a resident",
        asked_on=date(2026, 2, 11),
        opened_at=now,
        **links,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def add_version(entry: LogEntry, *, now: datetime, **fields: Any) -> LogVersion:
    """The next version: agreed, due in 30 days, £18,000, unless `fields` say otherwise. Committed."""
    start: dict[str, Any] = {
        "status": "agreed",
        "budgeted": Money(18_000_00),
        "committed": Money(0),
        "paid": Money(0),
        "money_on": now.date(),
        "next_step": "Fit the lights",
        "next_by": (now + timedelta(days=30)).date(),
        "answers_to": "Street lighting manager",
    }
    version = LogVersion(
        entry_id=entry.id, number=len(entry.versions) + 1, made_at=now, made_by_role="officer", **{**start, **fields}
    )
    db.session.add(version)
    db.session.commit()
    return version


def make_promise(
    number: int = 17, *, now: datetime, title: str = "Safer walk along the canal", **fields: Any
) -> LogEntry:
    """An entry with one version."""
    links = {name: fields.pop(name) for name in ("round_id", "project_id", "ward_id") if name in fields}
    entry = make_entry(number, now=now, title=title, **links)
    add_version(entry, now=now, **fields)
    return entry
