"""Casting: one envelope for each person, one answer for each send, nothing after the close."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.db import session
from pb.rounds.models import Round
from pb.voting.errors import (
    AlreadyVoted,
    KeyReused,
    NotOnBallot,
    TooManyPicks,
    VotingClosed,
    VotingNotOpen,
)
from pb.voting.models import Envelope, IdempotencyKey
from pb.voting.queries import contest_of, last_moment
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.voting import cast, closed, ready


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=12)
    ready(made)
    return made


def envelopes() -> int:
    return session().scalar(select(func.count()).select_from(Envelope)) or 0


def test_a_vote_is_sealed_at_the_contests_size_and_its_receipt_is_twelve_symbols(
    round: Round, clock: FixedClock
) -> None:
    receipt = cast(round, ["B01", "B02"], now=clock.at)

    envelope = session().scalars(select(Envelope)).one()
    assert envelope.receipt == receipt.code
    assert len(receipt.code) == 12
    assert len(envelope.sealed or b"") == contest_of(round.id).sealed_size
    assert b"B01" not in (envelope.sealed or b"")


def test_voting_for_none_is_a_vote(round: Round, clock: FixedClock) -> None:
    cast(round, [], now=clock.at)

    assert envelopes() == 1


def test_a_second_vote_replaces_the_first_and_keeps_the_receipt(round: Round, clock: FixedClock) -> None:
    first = cast(round, ["B01"], now=clock.at, voter="ann@home.example")

    second = cast(round, ["B02"], now=clock.at, voter="ann@home.example", sees_version=first.version)

    assert (second.code, second.version) == (first.code, 2)
    assert envelopes() == 1


def test_a_vote_from_a_form_that_did_not_know_of_the_first_asks_before_replacing(
    round: Round, clock: FixedClock
) -> None:
    cast(round, ["B01"], now=clock.at, voter="ann@home.example")

    with pytest.raises(AlreadyVoted) as refusal:
        cast(round, ["B02"], now=clock.at, voter="ann@home.example")

    assert refusal.value.version == 1


def test_the_same_send_twice_gives_the_same_receipt_and_stores_once(round: Round, clock: FixedClock) -> None:
    key = secrets.token_hex(16)
    first = cast(round, ["B01"], now=clock.at, voter="ann@home.example", key=key)

    again = cast(round, ["B01"], now=clock.at, voter="ann@home.example", key=key)

    assert (again.code, again.version, again.is_repeat) == (first.code, 1, True)
    assert envelopes() == 1


def test_the_same_key_with_another_ballot_is_refused(round: Round, clock: FixedClock) -> None:
    key = secrets.token_hex(16)
    cast(round, ["B01"], now=clock.at, voter="ann@home.example", key=key)

    with pytest.raises(KeyReused):
        cast(round, ["B02"], now=clock.at, voter="ann@home.example", key=key, sees_version=1)


@pytest.mark.parametrize("key", ["", "abc", "A" * 32, "0" * 31, "0" * 33, "zz" * 16])
def test_a_key_of_another_shape_is_refused(round: Round, clock: FixedClock, key: str) -> None:
    with pytest.raises(KeyReused):
        cast(round, ["B01"], now=clock.at, key=key or "x")


def test_more_picks_than_allowed_are_refused_at_the_cast(round: Round, clock: FixedClock) -> None:
    with pytest.raises(TooManyPicks) as refusal:
        cast(round, [f"B{n:02d}" for n in range(1, 12)], now=clock.at)

    assert "Take out 1" in str(refusal.value)


def test_a_project_of_another_ballot_is_refused(round: Round, clock: FixedClock) -> None:
    with pytest.raises(NotOnBallot):
        cast(round, ["Z99"], now=clock.at)


def test_the_fingerprint_kept_for_a_key_differs_with_the_voters_secret(round: Round, clock: FixedClock) -> None:
    """With the same picks: somebody who holds the database cannot try ballots against it."""
    cast(round, ["B01"], now=clock.at, secret="one")
    cast(round, ["B01"], now=clock.at, secret="two")

    hashes = set(session().scalars(select(IdempotencyKey.request_hash)))

    assert len(hashes) == 2


def test_the_last_second_of_the_grace_counts_and_the_next_does_not(round: Round) -> None:
    end = last_moment(round)

    cast(round, ["B01"], now=end - timedelta(microseconds=1))
    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=end)

    assert envelopes() == 1


def test_a_vote_before_opening_is_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("frozen", clock)
    ready(round)

    with pytest.raises(VotingNotOpen):
        cast(round, ["B01"], now=clock.at)


def test_after_the_closed_event_no_clock_takes_a_vote(round: Round, clock: FixedClock) -> None:
    cast(round, ["B01"], now=clock.at)
    closed(round)

    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=clock.at)


def test_a_late_voter_whose_earlier_vote_is_in_the_box_is_told_its_receipt(round: Round, clock: FixedClock) -> None:
    first = cast(round, ["B01"], now=clock.at, voter="ann@home.example")
    closed(round)

    with pytest.raises(VotingClosed) as refusal:
        cast(round, ["B02"], now=clock.at, voter="ann@home.example", sees_version=1)

    assert refusal.value.receipt == first.code
