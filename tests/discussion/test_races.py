"""Two senders at once, on both databases."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from pb.core.actor import Role
from pb.core.db import committed, db
from pb.discussion import service
from pb.discussion.errors import AlreadyDecided, AlreadySaid
from pb.discussion.models import Contribution, Moderation, Stance, Talk, UsefulMark
from pb.discussion.moderating import Decision, moderate
from pb.discussion.service import Words
from tests.conftest import FixedClock
from tests.support.discussion import WORDS, make_host, resident, say
from tests.support.together import together


def in_a_transaction(job: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with committed():
            job()
        return None

    return run


def test_same_worry_sent_at_once_is_kept_once(app: Flask, clock: FixedClock) -> None:
    host, colin, now = make_host(clock), resident(), clock.at

    def send() -> object:
        return service.post_contribution(host, Words(WORDS["worry"], "worry"), by=colin, now=now)

    answers = together(app, [in_a_transaction(send)] * 4)

    assert sorted(type(answer).__name__ for answer in answers) == [AlreadySaid.__name__] * 3 + ["NoneType"]
    assert db.session.scalar(select(func.count()).select_from(Stance)) == 1
    assert db.session.get_one(Talk, (host.kind, host.id)).worries == 1


def test_first_words_of_many_people_at_once_are_all_counted(app: Flask, clock: FixedClock) -> None:
    host, people, now = make_host(clock), [resident(f"P{n}") for n in range(6)], clock.at
    jobs = [
        in_a_transaction(
            lambda by=person: service.post_contribution(host, Words(WORDS["support"], "support"), by=by, now=now)
        )
        for person in people
    ]

    answers = together(app, jobs)

    assert answers == [None] * 6
    talk = db.session.get_one(Talk, (host.kind, host.id))
    assert (talk.supports, talk.contributions) == (6, 6)


def test_useful_pressed_twice_at_once_counts_once(app: Flask, clock: FixedClock) -> None:
    host, reader, now = make_host(clock), resident("Reader"), clock.at
    said_id = say(host, resident()).id

    def press() -> object:
        service.mark_useful(db.session.get_one(Contribution, said_id), by=reader, now=now)
        return None

    answers = together(app, [in_a_transaction(press)] * 4)

    assert answers == [None] * 4
    assert db.session.scalar(select(func.count()).select_from(UsefulMark)) == 1
    assert db.session.get_one(Contribution, said_id).useful == 1


def test_two_moderators_deciding_at_once_leave_one_decision(app: Flask, clock: FixedClock) -> None:
    host, now = make_host(clock), clock.at
    moderators = [resident(f"Officer {n}", Role.OFFICER, approved=0) for n in range(3)]
    item_id = say(host, resident(approved=0), "question").id
    jobs = [
        in_a_transaction(
            lambda by=by: moderate(
                db.session.get_one(Contribution, item_id), Decision("hide", "advert"), by=by, now=now
            )
        )
        for by in moderators
    ]

    answers = together(app, jobs)

    assert sorted(type(answer).__name__ for answer in answers) == [AlreadyDecided.__name__] * 2 + ["NoneType"]
    assert db.session.scalar(select(func.count()).select_from(Moderation)) == 1
