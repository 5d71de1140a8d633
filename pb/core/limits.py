"""Allowances against guessing and flooding, shared by all processes.

Counts live in Redis when REDIS_URL is set, otherwise in a small SQLite file of their own beside the data: they need no
durability, so they never wait for the disk nor touch the transaction of a vote. Keys are hashed: no address is stored.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from pathlib import Path

from flask import Flask, current_app, request
from flask_babel import lazy_gettext
from limits import parse
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from pb.core.errors import Refusal
from pb.core.settings import Settings


class TooMany(Refusal):
    """An allowance is used up for now."""

    status = 429
    sentence = lazy_gettext("That was tried too many times. Wait a few minutes and try again, or contact us.")


class SharedFileStorage(Storage):
    """Counters in one SQLite file, for the processes of one machine."""

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__(None)
        self._path = path
        self._local = threading.local()
        with self._connection() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, n INT, ends REAL) WITHOUT ROWID")
        connection.close()
        del self._local.connection  # processes forked from this one must not share it

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            self._local.connection = connection
        return connection

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        row = self._connection().execute(
            "INSERT INTO hit VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET"
            " n = CASE WHEN ends <= ?4 THEN ?2 ELSE n + ?2 END, ends = CASE WHEN ends <= ?4 THEN ?3 ELSE ends END"
            " RETURNING n",
            (key, amount, now + expiry, now),
        )
        n: int = row.fetchone()[0]
        if n == amount:
            self._connection().execute("DELETE FROM hit WHERE ends < ?", (now,))
        return n

    def get(self, key: str) -> int:
        row = self._connection().execute("SELECT n FROM hit WHERE key = ? AND ends > ?", (key, time.time())).fetchone()
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._connection().execute("SELECT ends FROM hit WHERE key = ?", (key,)).fetchone()
        return row[0] if row else time.time()

    def check(self) -> bool:
        return bool(self._connection().execute("SELECT 1").fetchone())

    def reset(self) -> int | None:
        return self._connection().execute("DELETE FROM hit").rowcount

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM hit WHERE key = ?", (key,))


def init_limits(app: Flask, settings: Settings) -> None:
    """Choose where the counts live."""
    storage = (
        RedisStorage(settings.redis_url)
        if settings.redis_url
        else SharedFileStorage(settings.data_dir / "limits.sqlite")
    )
    app.extensions["limits"] = FixedWindowRateLimiter(storage)


def _key(*parts: str) -> str:
    pepper: str = current_app.extensions["settings"].secret_key
    return hashlib.blake2b("\0".join(parts).encode(), key=pepper.encode()[:64], digest_size=16).hexdigest()


def spend(purpose: str, allowance: str, *parts: str) -> None:
    """Use one of `allowance` (such as `3/15 minutes`) for `purpose` and whatever `parts` single out.

    Raises: TooMany when none is left.
    """
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    if not limiter.hit(parse(allowance), purpose, _key(*parts)):
        raise TooMany


def check(purpose: str, allowance: str, *parts: str) -> None:
    """Like `spend`, using nothing: for budgets that only failures use up.

    Raises: TooMany when none is left.
    """
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    if not limiter.test(parse(allowance), purpose, _key(*parts)):
        raise TooMany


def caller_network() -> str:
    """The caller's network, IPv4 /32 or IPv6 /64: a household or a library, never a person."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address
