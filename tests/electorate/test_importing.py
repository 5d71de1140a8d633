"""Importing a list: once or twice, by two at once, with shared mailboxes; the pages around it."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.actor import Role
from pb.core.db import committed, session
from pb.electorate import importing
from pb.electorate.errors import SourceNeeded, UploadGone
from pb.electorate.models import Entitlement, KnownAs, Roll, RollEntry, RollUpload
from pb.electorate.queries import entitlement_of, find_people, numbers_of, waiting_for_letters
from pb.electorate.service import mailbox_source, person_key
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.electorate import imported
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import OFFICER, make_round, make_ward
from tests.support.together import together

HEAD = "Number,Name,Address,Postcode,E-mail,Ward,Date of birth\n"
ANN = "1,Ann Ŵyn,1 High St,WN2 3AA,ann@home.example,Quay,28/02/1990\n"
BOB = "2,Bob,2 High St,WN2 3AB,,Quay,01/01/2000\n"
LIST = "/staff/rounds/together-for-quay/list"


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    ward = make_ward("Quay")
    return make_round("voting", clock, wards=(ward,), plan=BallotPlan(identity_rung=2))


def count(table: type) -> int:
    return session().scalar(select(func.count()).select_from(table)) or 0


def by_mailbox(round: Round, email: str) -> Entitlement | None:
    return entitlement_of(round.id, person_key(round.id, mailbox_source(email)))


def test_everybody_gets_one_entitlement_with_their_ward(round: Round, clock: FixedClock) -> None:
    assert imported(round, HEAD + ANN + BOB, now=clock()) == (2, 0)

    assert (count(Entitlement), count(RollEntry), count(RollUpload)) == (2, 2, 0)
    assert session().scalars(select(Entitlement.has_fixed_ward)).all() == [True, True]
    assert [entry.name for entry in waiting_for_letters(round.id, 10)] == ["Ann Ŵyn", "Bob"]


def test_importing_again_doubles_nobody_corrects_addresses_and_adds_who_is_new(round: Round, clock: FixedClock) -> None:
    imported(round, HEAD + ANN, now=clock())
    before = session().scalars(select(Entitlement.id)).all()

    assert imported(round, HEAD + ANN.replace("1 High St", "9 Low Rd") + BOB, now=clock()) == (1, 1)

    assert set(before) < set(session().scalars(select(Entitlement.id)))
    assert session().scalars(select(RollEntry.address).where(RollEntry.reference == "1")).all() == ["9 Low Rd"]
    assert imported(round, HEAD + BOB, now=clock()) == (0, 1)
    assert count(Entitlement) == 2


def test_an_import_that_breaks_off_lets_nobody_in_and_the_next_one_takes_it_up(
    round: Round, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr(importing, "record", lambda *_, **__: 1 / 0)
    round_id = round.id
    with pytest.raises(ZeroDivisionError):
        imported(round, HEAD + ANN + BOB, now=clock())
    session().rollback()

    left = by_mailbox(session().get_one(Round, round_id), "ann@home.example")
    assert left is not None
    assert left.status == "void"
    assert (numbers_of(round_id).people, find_people(round_id, "Ann"), waiting_for_letters(round_id, 9)) == (0, [], [])
    monkeypatch.undo()
    assert imported(session().get_one(Round, round_id), HEAD + ANN + BOB, now=clock()) == (2, 0)
    assert session().scalars(select(Entitlement.status)).all() == ["ok", "ok"]
    assert numbers_of(round_id).people == len(find_people(round_id, "WN2")) == count(RollEntry) == 2


def test_a_mailbox_of_one_person_leads_to_them_and_a_shared_one_to_nobody(round: Round, clock: FixedClock) -> None:
    imported(round, HEAD + ANN, now=clock())
    ann = by_mailbox(round, "ANN+x@home.example")
    assert ann is not None

    imported(round, HEAD + BOB.replace(",,Quay", ",ann@home.example,Quay"), now=clock())
    assert by_mailbox(round, "ann@home.example") is None

    imported(round, HEAD + ANN, now=clock())
    assert by_mailbox(round, "ann@home.example") is None


def test_two_officers_who_import_at_once_double_nobody(app: Flask, round: Round, clock: FixedClock) -> None:
    with committed():
        importing.upload(round=round, content=(HEAD + ANN + BOB).encode(), now=clock())
    round_id, digest = round.id, session().scalars(select(RollUpload.file_sha256)).one()

    def press() -> None:
        with committed():
            mine = session().get_one(Round, round_id)
            importing.import_list(
                round=mine, source="Open register", asks_for=(), file_sha256=digest, by=OFFICER, now=clock()
            )

    results = together(app, [press, press])

    assert sum(result is None for result in results) == 1, results
    assert (count(Entitlement), count(RollEntry)) == (2, 2)


@pytest.mark.parametrize(
    ("ward", "words"), [("Elsewhere", "not a ward of this round"), ("", "in which ward WN2 3AA lies")]
)
def test_a_person_without_a_ward_of_the_round_is_a_row_to_mend(
    round: Round, clock: FixedClock, ward: str, words: str
) -> None:
    with committed():
        importing.upload(round=round, content=(HEAD + ANN.replace("Quay", ward) + BOB).encode(), now=clock())

    found = importing.preview(round, now=clock())

    assert found is not None
    assert [person.name for person, _ward in found.people] == ["Bob"]
    assert words in str(found.problems[0].words)


def test_the_list_needs_a_name_and_the_file_that_was_looked_at(round: Round, clock: FixedClock) -> None:
    with committed():
        importing.upload(round=round, content=(HEAD + ANN).encode(), now=clock())
    common = {"round": round, "asks_for": (), "by": OFFICER, "now": clock()}

    with pytest.raises(SourceNeeded), committed():
        importing.import_list(source=" ", file_sha256="x", **common)
    with pytest.raises(UploadGone), committed():
        importing.import_list(source="Open register", file_sha256="x", **common)
    assert count(Roll) == 0


def test_nobody_reads_the_file_in_the_database(round: Round, clock: FixedClock) -> None:
    with committed():
        importing.upload(round=round, content=(HEAD + ANN).encode(), now=clock())

    assert b"Ann" not in session().scalars(select(RollUpload.sealed)).one()


def test_no_day_of_birth_is_kept(round: Round, clock: FixedClock) -> None:
    imported(round, HEAD + ANN, now=clock())

    rows = [session().execute(select(table.__table__)).all() for table in (RollEntry, Entitlement, KnownAs, Roll)]
    assert "1990" not in str(rows)


# Pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: StrictClient, clock: FixedClock) -> StrictClient:
    make_round("voting", clock, wards=(make_ward("Quay"),), plan=BallotPlan(identity_rung=2))
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    return client


def send(client: StrictClient, content: bytes, *, status: int = 303) -> object:
    page = client.get(f"{LIST}/import")
    form = page.one("form", action=f"{LIST}/import")
    return client.submit(page, form, file=(io.BytesIO(content), "list.csv"), status=status)


def test_a_list_is_looked_at_then_imported_then_stands_at_the_desk(desk: StrictClient) -> None:
    send(desk, (HEAD + ANN + BOB + "3,,x\n").encode("utf-16"))
    look = desk.get(f"{LIST}/import/look")
    assert "Row 4. It has 3 columns; the heading has 7." in look.words
    assert "Ann Ŵyn" in look.words
    assert "row,problem\r\n4,It has 3 columns" in desk.get(f"{LIST}/import/problems.csv").html

    form = look.one("form", action=f"{LIST}/import/keep")
    refused = desk.submit(look, form, source="", status=422)
    assert "Enter where the list comes from" in refused.words
    after = desk.follow(desk.submit(look, form, source="Open register, 1 May 2026", asks_for="born_on"))

    assert "2 people were added." in after.words
    assert "Open register, 1 May 2026" in after.words
    assert session().scalars(select(Roll.asks_for)).one() == ["name", "postcode", "born_on"]


def test_a_file_that_is_no_table_is_refused_beside_its_field(desk: StrictClient) -> None:
    refused = send(desk, b"PK\x03\x04", status=422)

    assert "This is not a CSV file" in getattr(refused, "words", "")


def test_a_large_list_is_taken_from_staff_alone(desk: StrictClient) -> None:
    rows = "".join(f"{n},Person {n},{n} High St,WN2 3AA,,Quay,\n" for n in range(3_000))
    send(desk, (HEAD + rows).encode())

    assert "3,000" in desk.get(f"{LIST}/import/look").words
    stranger = StrictClient(desk.app)
    token = stranger.csrf_token()
    sent = {"csrf_token": token, "file": (io.BytesIO(b"x" * 200_000), "list.csv")}
    assert stranger.client.post(f"{LIST}/import", data=sent).status_code == 413


def test_a_discarded_file_is_gone(desk: StrictClient, clock: FixedClock) -> None:
    send(desk, (HEAD + ANN).encode())

    desk.post(f"{LIST}/import/discard", {})

    assert count(RollUpload) == 0
    assert isinstance(clock(), datetime)


def test_votes_are_taken_while_a_list_is_read_and_compared(desk: StrictClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer gets SQLite's one lock while the rows are worked out: for a borough that takes many seconds."""
    send(desk, (HEAD + ANN + BOB).encode())
    look, wrote, work_out = desk.get(f"{LIST}/import/look"), [], importing._plan
    path = desk.app.extensions["settings"].database_url.removeprefix("sqlite:///")

    def meanwhile(*facts: object) -> object:
        plan = work_out(*facts)  # type: ignore[arg-type]
        with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE ward SET about = 'meanwhile'")
            other.execute("COMMIT")
        wrote.append(True)
        return plan

    monkeypatch.setattr(importing, "_plan", meanwhile)
    desk.submit(look, look.one("form", action=f"{LIST}/import/keep"), source="Open register, 1 May 2026")

    assert wrote == [True]
    assert count(RollEntry) == 2
