"""A promise hosts talk as a proposal does, on its own page and in the desk of moderators."""

from __future__ import annotations

from datetime import timedelta

from pb.accounts.models import Person
from pb.core.actor import Role
from pb.core.db import db
from pb.discussion import service
from pb.discussion.models import Contribution, Stance
from pb.discussion.service import Words
from pb.log import talk
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.counting_queries import queries
from tests.support.discussion import resident, say
from tests.support.log import make_promise
from tests.support.people import sign_in_as


def test_journey_a_question_about_a_promise_is_asked_and_answered(client: StrictClient, clock: FixedClock) -> None:
    entry = make_promise(now=clock())
    address, colin, sam = f"/log/{entry.reference}", resident("Colin"), resident("Sam", Role.OFFICER)
    host = talk.host_of(entry)
    assert "Nobody has said anything about this yet." in client.get(address).words
    sign_in_as(client, db.session.get_one(Person, colin.id))

    form = client.get(f"/talk/log_entry/{entry.id}/question")
    clock.at += timedelta(minutes=1)
    client.submit(form, form.all("form")[-1], text="When do the lights come on?")
    asked = db.session.query(Contribution).filter_by(host_kind="log_entry").one()
    service.answer(host, asked, Words("By October."), outcome="answered", by=sam, now=clock.at)
    db.session.commit()

    for path in (address, f"/talk/log_entry/{entry.id}", f"/c/{asked.id}"):
        words = client.get(path).words
        assert "When do the lights come on?" in words
        assert "By October." in words
    assert "Your question about 2026-017 Safer walk along the canal was answered" in client.get("/me").words


def test_sides_on_a_promise_are_its_own(client: StrictClient, clock: FixedClock) -> None:
    host = talk.host_of(make_promise(now=clock()))
    ann = resident("Ann")

    say(host, ann, "worry")

    stance = db.session.get_one(Stance, ("log_entry", host.id, ann.id))
    assert (stance.side, stance.is_public) == ("worry", True)


def test_a_promise_with_its_talk_costs_the_same_whatever_was_said(client: StrictClient, clock: FixedClock) -> None:
    entry = make_promise(now=clock())
    address, host = f"/log/{entry.reference}", talk.host_of(entry)

    def cost() -> int:
        client.get(address)
        with queries() as seen:
            client.get(address)
        return len(seen)

    silent = cost()
    for n in range(12):
        say(host, resident(f"P{n}"), "question")

    assert cost() <= silent
    client.get("/talk/log_entry/9999", status=404)
