"""The database promises what a vote needs, and migrations go up and down on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, event, inspect

from pb.core.db import Base, UnsafeDatabase, _prepare_sqlite, assert_safe, db


def test_models_equal_the_migrated_schema(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})

        differences = compare_metadata(context, Base.metadata)

    assert [d for d in differences if d[0] != "remove_table"] == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    tables = set(inspect(db.engine).get_table_names())

    downgrade(revision="base")
    below = set(inspect(db.engine).get_table_names())
    upgrade()

    assert below <= {"alembic_version"}
    assert set(inspect(db.engine).get_table_names()) == tables


@pytest.mark.parametrize(
    "pragma", ["journal_mode=DELETE", "synchronous=NORMAL", "synchronous=OFF", "foreign_keys=OFF", "busy_timeout=100"]
)
def test_a_file_that_would_not_keep_a_vote_through_a_power_cut_is_refused(tmp_path: Path, pragma: str) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    event.listen(engine, "connect", _prepare_sqlite)
    assert_safe(engine)
    engine.dispose()

    event.listen(engine, "connect", lambda connection, _record: connection.execute(f"PRAGMA {pragma}"))

    with pytest.raises(UnsafeDatabase, match=pragma.split("=")[0]):
        assert_safe(engine)
    engine.dispose()


def test_a_postgresql_that_answers_before_it_has_written_is_refused(app_on: Callable[[str], Flask]) -> None:
    with app_on("postgresql").app_context():
        url = db.engine.url
    safe, hasty = create_engine(url), create_engine(url, connect_args={"options": "-c synchronous_commit=off"})
    assert_safe(safe)

    with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
        assert_safe(hasty)
    safe.dispose()
    hasty.dispose()


def test_a_database_that_is_not_durable_is_refused() -> None:
    with pytest.raises(UnsafeDatabase, match="journal_mode"):
        assert_safe(create_engine("sqlite://"))
