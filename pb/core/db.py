"""The database: one typed base, one session, one commit point, and the settings SQLite must have.

Models inherit `Base`. Services flush and never commit: `commit_good_answers` commits once, after a good answer to a
request that may write. A GET never commits. Commands commit through `committed()`.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, MetaData, event
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import JSON, TypeDecorator

from pb.core.money import Money
from pb.core.settings import Settings
from pb.core.turns import Turns

DATABASE_TROUBLE = (OperationalError, InterfaceError, InternalError, PoolTimeout, sqlite3.OperationalError)
"""What says that the database is away, full, read-only or busy, and not that we asked it something wrong. (The last is
the small file of allowances, `pb.core.limits`.)"""
SWITCH = 0.0005
"""Seconds until a busy thread lets another one run, instead of Python's 5 ms. Who writes lets the interpreter go at
each statement, and whoever waits for its lock waits for it to come back, too: a vote's turn took twice as long."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. Naive times are refused on write."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Pence(TypeDecorator[Money]):
    """Money as a whole number of pence."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, _dialect: Dialect) -> int | None:
        if value is not None and type(value) is not int:
            raise TypeError(f"money is a whole number of pence, not {value!r}")
        return value

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Money | None:
        return None if value is None else Money(value)


class Base(DeclarativeBase):
    """What every table shares: predictable constraint names, UTC times, whole pence."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime, Money: Pence, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


db = SQLAlchemy(metadata=Base.metadata)


class UnsafeDatabase(Exception):
    """The database cannot promise what a vote needs (durable, with keys enforced): the app must not start."""


_TURN = "turn"
_writing: ContextVar[bool] = ContextVar("writing", default=False)


def session() -> Session:
    """The session of this request or command."""
    return db.session()


@contextmanager
def committed() -> Iterator[Session]:
    """A write outside a request (commands, jobs, background counts): commits at the end, rolls back on an exception."""
    db.session.rollback()
    token = _writing.set(True)
    try:
        yield db.session()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)


@contextmanager
def let_go() -> Iterator[None]:
    """End the transaction around slow work (argon2, sealing, reading uploads), so that no lock is held meanwhile.

    Nothing unflushed may be pending: objects loaded before are loaded again afterwards when touched.
    """
    db.session.rollback()
    yield


def only_read() -> None:
    """Say that this POST stores nothing (a pick kept in a cookie): it need not wait for votes that are being stored."""
    g.only_reads = True


def begin_writing() -> None:
    """After `only_read()`: from here on this request stores something, and waits its turn.

    On SQLite, where one writes at a time, everything read and checked before costs nobody else's time. What was read
    stays as it is and is not read again: whatever decides must be read after this, under its lock.
    """
    if not has_request_context() or not g.get("only_reads", False):
        return
    g.only_reads = False
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ROLLBACK")
        _begin_to_write(connection)


def _wants_to_write() -> bool:
    if _writing.get():
        return True
    return has_request_context() and request.method not in SAFE_METHODS and not g.get("only_reads", False)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Durable and checked: a vote that was thanked for survives a power cut."""
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a read that later turns into a write fails with "locked" under load."""
    if _wants_to_write():
        _begin_to_write(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """Wait for a turn, which ends when the connection goes back to the pool, and begin."""
    turns: Turns = current_app.extensions["turns"]
    if _TURN not in connection.info and turns.take():
        connection.info[_TURN] = turns
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _end_turn(_connection: object, record: Any, *_error: object) -> None:
    if turns := record.info.pop(_TURN, None):
        turns.give()


def _assert_sqlite(connection: Connection) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    for pragma, value in wanted.items():
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
        if found != value:
            raise UnsafeDatabase(f"SQLite says {pragma}={found}; voting needs {value}.")
    timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    if timeout < 5000:
        raise UnsafeDatabase(f"SQLite says busy_timeout={timeout}; voting needs at least 5000.")


def _assert_postgresql(connection: Connection) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        found = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if found != "on":
            raise UnsafeDatabase(f"PostgreSQL says {name}={found}; voting needs on.")


def assert_safe(engine: Engine) -> None:
    """Raises: UnsafeDatabase when the database does not promise durability and foreign keys."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            _assert_sqlite(connection)
        else:
            _assert_postgresql(connection)


def engine_options(settings: Settings) -> dict[str, Any]:
    """How the engine connects, by database."""
    if settings.is_sqlite:
        return {"connect_args": {"timeout": 10, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "connect_args": {"options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=15000"},
    }


def commit_good_answers(response: Response) -> Response:
    """The one commit point of a request: writes are kept only behind an answer below 400.

    Nothing is thanked for that is not stored: when the database cannot commit, the answer becomes the 503 page.
    """
    if request.method in SAFE_METHODS or response.status_code >= 400:
        db.session.rollback()
        return response
    try:
        db.session.commit()
    except DATABASE_TROUBLE as error:
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def init_db(app: Flask, settings: Settings) -> None:
    """Bind the database to the app and refuse to go on when it is not safe for votes."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    sys.setswitchinterval(SWITCH)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
            event.listen(db.engine, "checkin", _end_turn)
            event.listen(db.engine, "invalidate", _end_turn)
            app.extensions["turns"] = Turns(Path(f"{db.engine.url.database}-turns"))
        assert_safe(db.engine)
        db.engine.dispose()  # processes forked from this one (gunicorn --preload) must not share a connection
