"""Saying something, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.errors import NotFound
from pb.discussion import notices, service
from pb.discussion.errors import (
    AlreadySaid,
    ContactInPublic,
    NothingChangedYet,
    NotTheAuthor,
    NotYoursToAnswer,
    OwnMark,
    ReasonMissing,
    TalkIsClosed,
    TimeToEditIsOver,
    TooLong,
    TooManyToday,
    WaitAMoment,
)
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Stance, Talk
from pb.discussion.order import both_sides_score
from pb.discussion.service import Words
from tests.conftest import FixedClock
from tests.support.discussion import WORDS, host_of, make_host, resident, say, sides
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round


@pytest.fixture
def host(app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


def talk_of(host: Host) -> Talk:
    return db.session.get_one(Talk, (host.kind, host.id))


def test_five_kinds_are_counted_each_in_its_place(host: Host) -> None:
    for kind in ("support", "worry", "question", "suggestion", "help"):
        say(host, resident(kind), kind)

    talk = talk_of(host)

    counts = (talk.supports, talk.worries, talk.questions, talk.unanswered, talk.suggestions, talk.offers)
    assert counts == (1, 1, 1, 1, 1, 1)
    assert talk.contributions == 5


@pytest.mark.parametrize(
    ("kind", "text", "refusal"),
    [
        ("support", "Yes please", ReasonMissing),
        ("question", "", ReasonMissing),
        ("worry", "x" * 601, TooLong),
        ("help", "Ring me: 01942 123 456, any time", ContactInPublic),
        ("help", "Write to me@example.org", ContactInPublic),
    ],
)
def test_words_that_do_not_do_are_refused(
    host: Host, clock: FixedClock, kind: str, text: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        service.post_contribution(host, Words(text, kind), by=resident(), now=clock.at)


def test_six_hundred_characters_are_kept_whole(host: Host) -> None:
    said = say(host, resident(), "worry", "é" * 600)

    assert said.text == "é" * 600


def test_one_worry_a_person_and_version(host: Host) -> None:
    colin = resident()
    say(host, colin, "worry")

    with pytest.raises(AlreadySaid):
        say(host, colin, "worry", "And another thing about the bats.")
    db.session.rollback()
    assert talk_of(host).worries == 1


def test_changing_sides_keeps_the_old_words_and_counts_the_person_once(host: Host, clock: FixedClock) -> None:
    colin = resident()
    old = say(host, colin, "worry")
    clock.at += timedelta(days=3)

    new = say(host, colin, "support", "They moved the lights: now I am for it.")

    assert old.changed_mind_at == clock.at
    assert old.state == "published"
    talk = talk_of(host)
    assert (talk.supports, talk.worries, talk.worry_posts) == (1, 0, 1)
    assert db.session.get_one(Stance, (host.kind, host.id, colin.id)).contribution_id == new.id


def test_talk_that_is_over_takes_no_more(app: Flask, clock: FixedClock) -> None:
    proposal = make_proposal(make_round("results", clock), state="funded")

    with pytest.raises(TalkIsClosed):
        say(host_of(proposal), resident(), "question")


def test_reply_to_a_reply_belongs_to_the_root(host: Host, clock: FixedClock) -> None:
    ann, bob = resident("Ann"), resident("Bob")
    root = say(host, resident(), "question")
    first = service.reply(host, root, Words(WORDS["reply"]), by=ann, now=clock.at)

    second = service.reply(host, first, Words("You are welcome."), by=bob, now=clock.at)

    assert second.parent_id == root.id
    assert root.replies == 2
    assert talk_of(host).contributions == 3


def test_reply_to_what_is_held_is_not_found(host: Host, clock: FixedClock) -> None:
    held = say(host, resident(approved=0), "question")

    with pytest.raises(NotFound):
        service.reply(host, held, Words(WORDS["reply"]), by=resident("Ann"), now=clock.at)


def test_words_can_be_changed_for_fifteen_minutes_then_an_update_is_added(host: Host, clock: FixedClock) -> None:
    colin = resident()
    said = say(host, colin)

    service.edit(said, text="Bats use that stretch, I counted them.", by=colin, now=clock.at + timedelta(minutes=15))
    with pytest.raises(TimeToEditIsOver):
        service.edit(said, text="Something quite different now.", by=colin, now=clock.at + timedelta(minutes=16))
    service.add_update(said, text="They moved two lights.", by=colin, now=clock.at + timedelta(days=2))

    assert said.text == "Bats use that stretch, I counted them."
    assert said.update_text == "They moved two lights."


def test_others_cannot_change_my_words(host: Host, clock: FixedClock) -> None:
    said = say(host, resident())

    with pytest.raises(NotTheAuthor):
        service.edit(said, text="Something quite different now.", by=resident("Ann"), now=clock.at)


def test_useful_counts_once_by_side_and_can_be_taken_back(host: Host, clock: FixedClock) -> None:
    supporters, worried = sides(host, 2, 2)
    said = say(host, resident("Zed"), "question")

    for person in (*supporters, worried[0], worried[0], resident("Neither")):
        service.mark_useful(said, by=person, now=clock.at)
    service.unmark(said, by=supporters[1])

    assert (said.useful, said.useful_support, said.useful_worry) == (3, 1, 1)


def test_own_mark_is_refused(host: Host, clock: FixedClock) -> None:
    colin = resident()
    said = say(host, colin)

    with pytest.raises(OwnMark):
        service.mark_useful(said, by=colin, now=clock.at)


def test_marks_move_when_a_person_changes_sides(host: Host, clock: FixedClock) -> None:
    supporters, _ = sides(host, 1, 1)
    said = say(host, resident("Zed"), "question")
    service.mark_useful(said, by=supporters[0], now=clock.at)
    clock.at += timedelta(hours=1)

    say(host, supporters[0], "worry", "I have seen the drawings and am worried.")

    db.session.refresh(said)
    assert (said.useful_support, said.useful_worry) == (0, 1)


def test_score_is_kept_on_the_row_and_follows_the_number_of_people(host: Host, clock: FixedClock) -> None:
    supporters, worried = sides(host, 5, 5)
    said, another = say(host, resident("Zed"), "suggestion"), resident("One more")
    for person in (*supporters[:4], *worried[:3]):
        service.mark_useful(said, by=person, now=clock.at)
    assert said.both_sides == both_sides_score(4, 3, 5, 5) > 0

    say(host, another, "worry")

    db.session.refresh(said)
    assert said.both_sides == both_sides_score(4, 3, 5, 6)


def test_offer_keeps_the_contact_for_the_proposer(host: Host, clock: FixedClock) -> None:
    words = Words(WORDS["help"], "help", private_contact="01942 123 456")

    said = service.post_contribution(host, words, by=resident(), now=clock.at)

    assert (said.text, said.private_contact) == (WORDS["help"], "01942 123 456")


def test_proposer_answers_and_the_author_is_told_once(host: Host, clock: FixedClock) -> None:
    asker, proposer = resident("Ann"), resident("Rukhsana", approved=0)
    host = make_host_of(proposer, clock)
    asked = say(host, asker, "question")

    for text in ("The boat club does.", "The boat club does, every spring."):
        service.answer(host, asked, Words(text), outcome="answered", by=proposer, now=clock.at)

    assert asked.outcome == "answered"
    assert db.session.get_one(Contribution, asked.outcome_reply_id).text == "The boat club does, every spring."
    assert talk_of(host).unanswered == 0
    told = [n.kind for n in notices.unread_of(asker.id or 0)]
    assert told.count("answered") == 1


def make_host_of(actor: Actor, clock: FixedClock) -> Host:
    """Another round's proposal, made by this person."""
    round_ = make_round("proposing", clock, title="Another round")
    return host_of(make_proposal(round_, proposer=db.session.get_one(Person, actor.id)))


