"""Off the list and back on it: two people, a reason, and a vote that then does not (or does) go into the box."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pb.approvals.models import ApprovalRequest
from pb.approvals.service import approve
from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from pb.electorate import print_runs, striking
from pb.electorate.errors import ListIsOver, StruckAlready, UnknownCode, WhyStruck
from pb.electorate.models import Entitlement, RollEntry
from pb.electorate.posted import prove_code
from pb.journal.models import JournalEntry
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from pb.voting.errors import MayNotVote
from pb.voting.models import ReceiptInBox
from pb.voting.queries import last_moment
from pb.voting.service import cast_ballot
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.electorate import listed, supplier_list, two_officers
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_round
from tests.support.voting import closed, ready

REASON = "Moved away before the day of the list."


def round_with(clock: FixedClock, *names: str) -> Round:
    made = make_round("voting", clock, plan=BallotPlan(identity_rung=2))
    ready(made)
    listed(made, *names, now=clock())
    return made


def entry_of(name: str) -> RollEntry:
    return session().scalars(select(RollEntry).where(RollEntry.name == name)).one()


def change(round: Round, name: str, two: tuple[Actor, Actor], clock: FixedClock) -> None:
    """One asks, the other agrees."""
    with committed():
        wish = striking.ask_to_strike(
            round=session().get_one(Round, round.id), entry=entry_of(name), reason=REASON, look_at="/x", by=two[0],
            now=clock(),
        )  # fmt: skip
        number, mark = wish.id, wish.payload_sha256
    with committed():
        approve(number, seen=mark, by=two[1], now=clock())


def send(round: Round, entitlement_id: str, clock: FixedClock, key: str) -> str:
    with committed():
        return cast_ballot(
            round=round, entitlement_id=entitlement_id, ward_id=None, marks={"B01": 1}, key=key, secret="s",
            sees_version=0, now=clock(),
        ).code  # fmt: skip


def test_a_struck_voters_vote_stays_out_of_the_box_and_a_restored_ones_goes_in(app: Flask, clock: FixedClock) -> None:
    round, two = round_with(clock, "Ann", "Ben", "Cai"), two_officers()
    receipts = {
        name: send(round, entry_of(name).entitlement_id, clock, f"{number:032x}")
        for number, name in enumerate(("Ann", "Ben", "Cai"))
    }
    for name in ("Ann", "Ben"):
        change(round, name, two, clock)
    change(round, "Ben", two, clock)

    clock.at = last_moment(round)
    closed(round)

    assert set(session().scalars(select(ReceiptInBox.receipt))) == {receipts["Ben"], receipts["Cai"]}
    acts = select(JournalEntry).where(JournalEntry.kind.like("voter.%")).order_by(JournalEntry.seq)
    kinds = session().scalars(acts).all()
    assert [(entry.kind, entry.reason) for entry in kinds] == [
        ("voter.struck", REASON), ("voter.struck", REASON), ("voter.restored", REASON),
    ]  # fmt: skip
    told = " ".join(f"{e.subject} {e.reason} {e.facts}" for e in session().scalars(select(JournalEntry)))
    assert "Ann" not in told


def test_a_struck_voter_cannot_vote_by_code_or_otherwise(app: Flask, clock: FixedClock) -> None:
    round, two = round_with(clock, "Ann"), two_officers()
    code = supplier_list(round, by=two[0], second=two[1], now=clock())["Ann"]
    change(round, "Ann", two, clock)

    with pytest.raises(UnknownCode):
        prove_code(round_id=round.id, typed=code, network="n", browser="b", ticket="", now=clock())
    with pytest.raises(MayNotVote):
        send(round, entry_of("Ann").entitlement_id, clock, "a" * 32)


def test_no_reason_twice_or_after_the_close_changes_nothing(app: Flask, clock: FixedClock) -> None:
    round, two = round_with(clock, "Ann"), two_officers()
    ask = {"round": round, "entry": entry_of("Ann"), "look_at": "/x", "by": two[0], "now": clock()}
    with pytest.raises(WhyStruck):
        striking.ask_to_strike(reason="because", **ask)  # type: ignore[arg-type]
    change(round, "Ann", two, clock)
    act = {"entitlement_id": entry_of("Ann").entitlement_id, "reason": REASON, "by": two[0], "now": clock()}
    with pytest.raises(StruckAlready), committed():
        striking.set_status(status="struck", **act)  # type: ignore[arg-type]
    clock.at = last_moment(round)
    closed(round)

    with pytest.raises(ListIsOver), committed():
        striking.set_status(status="ok", **act)  # type: ignore[arg-type]
    with pytest.raises(ListIsOver):
        striking.ask_to_strike(reason=REASON, **{**ask, "round": session().get_one(Round, round.id)})  # type: ignore[arg-type]


def test_the_page_asks_and_says_who_is_off_the_list(client: StrictClient, clock: FixedClock) -> None:
    round = round_with(clock, "Ann")
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    address = f"/staff/rounds/{round.slug}/list/people/{entry_of('Ann').id}"
    page = client.get(address)
    form = page.one("form", action=f"{address}/strike")
    assert "Say why, in at least 10 letters" in client.submit(page, form, status=422, reason="no").words
    client.submit(page, form, reason=REASON)
    assert session().scalars(select(Entitlement.status)).one() == "ok"

    sign_in_as(client, make_person("Helena", Role.RETURNING_OFFICER))
    wish = session().scalars(select(ApprovalRequest)).one()
    client.post(f"/staff/approvals/{wish.id}/approve", {"seen": wish.payload_sha256})

    assert "This person is off the list" in client.get(address).words
    assert wish.look_at == address


def test_the_twenty_first_new_letter_of_a_day_needs_a_second_person(app: Flask, clock: FixedClock) -> None:
    names = [f"Voter {number:02d}" for number in range(22)]
    round, two = round_with(clock, *names), two_officers()

    def order(name: str) -> bool:
        with committed():
            return print_runs.order_letter(
                entry=entry_of(name), round=session().get_one(Round, round.id), why="lost", look_at="/x", by=two[0],
                now=clock(),
            )  # fmt: skip

    done = [order(name) for name in names[:21]]
    with committed():
        wish = session().scalars(select(ApprovalRequest)).one()
        approve(wish.id, seen=wish.payload_sha256, by=two[1], now=clock())
    clock.at += timedelta(days=1, seconds=1)

    assert done == [True] * 20 + [False]
    assert order(names[21])
    told = session().scalars(select(JournalEntry).where(JournalEntry.kind == "code.reissued")).all()
    assert len(told) == 22


def test_a_new_letter_without_a_reason_is_asked_for_it(client: StrictClient, clock: FixedClock) -> None:
    round = round_with(clock, "Ann")
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    address = f"/staff/rounds/{round.slug}/list/people/{entry_of('Ann').id}"
    page = client.get(address)

    again = client.submit(page, page.one("form", action=address), status=422)

    assert "Select why they need a new letter" in again.words
    assert "Not a valid choice" not in again.words
