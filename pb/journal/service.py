"""Append to the chain and check it. Every service that decides something calls `record` in its own transaction."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from pb.core.actor import STAFF_ROLES, Actor
from pb.core.db import session
from pb.core.keys import pepper
from pb.journal.kinds import sentence_of
from pb.journal.models import JournalEntry

GENESIS = "0" * 64
ON_DUTY = frozenset(role.value for role in STAFF_ROLES)
_LOCK = 0x4D4F4F54  # "MOOT": one writer of the chain at a time on PostgreSQL; SQLite's IMMEDIATE does it there


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold."""

    seq: int
    what: str


def record(
    kind: str,
    *,
    by: Actor,
    now: datetime,
    subject: str = "",
    round_id: int | None = None,
    reason: str = "",
    public: bool = True,
    **facts: Any,
) -> JournalEntry:
    """Append one entry to the chain, in the caller's transaction.

    Facts must be JSON without floats. Names of residents do not belong here: give roles and public titles.

    Raises: UnknownKind when no room declared `kind`.
    """
    sentence_of(kind)
    database = session()
    if database.get_bind().dialect.name == "postgresql":
        database.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = database.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc()).limit(1)).first()
    entry = JournalEntry(
        seq=last.seq + 1 if last else 1,
        at=now,
        kind=kind,
        round_id=round_id,
        subject=subject[:120],
        actor_role=by.main_role.value,
        actor_id=by.id,
        reason=reason[:2000],
        facts=facts,
        is_public=public,
        prev_hash=last.hash if last else GENESIS,
    )
    entry.hash = hash_of(entry)
    database.add(entry)
    database.flush()
    return entry


def canonical(entry: JournalEntry) -> str:
    """The entry as the JSON text that is hashed: sorted keys, UTC time, no spaces, the previous hash included."""
    fields = {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "round": entry.round_id,
        "subject": entry.subject,
        "actor_role": entry.actor_role,
        "actor": _actor(entry),
        "reason": entry.reason,
        "facts": entry.facts,
        "public": entry.is_public,
        "prev": entry.prev_hash,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _actor(entry: JournalEntry) -> int | str | None:
    """People on duty by number, so that two of them can be told apart. Everybody else by a mark of this entry alone.

    The hash binds who acted, and whoever checks it must be given what was hashed. A resident's bare number would then
    join all they ever did; left out, it could be found by trying numbers. The mark can be made by this site only.
    """
    if entry.actor_id is None or entry.actor_role in ON_DUTY:
        return entry.actor_id
    return hmac.new(pepper(), f"journal {entry.seq} {entry.actor_id}".encode(), hashlib.sha256).hexdigest()[:32]


def hash_of(entry: JournalEntry) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(entry).encode()).hexdigest()


def verify(entries: Iterable[JournalEntry]) -> Break | None:
    """Check order, links and hashes of the whole chain; None when it holds."""
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        if entry.seq != expected:
            return Break(expected, f"entry {expected} is missing")
        if entry.prev_hash != previous:
            return Break(entry.seq, "it does not follow the entry before it")
        if entry.hash != hash_of(entry):
            return Break(entry.seq, "its content was changed")
        previous = entry.hash
    return None