def test_only_proposer_or_named_roles_answer(host: Host, clock: FixedClock) -> None:
    asked, wished = say(host, resident("Ann"), "question"), say(host, resident("Bob"), "suggestion")
    officer = resident("Derek", Role.OFFICER)

    service.answer(host, asked, Words("We do, in five days."), outcome="answered", by=officer, now=clock.at)
    with pytest.raises(NotYoursToAnswer):
        service.answer(host, wished, Words("No."), outcome="not_changed", by=officer, now=clock.at)
    with pytest.raises(NotYoursToAnswer):
        service.answer(host, asked, Words("I think so."), outcome="answered", by=resident("Eve"), now=clock.at)


def test_changed_needs_a_newer_version(host: Host, clock: FixedClock) -> None:
    proposer = resident("Rukhsana", approved=0)
    host = make_host_of(proposer, clock)
    wished = say(host, resident("Ann"), "suggestion")

    with pytest.raises(NothingChangedYet):
        service.answer(host, wished, Words("Done."), outcome="changed", by=proposer, now=clock.at)
    service.answer(host, wished, Words("Arms cost too much."), outcome="not_changed", by=proposer, now=clock.at)

    assert wished.outcome == "not_changed"


def test_named_roles_stand_beside_their_words(host: Host) -> None:
    assert say(host, resident("Derek", Role.OFFICER), "question").author_role == "Officer"
    assert say(host, resident("Colin"), "question").author_role == ""


def test_first_day_has_half_a_minute_and_ten_a_day(host: Host, clock: FixedClock) -> None:
    new = resident("Newcomer", days=0)
    db.session.query(Contribution).filter_by(author_id=new.id).update({"posted_at": clock.at - timedelta(days=2)})
    say(host, new, "question")

    with pytest.raises(WaitAMoment):
        say(host, new, "question", "And another thing?")
    for n in range(9):
        say(host, new, "question", f"Question {n}?", now=clock.at + timedelta(minutes=n + 1))
    with pytest.raises(TooManyToday):
        say(host, new, "question", "One too many?", now=clock.at + timedelta(hours=2))


def test_deleted_account_keeps_its_words_without_name_or_contact(host: Host, clock: FixedClock) -> None:
    colin = resident()
    said = service.post_contribution(
        host, Words(WORDS["help"], "help", private_contact="01942 123 456"), by=colin, now=clock.at
    )

    service.forget_person(colin.id or 0)

    db.session.refresh(said)
    assert (said.author_name, said.private_contact, said.text) == ("", "", WORDS["help"])
