"""The record is append-only and shows any change."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from pb.core.actor import SYSTEM
from pb.core.db import committed, db, session
from pb.journal import kinds, queries
from pb.journal.models import JournalEntry
from pb.journal.service import record, verify
from tests.conftest import START

kinds.declare({"test.happened": "Something happened."})


def _three() -> None:
    with committed():
        for n in range(3):
            record("test.happened", by=SYSTEM, now=START, round_id=1, reason="Because", n=n)


def test_a_chain_as_written_holds(app: Flask) -> None:
    _three()

    assert verify(queries.whole_chain()) is None
    assert [entry.seq for entry in queries.timeline_of(1)] == [3, 2, 1]


@pytest.mark.parametrize("statement", ["UPDATE journal_entry SET reason = 'x'", "DELETE FROM journal_entry"])
def test_the_database_itself_refuses_changes(app: Flask, statement: str) -> None:
    _three()

    with pytest.raises(DatabaseError, match="append-only"), committed():
        session().execute(text(statement))


@pytest.mark.parametrize("field", ["reason", "kind", "actor_role", "facts", "is_public", "at", "subject", "round_id"])
def test_a_changed_field_breaks_the_chain(sqlite_app: Flask, field: str) -> None:
    _three()
    entries = list(queries.whole_chain())
    other = {"facts": {"n": 9}, "is_public": False, "at": START.replace(hour=1), "round_id": 2}
    setattr(entries[1], field, other.get(field, "changed"))

    broken = verify(entries)

    assert broken is not None
    assert broken.seq == 2
    db.session.rollback()


def test_a_missing_or_swapped_entry_breaks_the_chain(sqlite_app: Flask) -> None:
    _three()
    first, second, third = queries.whole_chain()

    assert verify([first, third]) is not None
    assert verify([second, third]) is not None
    assert verify([first, third, second]) is not None


def test_an_entry_put_in_between_or_told_twice_breaks_the_chain(sqlite_app: Flask) -> None:
    _three()
    first, second, third = queries.whole_chain()
    facts = {c.key: getattr(second, c.key) for c in JournalEntry.__table__.columns}
    forged = JournalEntry(**{**facts, "reason": "Somebody slipped this in"})

    assert verify([first, forged, second, third]) is not None
    assert verify([first, second, second, third]) is not None
    assert verify([first, second, forged]) is not None
    db.session.rollback()


def test_an_undeclared_kind_is_refused(sqlite_app: Flask) -> None:
    with pytest.raises(kinds.UnknownKind):
        record("nobody.declared", by=SYSTEM, now=START)


def test_two_writers_at_once_make_one_chain(app: Flask) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(n: int) -> None:
        with app.app_context(), committed():
            record("test.happened", by=SYSTEM, now=START, n=n)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))

    assert verify(queries.whole_chain()) is None
    assert session().query(JournalEntry).count() == 12


def test_verify_command_says_whether_the_chain_holds(sqlite_app: Flask) -> None:
    _three()

    result = sqlite_app.test_cli_runner().invoke(args=["journal", "verify"])

    assert (result.exit_code, result.output) == (0, "The journal holds.\n")
