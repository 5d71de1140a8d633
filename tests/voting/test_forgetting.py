"""Names and addresses go on their day, keys on theirs, tokens on theirs; counts, references and packs stay (C42)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.accounts import service as accounts
from pb.accounts.models import SignedInSession, SignInLink
from pb.core.actor import SYSTEM
from pb.core.db import Base, committed, db, session
from pb.core.outbox import OutboxMessage, send_mail
from pb.electorate import forgetting, importing
from pb.electorate.errors import ListIsOver, NamesStillNeeded
from pb.electorate.models import Entitlement, KnownAs, MailboxProof, RollEntry, RollUpload
from pb.electorate.service import entitle, mailbox_source, send_mailbox_code
from pb.journal.models import JournalEntry
from pb.journal.queries import whole_chain
from pb.journal.service import verify
from pb.results.verify import check
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from pb.voting.models import Contest, Envelope, ReceiptInBox, Turnout
from pb.voting.queries import find_receipt, last_moment
from tests.conftest import FixedClock
from tests.support.electorate import imported
from tests.support.opendata import pack_bytes
from tests.support.results import publish_counted
from tests.support.rounds import make_round, make_ward
from tests.support.voting import cast, closed_and_opened, ready

LIST = (
    "Number,Name,Address,Postcode,E-mail,Ward\n"
    "1,Gwenllian Unusual,1 Rarely Street,WN2 3AA,gwenllian@rare.example,Quay\n"
    "2,Bob Uncommon,2 Rarely Street,WN2 3AB,,Quay\n"
)
TRACES = (b"Gwenllian", b"Uncommon", b"Rarely Street", b"gwenllian@rare.example")


def finished_round(clock: FixedClock) -> Round:
    """People on a list and others by mailbox, 21 votes, a published result."""
    round = make_round("voting", clock, wards=(make_ward("Quay"),), plan=BallotPlan(identity_rung=2, other_rungs=(1,)))
    ready(round)
    imported(round, LIST, now=clock())
    cast(round, ["B01"], now=clock(), voter="gwenllian@rare.example", ward_id=round.wards[0].id)
    for number in range(20):
        cast(round, ["B01", "B02"], now=clock(), voter=f"v{number}@voters.example", ward_id=round.wards[0].id)
    clock.at = last_moment(round)
    closed_and_opened(round)
    return publish_counted(round, clock)


def number_of(table: type[Base]) -> int:
    return session().scalar(select(func.count()).select_from(table)) or 0


def answers(pack: bytes) -> dict[str, bool | None]:
    return {finding.question: finding.holds for finding in check(pack)}


def forget(app: Flask) -> str:
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["forget", "--due"])
    assert done.exit_code == 0, done.output
    return done.output


def bytes_of_database(app: Flask) -> bytes:
    """All that the database keeps of these tables: its files on SQLite, what a dump would read on PostgreSQL."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        path = app.extensions["settings"].data_dir
        return b"".join(file.read_bytes() for file in path.iterdir() if file.name.startswith("test.sqlite"))
    rows = [session().execute(table.select()).all() for table in Base.metadata.sorted_tables]
    return repr(rows).encode()


def test_names_go_on_their_day_and_all_that_was_published_stays(app: Flask, clock: FixedClock) -> None:
    round = finished_round(clock)
    round_id, receipt = round.id, session().scalars(select(Envelope.receipt)).first()
    before = answers(pack_bytes(round))
    counts = {table: number_of(table) for table in (Entitlement, Envelope, ReceiptInBox, Turnout)}
    assert all(trace in bytes_of_database(app) for trace in TRACES)

    clock.at += timedelta(days=42, seconds=-1)
    assert forget(app) == ""
    assert number_of(RollEntry) == 2
    with pytest.raises(NamesStillNeeded), committed():
        forgetting.forget_voters(session().get_one(Round, round_id), days=42, by=SYSTEM, now=clock())
    clock.at += timedelta(seconds=1)
    said = forget(app)

    assert "names and addresses of voters are deleted" in said
    assert "the key is destroyed" in said
    assert [number_of(table) for table in (RollEntry, KnownAs, RollUpload, MailboxProof)] == [0, 0, 0, 0]
    assert not any(trace in bytes_of_database(app) for trace in TRACES)
    assert {table: number_of(table) for table in counts} == counts
    assert receipt is not None
    assert find_receipt(receipt) is not None
    assert answers(pack_bytes(session().get_one(Round, round_id))) == before
    assert False not in before.values()
    assert verify(whole_chain()) is None


def test_a_second_time_nothing_happens_and_the_record_tells_it_once(app: Flask, clock: FixedClock) -> None:
    round_id = finished_round(clock).id
    clock.at += timedelta(days=42)
    forget(app)

    assert forget(app) == ""
    with committed():
        assert not forgetting.forget_voters(session().get_one(Round, round_id), days=42, by=SYSTEM, now=clock())

    told = session().scalars(select(JournalEntry).where(JournalEntry.kind == "voters.forgotten")).all()
    assert [(one.round_id, one.facts["people"], one.facts["voters"]) for one in told] == [(round_id, 2, 22)]


def test_afterwards_nobody_leads_to_their_old_entitlement_and_no_list_can_come_back(
    app: Flask, clock: FixedClock
) -> None:
    round = finished_round(clock)
    with committed():
        before = entitle(round_id=round.id, source=mailbox_source("gwenllian@rare.example"), ward_id=None).id
    clock.at += timedelta(days=42)
    forget(app)

    with committed():
        after = entitle(round_id=round.id, source=mailbox_source("gwenllian@rare.example"), ward_id=None).id
    with pytest.raises(ListIsOver):
        importing.upload(round=session().get_one(Round, round.id), content=LIST.encode(), now=clock())

    assert before != after
    assert session().get_one(Contest, round.id).key_destroyed_at is not None


def test_tokens_mail_and_lists_left_lying_go_after_a_day(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock, plan=BallotPlan(identity_rung=2))
    ready(round)
    with committed():
        importing.upload(round=round, content=LIST.encode(), now=clock())
    with committed():
        send_mailbox_code(round_id=round.id, round_title=round.title, email="v@voters.example", now=clock())
        person = accounts.find_or_create_person(email="p@people.example", display_name="P", now=clock())
        accounts.start_session(person_id=person.id, is_staff=True, now=clock())
        accounts.request_sign_in(
            email="p@people.example", go_to="/", browser="b", network="n", link_to=lambda token: token, now=clock()
        )
        for message in session().scalars(select(OutboxMessage)):
            message.sent_at = clock()
        send_mail(to="not@yet.example", subject="Waits", body="Still to be sent", now=clock())
    forget(app)
    tables = (RollUpload, MailboxProof, SignInLink, SignedInSession, OutboxMessage)
    assert [number_of(table) for table in tables] == [1, 1, 1, 1, 3]

    clock.at += timedelta(days=2)
    forget(app)

    assert [number_of(table) for table in tables] == [0, 0, 0, 0, 1]
