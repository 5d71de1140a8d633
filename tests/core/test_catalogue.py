"""The tables' keys, checks, indexes and triggers as they are in a real database: none goes missing unnoticed (C4)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from flask import Flask
from flask_migrate import downgrade, upgrade

from pb.core.db import db

FOLDER = Path(__file__).with_name("catalogue")
SQLITE = "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
POSTGRESQL = """
SELECT conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
UNION ALL SELECT 'index ' || indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger ' || tgname || ': ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


def catalogue() -> str:
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL)
        lines = (_in_order(re.sub(r"\s+", " ", line).strip()) for line in rows.scalars())
        return "\n".join(sorted(line for line in lines if "alembic_version" not in line)) + "\n"


def _in_order(line: str) -> str:
    """Constraints of a table in one order: rebuilding a table on SQLite mixes them."""
    start, *constraints = re.split(r", ?(?=CONSTRAINT )", line)
    if not constraints:
        return line
    last, _, end = constraints[-1].rpartition(")")
    return ", ".join([start, *sorted(part.strip() for part in [*constraints[:-1], last])]) + ")" + end


def test_every_key_check_and_trigger_is_there_and_comes_back(app: Flask) -> None:
    """After a fresh install, and after going down and up again. Written anew by WRITE=1; look at what changed."""
    file = FOLDER / f"{db.engine.dialect.name}.txt"
    if os.environ.get("WRITE"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(catalogue())
    assert catalogue() == file.read_text(), f"{file.name} differs: WRITE=1 pytest {__name__} writes it anew"

    downgrade(revision="base")
    upgrade()

    assert catalogue() == file.read_text()
