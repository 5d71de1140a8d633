"""Two senders at once: whatever arrives together, one vote for each person, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.db import committed, session
from pb.electorate.models import Entitlement
from pb.rounds.models import Round
from pb.voting import closing
from pb.voting.errors import AlreadyVoted, KeyReused, VotingClosed
from pb.voting.models import Envelope, ReceiptInBox, SealedBallot
from pb.voting.queries import last_moment
from pb.voting.service import Receipt
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.together import together
from tests.support.voting import OFFICER, cast, closed, ready

EDGE = int(os.environ.get("EDGE", "20"))
"""Votes in the last second, and as many in the one after it: 250 before a release."""

Sender = Callable[..., Callable[[], Receipt]]


@pytest.fixture
def round_id(app: Flask, clock: FixedClock) -> int:
    made = make_round("voting", clock, projects=12)
    ready(made)
    return made.id


@pytest.fixture
def sender(round_id: int, clock: FixedClock) -> Sender:
    def make(*picks: str, now: datetime | None = None, **options: object) -> Callable[[], Receipt]:
        def send() -> Receipt:
            return cast(session().get_one(Round, round_id), picks, now=now or clock.at, **options)  # type: ignore[arg-type]

        return send

    return make


def count(table: type) -> int:
    session().rollback()
    return session().scalar(select(func.count()).select_from(table)) or 0


def test_the_same_send_six_times_at_once_is_one_vote_with_one_receipt(app: Flask, sender: Sender) -> None:
    key = secrets.token_hex(16)

    answers = together(app, [sender("B01", voter="ann@home.example", key=key)] * 6)

    receipts = {a.code for a in answers if isinstance(a, Receipt)}
    assert (len(answers), len(receipts), [a for a in answers if isinstance(a, Exception)]) == (6, 1, [])
    assert (count(Envelope), count(Entitlement)) == (1, 1)


def test_six_tabs_with_different_votes_store_one_and_ask_the_others(app: Flask, sender: Sender) -> None:
    answers = together(app, [sender(f"B{n:02d}", voter="ann@home.example") for n in range(1, 7)])

    assert sum(isinstance(a, Receipt) for a in answers) == 1
    assert sum(isinstance(a, AlreadyVoted) for a in answers) == 5
    assert (count(Envelope), count(Entitlement)) == (1, 1)


def test_six_replacements_of_the_version_seen_let_one_through(app: Flask, sender: Sender) -> None:
    first = sender("B01", voter="ann@home.example")()

    answers = together(app, [sender("B02", voter="ann@home.example", sees_version=1) for _ in range(6)])

    taken = [a for a in answers if isinstance(a, Receipt)]
    assert [(a.code, a.version) for a in taken] == [(first.code, 2)]
    assert sum(isinstance(a, AlreadyVoted) for a in answers) == 5


def test_a_key_copied_by_somebody_else_is_refused(app: Flask, sender: Sender) -> None:
    key = secrets.token_hex(16)

    answers = together(
        app,
        [sender(f"B{n:02d}", voter=f"{n}@home.example", key=key, secret=str(n)) for n in range(1, 5)],
    )

    assert sum(isinstance(a, Receipt) for a in answers) == 1
    assert sum(isinstance(a, KeyReused) for a in answers) == 3
    assert count(Envelope) == 1


def test_votes_against_the_close_are_acknowledged_and_in_the_box_or_refused_and_not(
    app: Flask, sender: Sender, round_id: int
) -> None:
    """The close comes while votes are on their way; their own clocks all say that voting is open."""

    def close() -> None:
        with committed():
            round = session().get_one(Round, round_id)
            closing.close_vote(round, by=OFFICER, now=last_moment(round))

    jobs: list[Callable[[], object]] = [sender(f"B{n % 12 + 1:02d}") for n in range(11)]
    jobs.insert(5, close)

    answers = together(app, jobs)

    thanked = {a.code for a in answers if isinstance(a, Receipt)}
    refused = [a for a in answers if isinstance(a, Exception)]
    assert all(isinstance(a, VotingClosed) for a in refused), refused
    session().rollback()
    assert set(session().scalars(select(ReceiptInBox.receipt))) == thanked
    assert count(SealedBallot) == len(thanked) == 11 - len(refused)


def test_two_closes_at_once_are_one_close(app: Flask, sender: Sender, round_id: int) -> None:
    sender("B01")()

    def close() -> bool:
        with committed():
            round = session().get_one(Round, round_id)
            return closing.close_if_due(round, now=last_moment(round))

    answers = together(app, [close] * 4)

    assert sorted(map(str, answers)) == ["False", "False", "False", "True"]
    assert count(SealedBallot) == 1


def test_around_the_closing_second_each_vote_is_thanked_and_counted_or_neither(round_id: int, sender: Sender) -> None:
    end = last_moment(session().get_one(Round, round_id))
    thanked = set()
    for step in range(-EDGE, EDGE):
        moment = end + timedelta(milliseconds=step * 1000 / EDGE)
        try:
            thanked.add(sender("B01", now=moment)().code)
            assert moment < end
        except VotingClosed:
            assert moment >= end

    closed(session().get_one(Round, round_id))

    assert len(thanked) == EDGE
    assert set(session().scalars(select(ReceiptInBox.receipt))) == thanked
