"""The edition changes with what pages show, inside the same transaction, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pb.core.db import committed, db, session
from pb.core.edition import Kept, _changes_pages, edition
from pb.core.outbox import send_mail
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.voting import cast, ready


def mark() -> str | None:
    db.session.rollback()
    return edition()


def test_it_changes_with_every_write_that_a_page_could_show(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    first = mark()

    with committed():
        session().get_one(Round, round.id).title = "Another title"
    second = mark()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE round SET title = 'A third title'"))

    assert None not in (first, second)
    assert len({first, second, mark()}) == 3


def test_a_write_that_is_rolled_back_leaves_it(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    before = mark()

    session().get_one(Round, round.id).title = "Never"
    session().flush()
    session().rollback()
    with committed():
        send_mail(to="x@example.org", subject="x", body="x", now=clock())

    assert mark() == before


def test_votes_leave_it(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    before = mark()

    cast(round, ["B01"], now=clock())

    assert mark() == before


def test_nothing_is_kept_of_what_nobody_else_sees_yet(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    kept = Kept[str](5)

    session().get_one(Round, round.id).title = "Never"
    session().flush()
    assert edition() is None
    assert kept.of_this_edition("title", lambda: session().get_one(Round, round.id).title) == "Never"
    session().rollback()

    assert kept.of_this_edition("title", lambda: session().get_one(Round, round.id).title) == round.title


def test_the_oldest_is_forgotten_first() -> None:
    kept = Kept[int](2)
    for n in (1, 2):
        kept.put(n, n)
    kept.get(1)

    kept.put(3, 3)

    assert [kept.get(n) for n in (1, 2, 3)] == [1, None, 3]


@pytest.mark.parametrize(
    ("statement", "changes"),
    [
        ('INSERT INTO "round" (id) VALUES (1)', True),
        ("update proposal set title = 'x'", True),
        ("DELETE FROM contribution", True),
        ("WITH old AS (SELECT 1) DELETE FROM talk", True),
        ("TRUNCATE round", True),
        ("INSERT INTO envelope (receipt) VALUES ('x')", False),
        ("UPDATE entitlement SET ward_id = 1", False),
        ("SELECT 1", False),
        ("BEGIN IMMEDIATE", False),
    ],
)
def test_a_statement_tells_what_it_changes(statement: str, changes: bool) -> None:
    assert _changes_pages(statement) is changes


def test_a_connection_that_broke_can_be_rolled_back(app_on: Callable[[str], Flask]) -> None:
    with app_on("postgresql").app_context():
        pid = session().scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError):
            session().execute(text("SELECT 1"))

        session().rollback()

        assert session().scalar(text("SELECT 1")) == 1
        session().rollback()
