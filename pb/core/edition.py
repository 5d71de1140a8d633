"""The edition of the site: one random word in the database that changes with every write that a page could show.

Whatever was made of the database under one edition stays right while that edition lasts, in every process and on every
machine: pages for visitors who are not signed in (`pb.core.kept`) and what each vote asks of a round are made once. The
word changes inside the transaction that writes, so both are seen together or not at all. Votes, codes and mail are not
on any page and leave it alone: closing night is when it counts.

What is kept was made after the edition was read: it can be newer than its edition says, never older.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from flask import Flask, g, has_request_context
from sqlalchemy import Connection, String, event, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from pb.core.db import Base, db, session

Value = TypeVar("Value")

UNSEEN = frozenset(
    {
        "alembic_version",
        "edition",
        "entitlement",
        "envelope",
        "idempotency_key",
        "known_as",
        "mailbox_proof",
        "outbox_message",
        "roll_entry",
        "sign_in_link",
        "signed_in_session",
    }
)
"""Tables of which no public page shows a row. (Turnout is shown, and may lag by the minute that pages are kept.)"""
_WRITE = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
_READS = ("SELECT", "PRAGMA", "BEGIN", "ROLLBACK", "COMMIT", "SHOW", "SAVEPOINT", "RELEASE", "SET")
_CHANGED, _THERE = "edition changes", "edition is there"


class Edition(Base):
    """One row."""

    __tablename__ = "edition"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32))


@lru_cache(maxsize=2000)
def _changes_pages(statement: str) -> bool:
    """Whether this SQL writes something that a page could show. What we cannot read is taken for such a write."""
    if (found := _WRITE.match(statement)) is not None:
        return found[1].lower() not in UNSEEN
    return not statement.lstrip().upper().startswith(_READS)


def _note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    if _changes_pages(statement):
        connection.info[_CHANGED] = True
        if _WRITE.match(statement) is None:
            connection.info.pop(_THERE, None)  # a migration, perhaps the one that makes or drops the table


def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # a connection that broke has nothing to forget, and raises when it is asked
        connection.info.pop(_CHANGED, None)


def _change(connection: Connection) -> None:
    """Before a commit of such writes: a new word. Not before its table has been made."""
    if not connection.info.pop(_CHANGED, False) or not _is_there(connection):
        return
    mark = secrets.token_hex(8)
    connection.exec_driver_sql(
        f"INSERT INTO edition (id, mark) VALUES (1, '{mark}') ON CONFLICT (id) DO UPDATE SET mark = excluded.mark"  # noqa: S608 -- hexadecimal digits
    )


def _is_there(connection: Connection) -> bool:
    """Looked up until it is there once; migrations run before it is."""
    if not connection.info.get(_THERE):
        connection.info[_THERE] = inspect(connection).has_table("edition")
    return bool(connection.info[_THERE])


def edition() -> str | None:
    """The edition, read once for a request. None: nothing may be kept, for nothing has been written yet, or this very
    transaction writes what others cannot see."""
    database = session()
    connection = database.connection()
    if database.new or database.dirty or database.deleted or connection.info.get(_CHANGED):
        return None
    if has_request_context() and "edition" in g:
        return cast("str | None", g.edition)
    found = cast("str | None", connection.exec_driver_sql("SELECT mark FROM edition").scalar())
    if has_request_context():
        g.edition = found
    return found


Row = TypeVar("Row", bound=Base)


def apart(row: Row) -> Row:
    """A copy of a loaded row, with what was loaded beside it, that belongs to no session: it can be kept."""
    with Session() as nobodys:
        return nobodys.merge(row, load=False)


class Kept(Generic[Value]):
    """What was used last, up to a number of entries. Threads of one process share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def put(self, key: Hashable, made: Value) -> None:
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._made.clear()

    def of_this_edition(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was kept of this edition, or made now. Nothing that is made may change afterwards."""
        mark = edition()
        made = self.get((mark, key)) if mark else None
        if made is None:
            made = make()
            self.put((mark, key), made) if mark else None
        return made


def init_edition(app: Flask) -> None:
    """Watch what is written through the app's engine."""
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _note)
        event.listen(db.engine, "commit", _change)
        event.listen(db.engine, "rollback", _forget)
