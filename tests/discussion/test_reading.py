"""What is read first, by people and by machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.discussion import appeals, election, queries, service
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Talk
from pb.discussion.moderating import Decision, moderate
from pb.discussion.service import Words
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import make_host, resident, say, sides
from tests.support.people import sign_in_as


@pytest.fixture
def host(sqlite_app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


def test_while_people_vote_nothing_is_ranked(host: Host, clock: FixedClock) -> None:
    """What both sides like best comes first until the vote opens; then the newest does, in the list and in the pair."""
    supporters, worried = sides(host, 6, 6)
    best, newer = say(host, resident("Best"), "question"), say(host, resident("Newer"), "question")
    for person in (*supporters, *worried):
        service.mark_useful(best, by=person, now=clock.at)
    db.session.commit()

    ranked = queries.page(host, queries.head(host, clock.at))
    voting = replace(host, is_ranked=False)
    neutral = queries.page(voting, queries.head(host, clock.at))

    assert ranked[0].root.id == best.id
    assert [thread.root.id for thread in neutral][:2] == [newer.id, best.id]
    newest = max(c.id for c in db.session.query(Contribution).filter_by(kind="worry"))
    assert queries.overview(voting, queries.head(host, clock.at)).worry.root.id == newest  # type: ignore[union-attr]


def test_one_contribution_and_the_record_are_data_too(client: StrictClient, host: Host, clock: FixedClock) -> None:
    said = say(host, resident("Colin"), "worry", "Bats use that stretch of the water.")
    service.reply(host, said, Words("They are counted in May."), by=resident("Eve"), now=clock.at)
    db.session.commit()

    data = client.client.get(f"/c/{said.id}.json").json
    record = client.client.get("/moderation-record.json").json

    assert (data["text"], data["name"]) == ("Bats use that stretch of the water.", "Colin")
    assert [reply["text"] for reply in data["replies"]] == ["They are counted in May."]
    assert (record["contributions"], record["actions"]) == (2, {})


def test_only_who_supported_an_earlier_version_reads_that_it_has_changed(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    before, after, worried = resident("Before"), resident("After"), resident("Worried")
    said = say(host, before, "support")
    say(host, worried, "worry")
    db.session.get_one(Talk, ("proposal", host.id)).version = 2
    db.session.commit()
    say(replace(host, version=2), after, "support")

    told = [
        queries.viewer_of(host, who).supported_before(queries.head(host, clock.at).talk)
        for who in (before, after, worried)
    ]

    assert told == [True, False, False]
    say(replace(host, version=2), before, "support", "It is better now, with the arms on the benches.")
    assert not _is_told(host, before, clock)
    assert said.state == "published"


def _is_told(host: Host, who: Actor, clock: FixedClock) -> bool:
    return queries.viewer_of(host, who).supported_before(queries.head(host, clock.at).talk)


def test_an_author_reads_the_hidden_words_and_what_became_of_the_appeal(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """Nobody else reads the words; a second appeal is not offered."""
    colin, ama, sam = resident("Colin"), resident("Ama", Role.OFFICER), resident("Sam", Role.OFFICER)
    said = say(host, colin, "question", "Whose brother-in-law gets the contract?")
    act = moderate(said, Decision("hide", "untrue"), by=ama, now=clock.at)
    made = appeals.appeal(act, words="Everybody knows it.", by=colin, now=clock.at)
    appeals.decide_appeal(made, upheld=False, reason="It points at one man.", by=sam, now=clock.at)
    db.session.commit()

    others = client.get(f"/c/{said.id}")
    sign_in_as(client, db.session.get_one(Person, colin.id))
    own = client.get(f"/c/{said.id}")

    assert "brother-in-law" not in others.html
    assert "Whose brother-in-law gets the contract?" in own.words
    assert "It points at one man." in own.words
    assert "look again" not in own.words


def test_before_an_election_no_letter_leaves(sqlite_app: Flask, host: Host, clock: FixedClock) -> None:
    """`pb talk run` goes on, but news waits until the election is over."""
    colin, ama = resident("Colin"), resident("Ama", Role.OFFICER)
    said = say(host, colin, "question")
    service.reply(host, said, Words("An answer."), by=ama, now=clock.at)
    ends = clock.at + timedelta(days=9)
    election.pause(round_id=None, starts_at=clock.at, ends_at=ends, reason="May", by=ama, now=clock.at)
    db.session.commit()
    run = sqlite_app.test_cli_runner()

    clock.at += timedelta(days=1)
    before = run.invoke(args=["talk", "run"]).output
    clock.at = ends
    after = run.invoke(args=["talk", "run"]).output

    assert before == "Digests written: 0. Shown again: 0.\n"
    assert after == "Digests written: 2. Shown again: 0.\n"
