"""Moderation: two people, appeals by somebody else, and the author's words never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.errors import NotAllowed
from pb.discussion import appeals, election, hosts, notices, service
from pb.discussion.errors import (
    AlreadyDecided,
    AppealedAlready,
    AppealTooLate,
    BlankedTextNeeded,
    CannotBeRemoved,
    MessageNeeded,
    NotTheAuthor,
    NowhereToMove,
    OfficersOnly,
    ReasonNotListed,
    SecondPersonNeeded,
)
from pb.discussion.hosts import Host
from pb.discussion.models import Flag, Moderation, Stance, Talk
from pb.discussion.moderating import Decision, moderate
from pb.discussion.reports import report
from pb.journal.models import JournalEntry
from tests.conftest import FixedClock
from tests.support.discussion import WORDS, host_of, make_host, resident, say
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round, make_ward


@pytest.fixture
def host(app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


@pytest.fixture
def sam(host: Host) -> Actor:
    return resident("Sam", Role.OFFICER, approved=0)


@pytest.fixture
def helena(host: Host) -> Actor:
    return resident("Helena", Role.OFFICER, approved=0)


def talk_of(host: Host) -> Talk:
    return db.session.get_one(Talk, (host.kind, host.id))


def test_publishing_a_held_worry_lists_it_counts_its_author_and_tells(
    host: Host, sam: Actor, clock: FixedClock
) -> None:
    author = resident("New", approved=0)
    held = say(host, author, "worry")
    assert (talk_of(host).worries, held.is_listed) == (0, False)
    clock.at += timedelta(hours=3)

    act = moderate(held, Decision("publish"), by=sam, now=clock.at)

    assert (held.state, held.is_listed, talk_of(host).worries) == ("published", True, 1)
    assert act.waited_s == 3 * 3600
    assert [n.kind for n in notices.unread_of(author.id or 0)] == ["moderated"]
    assert host.proposer_id is not None
    assert [n.kind for n in notices.unread_of(host.proposer_id)] == ["said"]


def test_hiding_leaves_a_stone_takes_the_side_away_and_keeps_the_words(
    host: Host, sam: Actor, clock: FixedClock
) -> None:
    said = say(host, resident(), "support")

    moderate(said, Decision("hide", "insult"), by=sam, now=clock.at)

    assert (said.state, said.is_listed, said.hidden_because) == ("hidden", True, "insult")
    assert said.text == WORDS["support"]
    assert talk_of(host).supports == 0
    entry = db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.reason) == ("contribution.moderated", "Insult or threat")
    assert entry.facts == {"action": "hide", "why": "insult", "waits_for_second": False}


def test_blanking_shows_the_rest_and_keeps_what_was_written(host: Host, sam: Actor, clock: FixedClock) -> None:
    said = say(host, resident(approved=0), "question", "Ask Jan Kowalski of 12 Weir Street about it?")

    with pytest.raises(BlankedTextNeeded):
        moderate(said, Decision("blank", new_text=said.text), by=sam, now=clock.at)
    act = moderate(said, Decision("blank", new_text="Ask […] about it?"), by=sam, now=clock.at)

    assert (said.state, said.text) == ("published", "Ask […] about it?")
    assert act.text_before == "Ask Jan Kowalski of 12 Weir Street about it?"


def test_author_rewords_and_it_waits_again(host: Host, sam: Actor, clock: FixedClock) -> None:
    author = resident(approved=0)
    held = say(host, author, "worry", "That chairman is a crook, everybody knows.")
    with pytest.raises(MessageNeeded):
        moderate(held, Decision("reword"), by=sam, now=clock.at)
    moderate(held, Decision("reword", message="Say what worries you about the plan."), by=sam, now=clock.at)

    service.edit(
        held, text="I would like to see last year's accounts first.", by=author, now=clock.at + timedelta(days=1)
    )

    assert (held.state, held.held_because) == ("held", "reworded")
    assert held.waiting_since is not None


def test_moving_takes_thread_and_side_along(host: Host, sam: Actor, clock: FixedClock) -> None:
    other = host_of(make_proposal(make_round("proposing", clock, title="Another")))
    author, ann = resident(), resident("Ann")
    said = say(host, author, "worry")
    answer = service.reply(host, said, service.Words(WORDS["reply"]), by=ann, now=clock.at)
    with pytest.raises(NowhereToMove):
        moderate(said, Decision("move"), by=sam, now=clock.at, move_to=host)

    moderate(said, Decision("move"), by=sam, now=clock.at, move_to=other)

    db.session.refresh(answer)
    assert {(c.host_kind, c.host_id) for c in (said, answer)} == {("proposal", other.id)}
    assert (talk_of(host).worries, talk_of(other).worries) == (0, 1)
    assert db.session.get(Stance, (host.kind, host.id, author.id)) is None
    assert talk_of(other).contributions == 2


def test_reason_comes_from_the_closed_list(host: Host, sam: Actor, clock: FixedClock) -> None:
    with pytest.raises(ReasonNotListed):
        moderate(say(host, resident()), Decision("hide", "I do not like it"), by=sam, now=clock.at)


def test_removing_takes_two_people(host: Host, sam: Actor, helena: Actor, clock: FixedClock) -> None:
    said = say(host, resident(), "question", "Why not ask Jan Kowalski of 12 Weir Street?")
    db.session.commit()
    with pytest.raises(CannotBeRemoved):
        moderate(said, Decision("remove", "advert"), by=sam, now=clock.at)
    db.session.rollback()
    act = moderate(said, Decision("remove", "personal"), by=sam, now=clock.at)
    assert (said.state, act.needs_second) == ("hidden", True)

    with pytest.raises(SecondPersonNeeded):
        appeals.confirm_removal(act, agrees=True, by=sam, now=clock.at)
    appeals.confirm_removal(act, agrees=True, by=helena, now=clock.at)

    assert (said.state, said.text, said.is_listed) == ("removed", "", True)
    assert act.text_before == "Why not ask Jan Kowalski of 12 Weir Street?"
    with pytest.raises(AlreadyDecided):
        appeals.confirm_removal(act, agrees=True, by=helena, now=clock.at)


def test_the_address_of_a_removed_contribution_is_gone_and_says_why(
    app: Flask, host: Host, sam: Actor, helena: Actor, clock: FixedClock
) -> None:
    said = say(host, resident(), "question", "Why not ask Jan Kowalski of 12 Weir Street?")
    act = moderate(said, Decision("remove", "personal"), by=sam, now=clock.at)
    db.session.commit()
    address, client = f"/c/{said.id}", app.test_client()

    hidden = [client.get(address + form).status_code for form in ("", ".json")]
    appeals.confirm_removal(act, agrees=True, by=helena, now=clock.at)
    db.session.commit()
    removed = [client.get(address + form) for form in ("", ".json")]

    assert (hidden, [answer.status_code for answer in removed]) == ([200, 200], [410, 410])
    assert "by two people" in removed[0].text
    assert "Kowalski" not in removed[0].text + removed[1].text


def test_appeal_is_decided_by_somebody_else_and_restores(
    host: Host, sam: Actor, helena: Actor, clock: FixedClock
) -> None:
    author, other = resident(), resident("Eve")
    said = say(host, author, "worry")
    act = moderate(said, Decision("hide", "untrue"), by=sam, now=clock.at)
    with pytest.raises(NotTheAuthor):
        appeals.appeal(act, words="It is true.", by=other, now=clock.at)
    made = appeals.appeal(act, words="It is in the minutes.", by=author, now=clock.at + timedelta(days=14))
    with pytest.raises(AppealedAlready):
        appeals.appeal(act, words="Again.", by=author, now=clock.at)

    with pytest.raises(SecondPersonNeeded):
        appeals.decide_appeal(made, upheld=True, reason="Right after all.", by=sam, now=clock.at)
    appeals.decide_appeal(made, upheld=True, reason="The minutes say so.", by=helena, now=clock.at)

    assert (said.state, said.text, talk_of(host).worries) == ("published", WORDS["worry"], 1)
    kinds = db.session.scalars(select(JournalEntry.kind)).all()
    assert {"moderation.appealed", "moderation.reviewed"} <= set(kinds)
    with pytest.raises(AlreadyDecided):
        appeals.decide_appeal(made, upheld=False, reason="No.", by=helena, now=clock.at)


def test_appeal_after_fourteen_days_is_too_late(host: Host, sam: Actor, clock: FixedClock) -> None:
    author = resident()
    act = moderate(say(host, author), Decision("hide", "untrue"), by=sam, now=clock.at)

    with pytest.raises(AppealTooLate):
        appeals.appeal(act, words="It is true.", by=author, now=clock.at + timedelta(days=14, seconds=1))


def test_councillor_without_interest_may_moderate_and_a_resident_may_not(host: Host, clock: FixedClock) -> None:
    councillor = resident("Rees", Role.COUNCILLOR, ward_id=make_ward("Mill").id, approved=0)
    held, other = say(host, resident(approved=0), "question"), resident("Ann")

    moderate(held, Decision("publish"), by=councillor, now=clock.at)

    assert held.state == "published"
    with pytest.raises(NotAllowed):
        moderate(held, Decision("hide", "advert"), by=other, now=clock.at)


def test_before_an_election_only_officers_moderate(host: Host, sam: Actor, clock: FixedClock) -> None:
    councillor = resident("Rees", Role.COUNCILLOR, ward_id=make_ward("Mill").id, approved=0)
    held = say(host, resident(approved=0), "question")
    ends = clock.at + timedelta(days=30)
    election.pause(round_id=host.round_id, starts_at=clock.at, ends_at=ends, reason="Election", by=sam, now=clock.at)

    with pytest.raises(OfficersOnly):
        moderate(held, Decision("publish"), by=councillor, now=clock.at)
    moderate(held, Decision("publish"), by=sam, now=clock.at)


def test_three_old_accounts_hide_until_decided_and_false_reports_lose_weight(
    host: Host, sam: Actor, clock: FixedClock
) -> None:
    said, reporters = say(host, resident(), "worry"), [resident(f"R{n}") for n in range(3)]
    for person in reporters:
        report(said, reason="insult", words="", by=person, now=clock.at)
    assert (said.state, said.held_because) == ("held", "flags")

    moderate(said, Decision("publish"), by=sam, now=clock.at + timedelta(hours=2))

    assert (said.state, said.flags) == ("published", 0.0)
    assert db.session.scalars(select(Moderation.action)).all() == ["keep"]
    db.session.commit()
    again = say(host, resident("Bob"), "support")
    assert report(again, reason="insult", words="", by=reporters[0], now=clock.at).weight == 0.75
    assert set(db.session.scalars(select(Flag.was_right).where(Flag.contribution_id == said.id))) == {False}


def test_reported_item_returns_after_48_hours_without_a_decision(host: Host, clock: FixedClock) -> None:
    said, reporters = say(host, resident(), "worry"), [resident(f"R{n}") for n in range(3)]
    for person in reporters:
        report(said, reason="insult", words="", by=person, now=clock.at)

    assert appeals.return_overdue(now=clock.at + timedelta(hours=48)) == 0
    assert appeals.return_overdue(now=clock.at + timedelta(hours=48, seconds=1)) == 1

    assert (said.state, talk_of(host).worries) == ("published", 1)


def test_a_new_kind_of_page_can_host_talk_and_be_moderated(app: Flask, clock: FixedClock) -> None:
    page = Host("walk", 7, "A walk in May", "/walks/7", "/talk/walk/7", "/walks/7", None, None, None)
    hosts.register("walk", lambda _id, _now: page)
    sam = resident("Sam", Role.OFFICER)

    said = say(hosts.find("walk", 7, clock.at), resident(approved=0), "question")
    moderate(said, Decision("publish"), by=sam, now=clock.at)

    assert db.session.get_one(Talk, ("walk", 7)).unanswered == 1
