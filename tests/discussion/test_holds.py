"""What is read first, and how a crowd of strangers is slowed while a neighbour notices nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from pb.core.actor import Role
from pb.core.db import db
from pb.discussion import election, service
from pb.discussion.errors import PausedForElection, SlowMode
from pb.discussion.holds import has_contact, has_link, turns_slow
from pb.discussion.models import Contribution, Talk
from pb.discussion.reports import report
from pb.discussion.service import Words
from tests.conftest import FixedClock
from tests.support.discussion import WORDS, make_host, resident, say
from tests.support.rounds import make_ward


@pytest.mark.parametrize("text", ["Ring 01942 123 456", "+44 7700 900123", "call me on 07700900123", "a.b@example.org"])
def test_phone_numbers_and_addresses_are_recognised(text: str) -> None:
    assert has_contact(text)


@pytest.mark.parametrize(
    "text",
    ["£12,000 in 2026", "20 mph, 18 people, 2003", "between 9:00 and 17:30 on 01/02/2026", "H12 and H07", "1,250,000"],
)
def test_sums_dates_and_codes_are_not_phone_numbers(text: str) -> None:
    assert not has_contact(text)
    assert not has_link(text)


@pytest.mark.parametrize(
    "text", ["see https://evil.example", "WWW.Cheap.Shop", "buy at cheap.shop now", "123 456 789 0"]
)
def test_links_and_disguised_numbers_are_recognised(text: str) -> None:
    assert has_link(text)


@given(text=st.text(max_size=600))
def test_recognising_never_fails_and_is_quick(text: str) -> None:
    has_contact(text)
    has_link(text)


def test_first_two_posts_are_held_and_the_third_is_public(app: Flask, clock: FixedClock) -> None:
    host, new = make_host(clock), resident("New", days=30, approved=0)

    first = say(host, new, "question")
    for contribution in db.session.query(Contribution):
        contribution.state = "published"
    second = say(host, new, "question", "And who pays?")
    second.state = "published"
    third = say(host, new, "question", "And when?")

    assert (first.held_because, second.held_because, third.held_because) == ("first_posts", "first_posts", "")


@pytest.mark.parametrize(
    ("days", "text", "because"),
    [
        (3, "Look at https://cheap.example for the lamps", "link"),
        (8, "Look at https://cheap.example for the lamps", ""),
        (3, "Who mends the lamps when they break?", ""),
    ],
)
def test_links_of_young_accounts_are_held(app: Flask, clock: FixedClock, days: int, text: str, because: str) -> None:
    assert say(make_host(clock), resident(days=days), "question", text).held_because == because


def test_a_form_sent_within_three_seconds_is_held(app: Flask, clock: FixedClock) -> None:
    host = make_host(clock)
    for seconds, because in ((2, "too_fast"), (3, "")):
        words = Words("Who mends them?", "question", opened_at=clock.at - timedelta(seconds=seconds))
        assert service.post_contribution(host, words, by=resident(), now=clock.at).held_because == because


@given(posts=st.integers(0, 200), share=st.floats(0, 1))
def test_talk_turns_slow_by_number_or_by_strangers(posts: int, share: float) -> None:
    strangers = int(posts * share)

    assert turns_slow(posts, strangers) == (posts > 30 or (posts >= 10 and 2 * strangers > posts))


def test_slow_mode_lets_everybody_write_once_in_ten_minutes(app: Flask, clock: FixedClock) -> None:
    host, neighbour = make_host(clock), resident("Neighbour")
    for n in range(31):
        say(host, resident(f"Crowd {n}"), "question")
    assert db.session.get_one(Talk, (host.kind, host.id)).slow_until == clock.at + timedelta(hours=1)

    said = say(host, neighbour, "question")
    with pytest.raises(SlowMode):
        say(host, neighbour, "question", "And again?", now=clock.at + timedelta(minutes=9))

    assert said.state == "published"
    again = say(host, neighbour, "question", "And again?", now=clock.at + timedelta(minutes=10))
    assert again.state == "published"


def test_brigade_of_300_new_accounts_shows_nothing_and_a_neighbour_notices_nothing(
    sqlite_app: Flask, clock: FixedClock
) -> None:
    host, neighbour = make_host(clock), resident("Neighbour")
    target = say(host, neighbour, "support")
    clock.at += timedelta(minutes=11)
    crowd = [resident(f"Stranger {n}", days=0, approved=0) for n in range(300)]

    for stranger in crowd:
        say(host, stranger, "worry", "This is a waste of money, stop it now!")
        report(target, reason="insult", words="", by=stranger, now=clock.at)
        service.mark_useful(target, by=stranger, now=clock.at)
    said = say(host, neighbour, "question")

    by_crowd = Contribution.author_id.in_([person.id for person in crowd])
    public = db.session.scalar(select(func.count()).where(by_crowd, Contribution.state == "published"))
    talk = db.session.get_one(Talk, (host.kind, host.id))
    assert public is not None
    assert public <= 10
    assert (talk.supports, talk.worries) == (1, 0)
    assert (target.state, target.both_sides) == ("published", 0.0)
    assert said.state == "published"


def test_before_an_election_everything_is_read_first_and_councillors_pause(app: Flask, clock: FixedClock) -> None:
    host, officer = make_host(clock), resident("Sam", Role.OFFICER)
    councillor = resident("Rees", Role.COUNCILLOR, ward_id=make_ward("Mill").id)
    ends = clock.at + timedelta(days=30)
    election.pause(round_id=None, starts_at=clock.at, ends_at=ends, reason="Local election", by=officer, now=clock.at)
    db.session.commit()

    assert say(host, resident(), "question").held_because == "election"
    with pytest.raises(PausedForElection):
        say(host, councillor, "question")
    clock.at = ends
    assert say(host, resident("Later"), "question").held_because == ""
    assert say(host, councillor, "question", WORDS["question"]).state == "published"
