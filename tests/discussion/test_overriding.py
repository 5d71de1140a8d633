"""Deciding in spite of a conflict: an officer's reason, a second officer, and never alone (C37)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from pb.accounts.models import Person
from pb.approvals import service as approvals
from pb.approvals.errors import SamePerson
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.discussion.conflicts import check_second_look, declare_interest
from pb.discussion.errors import (
    ConflictOfInterest,
    OverrideReasonNeeded,
    ReasonNotListed,
    SecondHasInterest,
    SecondPersonNeeded,
)
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Moderation
from pb.discussion.moderating import Decision
from pb.discussion.overriding import ask_to_override
from pb.journal.models import JournalEntry
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import make_host, resident, say
from tests.support.people import sign_in_as
from tests.support.rounds import make_ward

HIDE = Decision("hide", "insult", "It calls somebody a thief.")
WHY = "Everybody else on the desk is on leave this week."


@pytest.fixture
def host(app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


@pytest.fixture
def ama(host: Host) -> Actor:
    """An officer who took a side here."""
    officer = resident("Ama", Role.OFFICER)
    say(host, officer, "support")
    return officer


def test_a_second_officer_must_agree_and_then_it_is_done_once(host: Host, ama: Actor, clock: FixedClock) -> None:
    item, sam = say(host, resident("Colin"), "worry"), resident("Sam", Role.OFFICER)

    request = ask_to_override(item, HIDE, why=WHY, by=ama, now=clock.at)
    assert item.state == "published"
    with pytest.raises(SamePerson):
        approvals.approve(request.id, seen=request.payload_sha256, by=ama, now=clock.at)
    approvals.approve(request.id, seen=request.payload_sha256, by=sam, now=clock.at)

    assert (item.state, item.hidden_because) == ("hidden", "insult")
    act = db.session.scalars(select(Moderation)).one()
    assert (act.moderator_id, act.second_by) == (sam.id, ama.id)
    with pytest.raises(SecondPersonNeeded):
        check_second_look(act, ama)
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()
    kinds = [entry.kind for entry in entries]
    assert kinds[-3:] == ["approval.asked", "approval.given", "contribution.moderated"]
    assert WHY in {entry.reason for entry in entries}


def test_a_second_officer_with_an_interest_of_their_own_cannot_agree(host: Host, ama: Actor, clock: FixedClock) -> None:
    item, sam, priya = (
        say(host, resident("Colin"), "worry"),
        resident("Sam", Role.OFFICER),
        resident("Pri", Role.OFFICER),
    )
    say(host, sam, "worry")
    request = ask_to_override(item, HIDE, why=WHY, by=ama, now=clock.at)
    db.session.commit()

    with pytest.raises(SecondHasInterest):
        approvals.approve(request.id, seen=request.payload_sha256, by=sam, now=clock.at)
    db.session.rollback()
    assert (item.state, request.state) == ("published", "waiting")

    approvals.approve(request.id, seen=request.payload_sha256, by=priya, now=clock.at)
    assert item.state == "hidden"


def test_own_words_a_declared_interest_and_other_roles_are_never_overridden(
    host: Host, ama: Actor, clock: FixedClock
) -> None:
    item, own = say(host, resident("Colin"), "worry"), say(host, ama, "question")
    ward_id, free = make_ward("Mill").id, resident("Sam", Role.OFFICER)
    councillor = resident("Rees", Role.COUNCILLOR, ward_id=ward_id)
    say(host, councillor, "question")

    def refused(by: Actor, which: Contribution) -> bool:
        with pytest.raises(ConflictOfInterest):
            ask_to_override(which, HIDE, why=WHY, by=by, now=clock.at)
        return True

    assert refused(ama, own)
    assert refused(councillor, item)
    assert refused(free, item), "who has no conflict decides alone, as ever"
    declare_interest(host.kind, host.id, kind="pecuniary", by=ama, now=clock.at)
    assert refused(ama, item)
    assert db.session.scalars(select(ApprovalRequest)).all() == []


def test_without_a_reason_for_it_and_for_hiding_nobody_is_asked(host: Host, ama: Actor, clock: FixedClock) -> None:
    item = say(host, resident("Colin"), "worry")

    with pytest.raises(OverrideReasonNeeded):
        ask_to_override(item, HIDE, why="  Leave.  ", by=ama, now=clock.at)
    with pytest.raises(ReasonNotListed):
        ask_to_override(item, Decision("hide"), why=WHY, by=ama, now=clock.at)


def test_the_page_leads_there_keeps_what_was_typed_and_refuses_who_may_not(
    client: StrictClient, clock: FixedClock
) -> None:
    host, ama = make_host(clock), resident("Ama", Role.OFFICER)
    say(host, ama, "support")
    item = say(host, resident("Colin"), "worry")
    sign_in_as(client, db.session.get_one(Person, ama.id))
    queue = client.get(f"/staff/queue/{item.id}")
    where = f"/staff/queue/{item.id}/override"
    assert queue.all("a", href=where)
    assert not queue.all("form", id="decide")

    page = client.get(where)
    wrong = client.submit(page, page.one("form", id="decide"), status=422, action="hide", reason="insult", why="Leave")
    assert "Say in at least 10 letters" in wrong.words
    assert wrong.one("textarea", name="why").text.strip() == "Leave"
    client.submit(wrong, wrong.one("form", id="decide"), why=WHY)

    assert db.session.scalars(select(ApprovalRequest.action)).all() == ["contribution.override"]
    sign_in_as(client, db.session.get_one(Person, resident("Sam", Role.OFFICER).id))
    client.get(where, status=403)
    client.post(where, {"action": "hide", "reason": "insult", "why": WHY}, status=403)
    words = client.get("/staff/approvals").words
    assert "although the officer who asks has an interest. They took a side on this." in words
    assert "What would be done: Hidden (Insult or threat)." in words


def test_a_second_officer_with_an_interest_finds_no_button(client: StrictClient, clock: FixedClock) -> None:
    host, ama, sam = make_host(clock), resident("Ama", Role.OFFICER), resident("Sam", Role.OFFICER)
    say(host, ama, "support")
    say(host, sam, "worry")
    request = ask_to_override(say(host, resident("Colin"), "worry"), HIDE, why=WHY, by=ama, now=clock.at)
    db.session.commit()
    sign_in_as(client, db.session.get_one(Person, sam.id))

    page = client.get(f"/staff/approvals/{request.id}")

    assert "You have an interest in this too" in page.words
    assert not page.all("form", action=f"/staff/approvals/{request.id}/approve")
    client.post(f"/staff/approvals/{request.id}/approve", {"seen": request.payload_sha256}, status=403)


def test_the_second_officer_reads_the_new_words_and_the_record_does_not(
    client: StrictClient, clock: FixedClock
) -> None:
    host, ama = make_host(clock), resident("Ama", Role.OFFICER)
    say(host, ama, "support")
    item = say(host, resident("Colin"), "worry")
    blanked = Decision("blank", "personal", "We took a phone number out.", "Ring [removed] about the bats by the lock.")
    request = ask_to_override(item, blanked, why=WHY, by=ama, now=clock.at)
    db.session.commit()

    sign_in_as(client, db.session.get_one(Person, resident("Sam", Role.OFFICER).id))
    words = client.get(f"/staff/approvals/{request.id}").words

    assert blanked.new_text in words
    assert blanked.message in words
    entries = db.session.scalars(select(JournalEntry)).all()
    assert entries
    assert not any(blanked.new_text in f"{entry.facts} {entry.reason}" for entry in entries)
