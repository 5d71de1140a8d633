"""The database is full, read-only or away: a page that says so, nothing thanked for is lost, nothing to restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from pb.core.actor import Role
from pb.core.db import committed, db, session
from pb.rounds.models import Round
from pb.voting import closing
from pb.voting.queries import opened_ballots
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.postgres import PostgresServer
from tests.support.rounds import make_round, make_ward
from tests.support.voting import cast, closed_and_opened, ready
from tests.voting.test_routes import BALLOT, pick, start

SORRY = "cannot be reached right now"


@pytest.fixture
def ward(app: Flask) -> Any:
    """The ward's id, to be known also while nobody can be asked."""
    return SimpleNamespace(id=make_ward("Quay").id)


@pytest.fixture
def round(app: Flask, ward: Any, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=12)
    with committed():
        made.identity_rung = 0
    ready(made)
    return made


@contextmanager
def on_each_connection(*statements: str) -> Iterator[None]:
    """Every connection of SQLite is told this first, until the end of the block."""

    def tell(connection: Any, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", tell)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", tell)
        db.session.remove()
        db.engine.dispose()


@contextmanager
def postgres_says(*begin: str, end: tuple[str, ...]) -> Iterator[None]:
    """PostgreSQL is told this, for everybody who connects."""

    def tell(statements: tuple[str, ...]) -> None:
        db.session.remove()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            for statement in statements:
                connection.exec_driver_sql(statement)
        db.engine.dispose()

    tell(begin)
    try:
        yield
    finally:
        tell(end)


@contextmanager
def read_only() -> Iterator[None]:
    if db.engine.dialect.name == "sqlite":
        with on_each_connection("PRAGMA query_only=ON"):
            yield
        return
    name = db.engine.url.database
    with postgres_says(
        f"ALTER DATABASE {name} SET default_transaction_read_only = on",
        end=(f"ALTER DATABASE {name} RESET default_transaction_read_only",),
    ):
        yield


@contextmanager
def full() -> Iterator[None]:
    """SQLite: not one page more. PostgreSQL: every new envelope gets the error of a full disk (53100)."""
    if db.engine.dialect.name == "sqlite":
        closing.scrub()
        pages = session().execute(text("PRAGMA page_count")).scalar_one()
        with on_each_connection(f"PRAGMA max_page_count={pages}"):
            yield
        return
    raising = "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END"
    with postgres_says(
        f"CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON envelope FOR EACH ROW EXECUTE FUNCTION disk_is_full()",
        end=("DROP TRIGGER full_disk ON envelope", "DROP FUNCTION disk_is_full()"),
    ):
        yield


def sends(client: StrictClient, form: dict[str, str], *, status: int) -> str:
    """Send the review's form as a reload does: the same key."""
    page = client.post(f"{BALLOT}/review", form, status=status)
    return page.words if status != 303 else page.response.headers["Location"]


def ready_to_send(app: Flask, ward: Any, *codes: str) -> tuple[StrictClient, dict[str, str]]:
    client = StrictClient(app)
    start(client, ward)
    pick(client, *codes)
    page = client.get(f"{BALLOT}/review")
    return client, page.fields(page.one("form", action=f"{BALLOT}/review"))


@pytest.mark.parametrize("trouble", [read_only, full])
def test_a_vote_in_trouble_is_not_thanked_for_and_the_same_form_works_afterwards(
    app: Flask, round: Round, ward: Any, trouble: Callable[[], Any], clock: FixedClock
) -> None:
    ann, her_form = ready_to_send(app, ward, "B01")
    sends(ann, her_form, status=303)
    round_id, pot_id = round.id, round.pots[0].id

    with trouble():
        fillers = fill(round_id, clock) if trouble is full and db.engine.dialect.name == "sqlite" else 0
        thanked, status = 0, 303
        while status == 303 and thanked < 40:  # a full file may have room for one more in a page that is there
            ben, his_form = ready_to_send(app, ward, "B02")
            sent = {**his_form, "csrf_token": ben.csrf_token()}
            status = ben.client.post(f"{BALLOT}/review", data=sent).status_code
            thanked += status == 303
        assert status == 503
        words = sends(ben, his_form, status=503)
        assert SORRY in words
        assert "Nothing you did before has been lost." in words
        assert ben.get(f"{BALLOT}/done", status=303).response.headers["Location"].endswith("/check")

    assert sends(ben, his_form, status=303).endswith("/done")
    closed_and_opened(session().get_one(Round, round_id))
    wanted = ['["B01"]'] + ['["B02"]'] * (thanked + 1) + ['["B03"]'] * fillers
    assert list(opened_ballots(pot_id)) == wanted
    if db.engine.dialect.name == "sqlite":
        assert session().execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def fill(round_id: int, clock: FixedClock) -> int:
    """Vote until the database says that it is full; how many votes were thanked for."""
    for thanked in range(400):
        try:
            cast(session().get_one(Round, round_id), ["B03"], now=clock.at, voter=f"filler{thanked}")
        except OperationalError:
            db.session.rollback()
            return thanked
    raise AssertionError("400 votes did not fill it")


def test_while_postgresql_is_away_every_page_says_so_and_all_goes_on_when_it_is_back(
    app_on: Callable[[str], Flask], postgres: PostgresServer, clock: FixedClock
) -> None:
    from tests.conftest import empty_tables

    app = app_on("postgresql")
    with app.app_context():
        empty_tables()
        ward = make_ward("Quay")
        round = make_round("voting", clock, projects=12)
        with committed():
            round.identity_rung = 0
        ready(round)
        ann, her_form = ready_to_send(app, ward, "B01")
        ben, his_form = ready_to_send(app, ward, "B02")
        officer = StrictClient(app)
        sign_in_as(officer, make_person("Sam", Role.OFFICER))
        sends(ann, her_form, status=303)
        round_id, pot_id = round.id, round.pots[0].id
        db.session.remove()

        postgres.stop()
        try:
            assert SORRY in sends(ben, his_form, status=503)
            assert SORRY in officer.get("/staff", status=503).words
            answer = ben.get(BALLOT, status=503)
            assert answer.response.headers["Retry-After"] == "10"
        finally:
            postgres._launch()

        assert sends(ben, his_form, status=303).endswith("/done")
        assert officer.get("/staff").status == 200
        closed_and_opened(session().get_one(Round, round_id))
        assert list(opened_ballots(pot_id)) == ['["B01"]', '["B02"]']
        db.session.remove()


def test_a_database_that_takes_no_connection_is_told_too(
    app: Flask, round: Round, ward: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, form = ready_to_send(app, ward, "B02")
    db.session.remove()
    db.engine.dispose()

    def away(*_args: object, **_options: object) -> object:
        raise db.engine.dialect.loaded_dbapi.OperationalError("unable to open database file")

    with monkeypatch.context() as patched:
        patched.setattr(db.engine.dialect, "connect", away)
        assert SORRY in sends(ben, form, status=503)

    assert sends(ben, form, status=303).endswith("/done")
