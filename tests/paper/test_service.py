"""A batch's way into the box: stubs, two blind readings, differences, sums, sealing; and what stops it."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.journal.models import JournalEntry
from pb.paper import errors, queries, service, settling
from pb.paper.models import PaperBatch, PaperReading, PaperStub
from pb.paper.page import aside_in_public
from pb.paper.reading import Reading
from pb.rounds.models import Round
from pb.voting import closing
from pb.voting.errors import PaperTwice, PaperWaits, VotedOnlineFirst, VotedOnPaper, VotingClosed
from pb.voting.models import Envelope
from pb.voting.queries import find_receipt, last_moment, opened_ballots, set_aside, turnout_by_channel, turnout_by_ward
from tests.conftest import FixedClock
from tests.support.paper import FIRST, SECOND, THIRD, key, key_twice, person, read, receive
from tests.support.rounds import make_round
from tests.support.together import together
from tests.support.voting import cast, closed, closed_and_opened, ready

RACES = int(os.environ.get("RACES", "12"))
"""People who send on paper and online at once: 100 before a release (C26)."""


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=12)
    ready(made)
    return made


def count(table: type) -> int:
    session().rollback()
    return session().scalar(select(func.count()).select_from(table)) or 0


def seal(batch: PaperBatch, clock: FixedClock, note: str = "") -> settling.Tally:
    round_id, number = batch.round_id, batch.number
    with committed():
        mine = queries.batch(round_id, number, to_write=True)
        return settling.seal_batch(session().get_one(Round, round_id), mine, note=note, by=THIRD, now=clock.at)


def test_a_batch_keyed_alike_twice_is_sealed_and_counted(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 3, now=clock.at)
    key_twice(batch, [read("B01", "B02"), read(), read("B03")])

    tally = seal(batch, clock)

    assert (tally.ballots, tally.aside, tally.agrees) == (3, {}, True)
    assert (count(PaperStub), count(PaperReading), count(Envelope)) == (0, 0, 3)
    assert turnout_by_channel(round.id) == [("paper", 3)]
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01","B02"]', '["B03"]', "[]"]
    assert [(share.channel, share.ballots) for share in turnout_by_ward(round.id)] == [("paper", 3)]


def test_a_difference_goes_to_a_third_person_and_nobody_else(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, now=clock.at)
    key(batch, [read("B01"), read("B02")], FIRST)
    key(batch, [read("B01"), read("B03")], SECOND)
    batch = queries.batch(round.id, batch.number)

    assert [paper.number for paper in settling.papers_of(batch) if paper.differs] == [2]
    with pytest.raises(errors.NotSettled):
        settling.tally_of(batch)
    for keyer in (FIRST, SECOND):
        with pytest.raises(errors.SamePerson):
            settling.settle(batch, 2, read("B02"), by=keyer)
    with pytest.raises(errors.WrongStep):
        settling.settle(batch, 1, read("B09"), by=THIRD)
    with committed():
        settling.settle(queries.batch(round.id, batch.number), 2, read("B03"), by=THIRD)

    assert seal(batch, clock).differed == 1
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01"]', '["B03"]']


def test_nobody_keys_both_readings_and_no_reading_is_shown_before_both_are_done(
    round: Round, clock: FixedClock
) -> None:
    batch = receive(round, 1, now=clock.at)
    key(batch, [read("B01")], FIRST)
    batch = queries.batch(round.id, batch.number)

    with pytest.raises(errors.SamePerson):
        service.key_paper(batch, read("B02"), number=1, by=FIRST)
    with pytest.raises(errors.WrongStep):
        settling.papers_of(batch)
    assert service.my_reading(batch, 1, by=SECOND) is None
    service.key_paper(batch, read("B02"), number=1, by=SECOND)
    with pytest.raises(errors.TurnTaken):
        service.key_paper(batch, read("B02"), number=1, by=THIRD)
    session().rollback()


def test_a_paper_is_keyed_again_gone_back_to_and_taken_out(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, now=clock.at)

    service.key_paper(batch, read("B01"), number=1, by=FIRST)
    service.key_paper(batch, read("B01"), number=1, by=FIRST)
    service.key_paper(batch, read("B03"), number=2, by=FIRST)
    service.key_paper(batch, read("B02"), number=1, by=FIRST)

    assert service.my_reading(batch, 1, by=FIRST) == read("B02")
    with pytest.raises(errors.WrongStep):
        service.key_paper(batch, read("B01"), number=4, by=FIRST)
    with pytest.raises(errors.NothingToUndo):
        service.take_out_last(batch, 1, by=FIRST)
    service.take_out_last(batch, 2, by=FIRST)
    assert queries.papers_keyed(batch.id, 1) == 1
    session().rollback()


def test_readings_cannot_be_read_in_the_database(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, now=clock.at)
    key(batch, [read("B07"), read(*[f"B{n:02d}" for n in range(1, 11)])], FIRST)

    blobs = list(session().scalars(select(PaperReading.sealed)))

    assert len({len(blob) for blob in blobs}) == 1
    assert not any(b"B07" in blob or b"B01" in blob for blob in blobs)


def test_papers_set_aside_are_counted_by_reason_and_their_voters_have_no_second_vote(
    round: Round, clock: FixedClock
) -> None:
    batch = receive(round, 3, now=clock.at)
    key_twice(batch, [read("B01"), read(aside="unclear"), read(aside="no_mark")])

    seal(batch, clock)

    assert dict(set_aside(round.id)) == {"paper_unclear": 1, "paper_no_mark": 1}
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "paper.sealed")).one()
    assert (entry.facts["ballots"], entry.facts["set_aside"]) == (1, 2)
    assert count(Envelope) == 3
    closed_and_opened(round)
    assert count(Envelope) == 1
    assert list(opened_ballots(round.pots[0].id)) == ['["B01"]']


@pytest.mark.parametrize(("hand", "stubs", "papers"), [(3, 3, 2), (2, 3, 3), (3, 4, 3)])
def test_numbers_that_differ_stop_the_batch_until_somebody_says_why(
    round: Round, clock: FixedClock, hand: int, stubs: int, papers: int
) -> None:
    batch = receive(round, hand, stubs=stubs, now=clock.at)
    key_twice(batch, [read("B01")] * papers)

    with pytest.raises(errors.ReasonNeeded):
        seal(batch, clock)
    assert count(PaperReading) == 2 * papers
    tally = seal(batch, clock, "One paper was stuck to another.")

    assert tally.ballots == papers
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "paper.sealed")).one()
    assert entry.reason == "One paper was stuck to another."


def test_more_ballots_than_stubs_are_blocked_whatever_the_reason(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, stubs=1, now=clock.at)
    key_twice(batch, [read("B01"), read("B02")])

    with pytest.raises(errors.MorePapersThanStubs):
        seal(batch, clock, "There it is.")
    with committed():
        held = queries.batch(round.id, batch.number)
        service.receive_stub(round, held, person(round), now=clock.at)

    assert seal(batch, clock).ballots == 2


def test_a_pile_one_paper_short_in_one_reading_is_a_difference(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, now=clock.at)
    key(batch, [read("B01"), read("B02")], FIRST)
    key(batch, [read("B01")], SECOND)
    with committed():
        settling.settle(queries.batch(round.id, batch.number), 2, settling.NO_PAPER, by=THIRD)

    tally = settling.tally_of(queries.batch(round.id, batch.number))

    assert (tally.papers, tally.agrees) == (1, False)


def test_a_whole_batch_set_aside_gives_its_voters_their_vote_back(round: Round, clock: FixedClock) -> None:
    with committed():
        batch = service.receive_batch(round, ward_id=None, hand_count=1, now=clock.at)
        service.receive_stub(round, batch, person(round, "ann@home.example"), now=clock.at)
    with pytest.raises(VotedOnPaper):
        cast(round, ["B01"], voter="ann@home.example", now=clock.at)
    with pytest.raises(errors.ReasonNeeded):
        settling.set_batch_aside(round, batch, note=" ", by=FIRST, now=clock.at)
    with committed():
        held = queries.batch(round.id, 1, to_write=True)
        settling.set_batch_aside(round, held, note="It got wet.", by=FIRST, now=clock.at)

    cast(round, ["B01"], voter="ann@home.example", now=clock.at)

    assert dict(set_aside(round.id)) == {"paper_batch": 1}
    assert queries.open_batches(round.id) == 0


def test_a_stub_taken_back_gives_the_vote_back(round: Round, clock: FixedClock) -> None:
    with committed():
        batch = service.receive_batch(round, ward_id=None, hand_count=1, now=clock.at)
        service.receive_stub(round, batch, person(round, "ann@home.example"), now=clock.at)
        with pytest.raises(errors.NotThisStub):
            service.take_back_stub(batch, person(round, "bob@home.example"))
        service.take_back_stub(batch, person(round, "ann@home.example"))

    assert batch.stubs == 0
    assert cast(round, ["B01"], voter="ann@home.example", now=clock.at).version == 1


def test_the_first_vote_stands_unless_the_round_says_paper(round: Round, clock: FixedClock) -> None:
    cast(round, ["B01"], voter="ann@home.example", now=clock.at)
    with committed():
        batch = service.receive_batch(round, ward_id=None, hand_count=1, now=clock.at)
    with pytest.raises(VotedOnlineFirst):
        service.receive_stub(round, batch, person(round, "ann@home.example"), now=clock.at)
    session().rollback()
    with committed():
        session().get_one(Round, round.id).channel_rule = "paper"

    with committed():
        held = queries.batch(round.id, 1, to_write=True)
        again = session().get_one(Round, round.id)
        service.receive_stub(again, held, person(again, "ann@home.example"), now=clock.at)
        service.begin_keying(again, held, by=FIRST, now=clock.at)
    key_twice(batch, [read("B05")])
    seal(batch, clock)

    with pytest.raises(VotedOnPaper):
        cast(round, ["B01"], voter="ann@home.example", sees_version=3, now=clock.at)
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B05"]']


def test_paper_that_came_in_time_is_sealed_after_the_end_and_the_close_waits_for_it(
    round: Round, clock: FixedClock
) -> None:
    batch = receive(round, 1, now=clock.at)
    end = last_moment(round)
    clock.at = end + timedelta(hours=3)
    with pytest.raises(VotingClosed):
        service.receive_batch(round, ward_id=None, hand_count=1, now=clock.at)
    with committed():
        assert not closing.close_if_due(session().get_one(Round, round.id), now=clock.at)
    with pytest.raises(PaperWaits):
        closed(round)
    session().rollback()
    key_twice(batch, [read("B02")])

    seal(batch, clock)

    closed_and_opened(session().get_one(Round, round.id))
    assert list(opened_ballots(round.pots[0].id)) == ['["B02"]']


def test_after_the_close_nothing_is_sealed(round: Round, clock: FixedClock) -> None:
    closed(round)

    with pytest.raises(VotingClosed):
        service.receive_batch(round, ward_id=None, hand_count=1, now=clock.at)


def test_a_waiting_paper_is_in_no_box_yet(round: Round, clock: FixedClock) -> None:
    receive(round, 1, now=clock.at)
    receipt = session().scalars(select(Envelope.receipt)).one()

    assert find_receipt(receipt) is None


def test_paper_and_online_at_the_same_moment_are_one_vote(app: Flask, round: Round, clock: FixedClock) -> None:
    """Each of these people sends online while their stub is entered: one way wins, the other is told."""
    people = [f"voter{n}@home.example" for n in range(RACES)]
    round_id, answers = round.id, []

    def online(name: str) -> str:
        cast(session().get_one(Round, round_id), ["B01"], voter=name, now=clock.at)
        return "web"

    def paper(name: str) -> str:
        with committed():
            held = session().get_one(Round, round_id)
            batch = queries.batch(round_id, 1 + people.index(name) // 12, to_write=True)
            service.receive_stub(held, batch, person(held, name), now=clock.at)
        return "paper"

    for start in range(0, RACES, 12):
        racing = people[start : start + 12]
        with committed():
            service.receive_batch(session().get_one(Round, round_id), ward_id=None, hand_count=12, now=clock.at)
        answers += together(app, [lambda do=do, name=name: do(name) for name in racing for do in (online, paper)])

    told = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(error, VotedOnlineFirst | VotedOnPaper) for error in told), told
    won = Counter(answer for answer in answers if isinstance(answer, str))
    db.session.rollback()
    assert Counter(session().scalars(select(Envelope.channel))) == won
    assert won.total() == len(people) == len(told)


def test_the_same_stub_at_two_desks_is_received_once(app: Flask, round: Round, clock: FixedClock) -> None:
    round_id = round.id
    with committed():
        service.receive_batch(round, ward_id=None, hand_count=12, now=clock.at)

    def enter() -> None:
        with committed():
            held = session().get_one(Round, round_id)
            batch = queries.batch(round_id, 1, to_write=True)
            service.receive_stub(held, batch, person(held, "ann@home.example"), now=clock.at)

    answers = together(app, [enter] * 4)

    assert sum(answer is None for answer in answers) == 1
    assert all(isinstance(answer, PaperTwice) for answer in answers if answer is not None), answers
    assert (count(PaperStub), count(Envelope)) == (1, 1)


def test_two_presses_on_seal_are_one_sealing(app: Flask, round: Round, clock: FixedClock) -> None:
    batch = receive(round, 2, now=clock.at)
    key_twice(batch, [read("B01"), read("B02")])
    round_id, number = round.id, batch.number

    def press() -> settling.Tally:
        with committed():
            held, mine = session().get_one(Round, round_id), queries.batch(round_id, number, to_write=True)
            return settling.seal_batch(held, mine, note="", by=THIRD, now=clock.at)

    answers = together(app, [press] * 3)

    assert sum(isinstance(answer, settling.Tally) for answer in answers) == 1
    assert all(isinstance(answer, settling.Tally | Refusal) for answer in answers), answers
    assert (count(Envelope), turnout_by_channel(round.id)) == (2, [("paper", 2)])


@pytest.mark.parametrize("hand_count", [0, 51, -1])
def test_a_batch_has_1_to_50_papers(round: Round, clock: FixedClock, hand_count: int) -> None:
    with pytest.raises(errors.WrongHandCount):
        service.receive_batch(round, ward_id=None, hand_count=hand_count, now=clock.at)


def test_an_unfinished_reading_is_given_up_and_begun_by_somebody_else(round: Round, clock: FixedClock) -> None:
    batch = receive(round, 1, now=clock.at)
    service.key_paper(batch, Reading({"B01": 1}), number=1, by=FIRST)
    service.give_up_turn(batch, 1)

    assert service.turn_of(batch, THIRD) == 1
    assert queries.papers_keyed(batch.id, 1) == 0
    session().rollback()


@pytest.mark.parametrize(("papers", "is_public"), [(9, False), (10, True)])
def test_the_record_of_a_small_batch_is_not_public(
    round: Round, clock: FixedClock, papers: int, is_public: bool
) -> None:
    batch = receive(round, papers, now=clock.at)
    key_twice(batch, [read("B01")] * papers)
    seal(batch, clock)

    kinds = select(JournalEntry).where(JournalEntry.kind.like("paper.%"))

    assert {entry.is_public for entry in session().scalars(kinds)} == {is_public}


def test_what_was_set_aside_is_published_by_reason_and_small_counts_are_not_told(
    round: Round, clock: FixedClock
) -> None:
    batch = receive(round, 12, now=clock.at)
    key_twice(batch, [read(aside="unclear")] * 11 + [read(aside="no_mark")])
    seal(batch, clock)

    shown = dict(aside_in_public(round.id))

    assert shown == {"The marks cannot be read": "11", "No mark at all": "fewer than 10"}
