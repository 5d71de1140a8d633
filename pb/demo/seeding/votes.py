"""Frozen ballots and votes: real entitlements, sealed envelopes, a closed vote and an opened box.

Casting one by one takes a transaction's checks and locks for each of two thousand people. Here they are sealed by the
same functions and written to the same tables in one go; the last few of the open vote are cast as residents do it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import insert

from pb.approvals.service import approve
from pb.core.db import session
from pb.demo.generator import DemoBallot
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.electorate.codes import new_code
from pb.electorate.models import Entitlement
from pb.electorate.service import entitle, mailbox_source, person_key
from pb.rounds.models import Round
from pb.voting import closing, opening, publishing, sealing
from pb.voting.choices import BallotPaper, check_marks, content_of
from pb.voting.models import Envelope
from pb.voting.queries import contest_of, last_moment, paper_of, takes_votes
from pb.voting.service import cast_ballot

CHANNELS = {"online": "web", "paper": "paper", "assisted": "assisted"}
CAST_BY_HAND = 4


def steps(town: Town) -> Iterator[Step]:
    """Two rounds have a frozen ballot; the box of one is opened, the other takes votes until its last day."""
    for key, ballots in (("finished", town.votes.finished), ("voting", town.votes.voting)):
        yield Step(town.at(town.day_of(key, "frozen"), 12), partial(_freeze, town, key))
        words = town.words_of(key)
        says = f"{words.name}: {len(ballots)} sealed votes"
        yield Step(_cast_on(town, key), partial(_cast, town, key, ballots), says=says)
    yield Step(_closed_at(town), partial(_close, town), says="Closing the vote and opening the box", alone=True)
    counted = town.words_of("finished").counted_on
    yield Step(town.at(counted, 9), partial(_open_box, town))


def _cast_on(town: Town, key: str) -> datetime:
    return town.at(town.words_of(key).voting_ends_on, 12)


def _closed_at(town: Town) -> datetime:
    """Ten minutes after 5pm: past the grace that late phones are given."""
    return town.at(town.words_of("finished").voting_ends_on, 17, 10)


def _freeze(town: Town, key: str, now: datetime) -> None:
    look_at = f"/staff/rounds/{town.round(key).slug}/vote/freeze"
    wish = publishing.ask_to_freeze(town.round(key), look_at=look_at, by=town.officer, now=now)
    approve(wish.id, seen=wish.payload_sha256, by=town.returning_officer, now=now)


def _cast(town: Town, key: str, ballots: Sequence[DemoBallot], now: datetime) -> None:
    round = town.round(key)
    assert takes_votes(round, contest_of(round.id), now), "votes are cast while the vote is open"
    codes = {words.code: town.proposal(words.key).code for words in town.content.ballot_of(key)}
    picks = [(ballot, {str(codes[code]): 1 for code in ballot.approvals}) for ballot in ballots]
    by_hand = [pair for pair in picks if pair[0].channel == "online"][-CAST_BY_HAND:] if key == "voting" else []
    _cast_at_once(town, round, [pair for pair in picks if pair not in by_hand])
    for number, (ballot, marks) in enumerate(by_hand, start=1):
        _cast_by_hand(town, round, ballot, marks, now - timedelta(minutes=7 * number))


def _cast_at_once(town: Town, round: Round, picks: Sequence[tuple[DemoBallot, Mapping[str, int]]]) -> None:
    """Entitlements and envelopes as `cast_ballot` would leave them, in an order that tells nothing."""
    contest, paper = contest_of(round.id), paper_of(round)
    part = cache(paper.for_ward)
    rows = []
    for ballot, marks in picks:
        ward_id = town.wards[ballot.voter.ward]
        key = person_key(round.id, _source(ballot))
        entitlement = {"id": secrets.token_hex(16), "round_id": round.id, "person_key": key, "ward_id": ward_id}
        sealed = _seal(part(ward_id), marks, contest.seal_public_key, contest.sealed_size)
        envelope = {"receipt": new_code(), "sealed": sealed, "version": 1, "channel": CHANNELS[ballot.channel]}
        envelope |= {"entitlement_id": entitlement["id"], "round_id": round.id}
        rows.append((entitlement | {"status": "ok"}, envelope))
    rows.sort(key=lambda pair: str(pair[0]["id"]))
    session().execute(insert(Entitlement), [entitlement for entitlement, _ in rows])
    session().execute(insert(Envelope), [envelope for _, envelope in rows])


def _seal(paper: BallotPaper, marks: Mapping[str, int], public_key: bytes, size: int) -> bytes:
    check_marks(paper, marks)
    return sealing.seal(content_of(paper, marks), public_key=public_key, size=size)


def _source(ballot: DemoBallot) -> str:
    """A mailbox, or a person seen with a paper ballot."""
    voter = ballot.voter
    return mailbox_source(voter.email) if ballot.channel == "online" else f"seen|{voter.name}|{voter.postcode}"


def _cast_by_hand(town: Town, round: Round, ballot: DemoBallot, marks: Mapping[str, int], now: datetime) -> None:
    """As the voting pages do, with the receipt sent by mail."""
    ward_id = town.wards[ballot.voter.ward]
    entitlement = entitle(round_id=round.id, source=_source(ballot), ward_id=ward_id)
    cast_ballot(
        round=round,
        entitlement_id=entitlement.id,
        ward_id=ward_id,
        marks=marks,
        key=secrets.token_hex(16),
        secret=secrets.token_hex(16),
        sees_version=0,
        now=now,
        mailbox=ballot.voter.email,
    )


def _close(town: Town, now: datetime) -> None:
    assert now >= last_moment(town.round("finished")), "a vote is closed after its last moment"
    closing.close_now(town.rounds["finished"], by=town.returning_officer, now=now)


def _open_box(town: Town, now: datetime) -> None:
    wish = opening.ask_to_open(town.round("finished"), by=town.officer, now=now)
    approve(wish.id, seen=wish.payload_sha256, by=town.returning_officer, now=now)
