"""Closing cuts the links and publishes hashes; opening sorts, numbers and sets aside."""

from __future__ import annotations

import hashlib
import json

import pytest
from flask import Flask
from nacl.bindings import sodium_pad
from nacl.public import PublicKey, SealedBox
from sqlalchemy import inspect, select

from pb.core.db import Base, committed, db, session
from pb.core.keys import KeyMissing, key_folder
from pb.core.money import Money
from pb.journal.models import JournalEntry
from pb.rounds.models import Pot, Project, Round
from pb.rounds.service import PotPlan
from pb.voting import closing, opening
from pb.voting.errors import AlreadyFrozen, BoxNotReady, NothingToVoteOn, StillOpen
from pb.voting.models import Ballot, Envelope, IdempotencyKey, ReceiptInBox, SealedBallot, SetAside, Turnout
from pb.voting.queries import contest_of, last_moment, opened_ballots, set_aside, turnout_of
from tests.conftest import FixedClock
from tests.support.rounds import make_round, make_ward
from tests.support.voting import OFFICER, cast, closed, closed_and_opened, ready


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=12)
    ready(made)
    return made


def facts_of(kind: str) -> dict[str, object]:
    return session().scalars(select(JournalEntry).where(JournalEntry.kind == kind)).one().facts


def lines_sha256(lines: list[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_the_close_is_refused_before_the_grace_is_over(round: Round, clock: FixedClock) -> None:
    with pytest.raises(StillOpen), committed():
        closing.close_vote(round, by=OFFICER, now=clock.at)

    assert round.closed_at is None


def test_the_close_publishes_the_hash_of_receipts_and_sealed_ballots(round: Round, clock: FixedClock) -> None:
    receipts = [cast(round, [f"B{n:02d}"], now=clock.at).code for n in range(1, 6)]
    pairs = {e.receipt: hashlib.sha256(e.sealed or b"").hexdigest() for e in session().scalars(select(Envelope))}

    contest = closed(round)

    assert contest.box_sha256 == lines_sha256([f"{receipt} {pairs[receipt]}" for receipt in sorted(receipts)])
    facts = facts_of("voting.closed")
    assert facts["envelopes"] == 5
    assert facts["box_sha256"] == contest.box_sha256
    assert facts["receipts_sha256"] == lines_sha256(sorted(receipts))
    assert facts["sealed_sha256"] == lines_sha256(sorted(pairs.values()))


def test_the_close_cuts_every_link_and_keeps_who_has_voted(round: Round, clock: FixedClock) -> None:
    receipt = cast(round, ["B01"], now=clock.at)

    closed(round)

    envelope = session().scalars(select(Envelope)).one()
    assert (envelope.receipt, envelope.sealed) == (receipt.code, None)
    assert session().scalars(select(IdempotencyKey)).all() == []
    assert session().scalars(select(ReceiptInBox.receipt)).all() == [receipt.code]
    assert {c.name for c in SealedBallot.__table__.columns} == {"round_id", "sealed_sha256", "sealed"}
    assert turnout_of(round.id) == 1


def test_the_close_writes_turnout_by_ward_and_channel(app: Flask, clock: FixedClock) -> None:
    quay, mill = make_ward("Quay"), make_ward("Mill")
    round = make_round("voting", clock)
    ready(round)
    for ward in (quay, quay, mill):
        cast(round, ["B01"], now=clock.at, ward_id=ward.id)

    closed(round)

    rows = {(t.ward_id, t.channel): t.ballots for t in session().scalars(select(Turnout))}
    assert rows == {(quay.id, "web"): 2, (mill.id, "web"): 1}


def test_closing_twice_is_refused_and_closing_if_due_does_nothing_then(round: Round) -> None:
    closed(round)

    with pytest.raises(BoxNotReady), committed():
        closing.close_vote(round, by=OFFICER, now=last_moment(round))
    with committed():
        assert closing.close_if_due(round, now=last_moment(round)) is False


def test_close_if_due_goes_by_the_clock(round: Round, clock: FixedClock) -> None:
    with committed():
        early = closing.close_if_due(round, now=clock.at)
        due = closing.close_if_due(round, now=last_moment(round))

    assert (early, due, contest_of(round.id).state) == (False, True, "closed")


def test_opened_ballots_are_sorted_and_numbered_whatever_the_order_of_casting(round: Round, clock: FixedClock) -> None:
    for picks in (["B03"], [], ["B02", "B01"], ["B01"], ["B03"]):
        cast(round, picks, now=clock.at)

    closed_and_opened(round)

    pot = round.pots[0]
    assert list(opened_ballots(pot.id)) == ['["B01","B02"]', '["B01"]', '["B03"]', '["B03"]', "[]"]
    assert [b.n for b in session().scalars(select(Ballot).order_by(Ballot.n))] == [1, 2, 3, 4, 5]
    assert facts_of("box.opened") == {"opened": 5, "set_aside": 0, "reasons": {}, "seal_mode": "S1"}


def test_opening_before_the_close_or_twice_is_refused(round: Round) -> None:
    with pytest.raises(BoxNotReady), committed():
        opening.open_box(round, by=OFFICER, now=last_moment(round))
    closed_and_opened(round)

    with pytest.raises(BoxNotReady), committed():
        opening.open_box(round, by=OFFICER, now=last_moment(round))


def test_a_ballot_that_breaks_a_rule_is_set_aside_with_its_reason(round: Round, clock: FixedClock) -> None:
    """Put into the box by a hand that bypassed the cast: the opening checks everything again."""
    cast(round, ["B01"], now=clock.at)
    closed(round)
    contest = contest_of(round.id)
    pot = str(round.pots[0].id)
    box = SealedBox(PublicKey(contest.seal_public_key))
    many = [f"B{n:02d}" for n in range(1, 13)]
    bad = [
        json.dumps({"v": 1, "pots": {pot: ["Z99"]}}),
        json.dumps({"v": 1, "pots": {pot: many}}),
        json.dumps({"v": 1, "pots": {pot: ["B01", "B01"]}}),
        json.dumps({"v": 2, "pots": {}}),
        "no json",
    ]
    with committed():
        for n, text in enumerate(bad):
            sealed = box.encrypt(sodium_pad(text.encode(), contest.sealed_size - 48))
            session().add(SealedBallot(round_id=round.id, sealed_sha256=f"{n:064x}", sealed=sealed))
        session().add(SealedBallot(round_id=round.id, sealed_sha256="f" * 64, sealed=b"x" * contest.sealed_size))

    with committed():
        opening.open_box(round, by=OFFICER, now=last_moment(round))

    assert set_aside(round.id) == [("does_not_open", 1), ("not_a_ballot", 4), ("too_many_picks", 1)]
    assert list(opened_ballots(round.pots[0].id)) == ['["B01"]']
    assert facts_of("box.opened")["opened"] == 1


def test_picks_of_a_project_withdrawn_after_the_vote_fall_away(round: Round, clock: FixedClock) -> None:
    cast(round, ["B01", "B02"], now=clock.at)
    with committed():
        project = session().scalars(select(Project).where(Project.code == "B01")).one()
        project.withdrawn_at = clock.at

    closed_and_opened(round)

    assert list(opened_ballots(round.pots[0].id)) == ['["B02"]']


def test_each_pot_gets_one_ballot_of_everybody_who_may_vote_in_it(app: Flask, clock: FixedClock) -> None:
    quay, mill = make_ward("Quay"), make_ward("Mill")
    pots = (
        PotPlan("For all", Money(60_000_00), "Council"),
        PotPlan("Quay's own", Money(20_000_00), "Council", quay.id),
    )
    round = make_round("voting", clock, pots=pots)
    with committed():
        everyone, own = session().scalars(select(Pot).order_by(Pot.position))
        session().scalars(select(Project).where(Project.code == "B03")).one().pot_id = own.id
        everyone_id, own_id = everyone.id, own.id
    ready(round)
    cast(round, ["B01", "B03"], now=clock.at, ward_id=quay.id)
    cast(round, ["B02"], now=clock.at, ward_id=quay.id)
    cast(round, ["B02"], now=clock.at, ward_id=mill.id)

    closed_and_opened(round)

    assert list(opened_ballots(everyone_id)) == ['["B01"]', '["B02"]', '["B02"]']
    assert list(opened_ballots(own_id)) == ['["B03"]', "[]"]


@pytest.mark.parametrize(
    ("kind", "marks", "opened"),
    [
        ("points", {"B01": 7, "B02": 3}, '{"B01":7,"B02":3}'),
        ("ranking", {"B01": 2, "B02": 1}, '["B02","B01"]'),
        ("knapsack", {"B01": 1, "B02": 1}, '["B01","B02"]'),
    ],
)
def test_every_kind_of_ballot_opens_to_what_was_cast(
    app: Flask, clock: FixedClock, kind: str, marks: dict[str, int], opened: str
) -> None:
    round = make_round("voting", clock)
    with committed():
        round.ballot_kind = kind
    ready(round)
    cast(round, marks, now=clock.at)

    closed_and_opened(round)

    assert list(opened_ballots(round.pots[0].id)) == [opened]


def test_opening_without_the_key_file_says_which_is_missing_and_changes_nothing(
    round: Round, clock: FixedClock
) -> None:
    cast(round, ["B01"], now=clock.at)
    closed(round)
    for file in key_folder().glob(f"round-{round.id}-*.seal"):
        file.unlink()

    with pytest.raises(KeyMissing, match=r"\.seal"), committed():
        opening.open_box(round, by=OFFICER, now=last_moment(round))

    assert contest_of(round.id).state == "closed"


def test_the_private_key_is_a_file_that_only_we_can_read_and_never_in_the_database(round: Round) -> None:
    (file,) = key_folder().glob(f"round-{round.id}-*.seal")

    assert file.stat().st_mode & 0o777 == 0o400
    private = file.read_bytes()
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert not any(private in cell for cell in row if isinstance(cell, bytes)), table.name


def test_a_second_freeze_and_a_freeze_of_nothing_are_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)

    with pytest.raises(NothingToVoteOn):
        closing.freeze_round(round, by=OFFICER, now=clock.at)
    ready(make_round("voting", clock, title="Another"))
    other = session().scalars(select(Round).where(Round.title == "Another")).one()
    with pytest.raises(AlreadyFrozen):
        closing.freeze_round(other, by=OFFICER, now=clock.at)


def test_no_vote_table_holds_a_time_an_address_a_sequence_or_a_path_to_people(app: Flask) -> None:
    tables = ["envelope", "idempotency_key", "sealed_ballot", "receipt_in_box", "ballot", "set_aside", "turnout"]
    structure = inspect(db.engine)

    for table in tables:
        for column in structure.get_columns(table):
            kind = str(column["type"]).upper()
            assert not any(word in kind for word in ("DATE", "TIME", "INET")), (table, column["name"])
            assert not column["name"].endswith(("_at", "_on", "_by", "ip", "address", "seq")), (table, column["name"])
            assert column.get("autoincrement") in (False, "auto", None), (table, column["name"])
            assert "nextval" not in str(column["default"]), (table, column["name"])
        reached = {key["referred_table"] for key in structure.get_foreign_keys(table)}
        assert reached <= {"round", "entitlement", "pot"}, table
    assert {k["referred_table"] for k in structure.get_foreign_keys("entitlement")} == {"print_run", "round", "ward"}


def test_after_the_close_no_two_tables_join_a_receipt_with_a_sealed_ballot(round: Round, clock: FixedClock) -> None:
    for n in range(1, 6):
        cast(round, [f"B{n:02d}"], now=clock.at)
    closed(round)

    values: dict[str, set[object]] = {}
    with db.engine.connect() as connection:
        for table in ("envelope", "entitlement", "receipt_in_box", "sealed_ballot"):
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').fetchall()
            long = {str(cell) for row in rows for cell in row if cell is not None and len(str(cell)) > 8}
            values[table] = long

    assert values["sealed_ballot"]
    assert not values["sealed_ballot"] & (values["envelope"] | values["entitlement"] | values["receipt_in_box"])


def test_set_aside_is_empty_when_all_ballots_are_good(round: Round, clock: FixedClock) -> None:
    cast(round, ["B01"], now=clock.at)

    closed_and_opened(round)

    assert session().scalars(select(SetAside)).all() == []
