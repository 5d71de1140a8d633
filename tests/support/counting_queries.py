"""How many statements a piece of work sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from sqlalchemy import Engine, event

from pb.core.db import db


@contextmanager
def queries(*, of_kept_pages: bool = False) -> Iterator[list[str]]:
    """Collect the statements sent inside the block (BEGIN and the like are not statements), every page made anew."""
    if not of_kept_pages:
        current_app.extensions["kept_pages"].clear()
    with queries_on(db.engine) as seen:
        yield seen


@contextmanager
def queries_on(engine: Engine) -> Iterator[list[str]]:
    """The same for an engine, where no app context is open."""
    seen: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)
