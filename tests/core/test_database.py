"""The database promises what a vote needs, and migrations go up and down on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect

from pb.core.db import Base, UnsafeDatabase, assert_safe, db


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


def test_a_database_that_is_not_durable_is_refused() -> None:
    with pytest.raises(UnsafeDatabase, match="journal_mode"):
        assert_safe(create_engine("sqlite://"))
