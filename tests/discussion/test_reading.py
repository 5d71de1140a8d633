"""What is read first, by people and by machines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from pb.core.actor import ANYONE
from pb.core.db import db
from pb.discussion import queries, service
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution
from pb.discussion.service import Words
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import make_host, resident, say, sides


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

    ranked = queries.page(host, queries.head(host, clock.at), viewer=ANYONE)
    voting = replace(host, is_ranked=False)
    neutral = queries.page(voting, queries.head(host, clock.at), viewer=ANYONE)

    assert ranked[0].root.id == best.id
    assert [thread.root.id for thread in neutral][:2] == [newer.id, best.id]
    newest = max(c.id for c in db.session.query(Contribution).filter_by(kind="worry"))
    assert queries.overview(voting, ANYONE, clock.at).worry.root.id == newest  # type: ignore[union-attr]


def test_one_contribution_and_the_record_are_data_too(client: StrictClient, host: Host, clock: FixedClock) -> None:
    said = say(host, resident("Colin"), "worry", "Bats use that stretch of the water.")
    service.reply(host, said, Words("They are counted in May."), by=resident("Eve"), now=clock.at)
    db.session.commit()

    data = client.client.get(f"/c/{said.id}.json").json
    record = client.client.get("/moderation-record.json").json

    assert (data["text"], data["name"]) == ("Bats use that stretch of the water.", "Colin")
    assert [reply["text"] for reply in data["replies"]] == ["They are counted in May."]
    assert (record["contributions"], record["actions"]) == (2, {})
