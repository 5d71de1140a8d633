"""Databases, app and client for every test. Each test that asks for `app` runs on SQLite and on PostgreSQL.

A test's database is made once per worker and emptied between tests; `sqlite_app` is for what no database can change.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import argon2
import pytest
from flask import Flask
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from pb.accounts import passwords
from pb.core.db import Base, db
from pb.core.settings import load_settings
from pb.factory import create_app
from tests.support.client import StrictClient
from tests.support.postgres import PostgresServer

START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


class TogetherWhatSharesATown(LoadScopeScheduling):
    """Hands out test by test, but to one worker all that share a demonstration council, which takes long to make.

    xdist's own groups are names added to a test's id, which pytest 9.2 no longer lets it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in ("tests/browser/", "tests/demo/test_seeding.py") if place in nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherWhatSharesATown:
    return TogetherWhatSharesATown(config, log)


class FixedClock:
    """A clock that moves only when a test says so."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


def environment_for(data_dir: Path, database_url: str) -> dict[str, str]:
    return {
        "SECRET_KEY": "test-secret-key-that-is-long-enough-for-us",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "BASE_URL": "http://localhost",
        "COUNCIL_NAME": "Exampleshire Council",
        "HELP_PHONE": "01234 567 890",
        "HELP_EMAIL": "help@exampleshire.example",
        "DEMO": "1",
        "TESTING": "1",
    }


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose; tests/accounts/test_passwords.py looks at it as it is used."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "NOBODYS", quick.hash("nobody knows this"))
        yield


@pytest.fixture(scope="session")
def _apps() -> Iterator[dict[str, Flask]]:
    apps: dict[str, Flask] = {}
    yield apps
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def app_on(
    _apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, clock: FixedClock
) -> Callable[[str], Flask]:
    """Give an app on a named database, migrated once per worker."""

    def make(name: str) -> Flask:
        if name not in _apps:
            folder = tmp_path_factory.mktemp(name)
            url = f"sqlite:///{folder}/test.sqlite"
            if name == "postgresql":
                url = request.getfixturevalue("postgres").new_database()
            _apps[name] = create_app(load_settings(environment_for(folder, url)))
            with _apps[name].app_context():
                from flask_migrate import upgrade

                upgrade()
        app = _apps[name]
        app.extensions["clock"] = clock
        app.extensions["limits"].storage.reset()
        return app

    return make


def empty_tables() -> None:
    """Delete all rows, the append-only ones too (triggers are put aside for it), and start numbering anew.

    Only tables that have rows are touched: emptying all of them costs PostgreSQL most of a second.
    """
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for name in _with_rows(connection):
                connection.exec_driver_sql(f'DELETE FROM "{name}"')
            used = "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences"
            connection.exec_driver_sql(f"{used} WHERE last_value IS NOT NULL")
            return
    raw = db.engine.raw_connection()
    try:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("BEGIN IMMEDIATE")
        names = _with_rows(raw)
        kept = raw.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        triggers = [(name, sql) for name, table, sql in kept if table in names]
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        for table in names:
            raw.execute(f'DELETE FROM "{table}"')
        for _, sql in triggers:
            raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("PRAGMA foreign_keys=ON")
    finally:
        raw.close()


def _with_rows(connection: Any) -> list[str]:
    names = [table.name for table in Base.metadata.sorted_tables]
    query = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    run = getattr(connection, "exec_driver_sql", connection.execute)
    return [row[0] for row in run(query).fetchall()]


def _ready(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        empty_tables()
        for folder in ("keys", "lots"):
            shutil.rmtree(app.extensions["settings"].data_dir / folder, ignore_errors=True)
        yield app
        db.session.rollback()
        _wait_for_counts()


def _wait_for_counts() -> None:
    """Counts and studies that a request started must not reach into the next test."""
    for thread in threading.enumerate():
        if thread.name.startswith("count-"):
            thread.join(60)


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, app_on: Callable[[str], Flask]) -> Iterator[Flask]:
    yield from _ready(app_on(request.param))


@pytest.fixture
def sqlite_app(app_on: Callable[[str], Flask]) -> Iterator[Flask]:
    yield from _ready(app_on("sqlite"))


@pytest.fixture
def client(sqlite_app: Flask) -> StrictClient:
    """A strict browserless visitor, on SQLite."""
    return StrictClient(sqlite_app)


@pytest.fixture(scope="session")
def elections() -> Path:
    """The folder of real elections; tests that need it are skipped where it is not."""
    if not DATA.is_dir():
        pytest.skip("real elections are not on this machine")
    return DATA


@pytest.fixture(scope="session")
def base_url() -> str:
    """Tests give whole addresses; the plugin's own fixture of this name warns with pytest 9."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, which cannot make a sandbox for root."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]}


os.environ.setdefault("PYTHONHASHSEED", "random")
