"""Migrations run through the app's own engine, so that they meet the same database settings as votes do.

Revisions are numbered (`007_add_wards.py`), one chain: two branches that add the same number conflict, on purpose.
"""

from __future__ import annotations

import re
from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from flask import current_app
from sqlalchemy import text

from pb.core.db import Base, Pence, UTCDateTime, _writing

config = context.config
engine = current_app.extensions["migrate"].db.engine


def next_number(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
    """Give a new revision the number after the head's."""
    if directives and directives[0].rev_id and not re.fullmatch(r"\d{3}", directives[0].rev_id):
        head = context.script.get_current_head()
        directives[0].rev_id = f"{int(head or 0) + 1:03d}"


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our types as plain ones: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Pence):
        return "sa.BigInteger()"
    return False


def run() -> None:
    """Each migration in its own transaction; foreign keys are checked by SQLite again at the end."""
    token = _writing.set(True)
    try:
        _run_all()
    finally:
        _writing.reset(token)  # a command that migrates first and reads afterwards must not take the writers' lock


def _run_all() -> None:
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.execute(text("PRAGMA foreign_keys=OFF"))
            connection.rollback()
            connection.exec_driver_sql("COMMIT") if connection.connection.in_transaction else None
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            render_as_batch=is_sqlite,
            process_revision_directives=next_number,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
