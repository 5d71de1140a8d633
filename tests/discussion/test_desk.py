"""The desk of moderators and facilitators: the queue, second looks, summaries and opening views."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pb.core.actor import Role
from pb.core.db import db
from pb.discussion.hosts import Host
from pb.discussion.moderating import Decision, moderate
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import WORDS, enter, make_host, resident, say

PROJECT = "/rounds/together-for-quay/projects/B01"


@pytest.fixture
def host(sqlite_app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


def test_second_looks_are_found_while_the_queue_is_full(client: StrictClient, host: Host, clock: FixedClock) -> None:
    sam, tess = resident("Sam", Role.OFFICER), resident("Tess", Role.OFFICER)
    waiting = say(host, resident("New", approved=0), "question")
    act = moderate(say(host, resident("Colin"), "worry"), Decision("remove", "insult"), by=sam, now=clock.at)
    db.session.commit()
    enter(client, tess)
    home = client.get("/staff")

    assert home.all("a", href="/staff/queue/second-looks")
    assert client.get(f"/staff/queue/{waiting.id}").all("a", href="/staff/queue/second-looks")
    page = client.get("/staff/queue/second-looks")
    assert page.all("a", href=f"/staff/queue/removals/{act.id}")
    assert page.all("a", href="/staff/queue")
    removal = client.get(f"/staff/queue/removals/{act.id}")
    client.submit(removal, removal.one("form", action=f"/staff/queue/removals/{act.id}"), agrees="yes")
    assert not client.get("/staff/queue/second-looks").all("a", href=f"/staff/queue/removals/{act.id}")


def test_queue_shows_one_item_and_goes_on(client: StrictClient, host: Host, clock: FixedClock) -> None:
    sam = resident("Sam", Role.OFFICER)
    say(host, resident("New", approved=0), "question")
    second = say(host, resident("Newer", approved=0), "question", "And who pays?", now=clock.at + timedelta(minutes=1))
    enter(client, sam)
    assert "Contributions to read" in client.get("/staff").words

    page = client.follow(client.get("/staff/queue", status=303))
    assert "One of this person’s first two posts" in page.words
    assert WORDS["question"] in page.words
    nothing = client.submit(page, page.one("form", id="decide"), status=422)
    assert "Select what becomes of it" in nothing.words
    client.submit(page, page.one("form", id="decide"), action="publish")

    assert client.get("/staff/queue", status=303).response.headers["Location"].endswith(f"/queue/{second.id}")
    client.post(f"/staff/queue/{second.id}", {"action": "publish"})
    assert "Nothing is waiting" in client.get("/staff/queue").words


def test_summary_is_cited_versioned_and_judged(client: StrictClient, host: Host, clock: FixedClock) -> None:
    sam, said = resident("Ama", Role.OFFICER), say(host, resident("Colin"), "worry")
    enter(client, sam)
    path = f"/staff/talk/proposal/{host.id}/summary"
    refused = client.post(path, {"worries": "Some fear for the bats."}, status=422)
    assert "Name at least one contribution, like [12]" in refused.words
    assert "Some fear for the bats." in refused.html
    client.post(path, {"worries": "Some fear for the bats [99999]."}, status=422)
    client.post(path, {"worries": f"Some fear for the bats [{said.id}].", "unknown": "Who mends them."})
    client.post(path, {"worries": f"Bats [{said.id}].", "likes": f"Safer walks [{said.id}]."})

    enter(client, resident("Reader"))
    fair = f"/talk/proposal/{host.id}/fair"
    client.post(fair, {"answer": "partly", "why": "Forgets the cost"})
    client.post(fair, {"answer": "yes", "why": ""})

    words = client.get(PROJECT).words
    assert "Version 2." in words
    assert f"Bats. [{said.id}]" in words
    assert "Yes 1 · Partly 0 · No 0" in words


def test_summary_is_not_written_by_who_took_a_side(client: StrictClient, host: Host) -> None:
    sam = resident("Sam", Role.OFFICER)
    said = say(host, sam, "support")
    enter(client, sam)

    page = client.post(f"/staff/talk/proposal/{host.id}/summary", {"likes": f"All is well [{said.id}]."}, status=403)

    assert "You took a side on this" in page.words
    shown = client.get(f"/staff/talk/proposal/{host.id}/summary")
    assert "You took a side on this" in shown.words
    assert not shown.all("textarea")


def test_opening_views_begin_with_one_against(client: StrictClient, host: Host) -> None:
    enter(client, resident("Ama", Role.OFFICER))
    path = f"/staff/talk/proposal/{host.id}/views"
    view = {"who": "Pauline, walks there", "text": "It is dark by four."}

    client.post(path, view | {"side": "support"}, status=422)
    client.post(path, view | {"side": "worry", "who": "Colin, counts bats"})
    client.post(path, view | {"side": "support"})

    assert "Colin, counts bats" in client.get(f"{PROJECT}/talk").words
    say(host, resident("First"), "question")
    client.post(path, view | {"side": "support"}, status=409)
