"""The pages of a second person: what waits, agreeing, saying no, and no way around."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pb.approvals import service
from pb.approvals.actions import Action, declare
from pb.core.actor import Role
from pb.core.db import committed, session
from pb.journal.models import JournalEntry
from tests.conftest import START
from tests.support.client import StrictClient
from tests.support.people import actor_for, make_person, sign_in_as

DONE: list[Any] = []
declare(
    Action("test.page", "Ring the bell", roles=(Role.OFFICER,), perform=lambda payload, **how: DONE.append(payload))
)


def asked(by: Any) -> str:
    DONE.clear()
    how: dict[str, Any] = {"payload": {"n": 1}, "reason": "It is a feast day", "look_at": "/rounds"}
    with committed():
        made = service.ask("test.page", what="Ring it on Sunday.", by=by, now=START, **how)
        return f"/staff/approvals/{made.id}"


def test_a_second_person_finds_it_on_the_staff_home_reads_it_and_agrees(client: StrictClient) -> None:
    where = asked(actor_for(make_person("Sam", Role.OFFICER)))
    sign_in_as(client, make_person("Kim", Role.OFFICER))

    assert "Needs you as a second person" in client.get("/staff").words
    assert "Ring it on Sunday. Asked by Sam." in client.get("/staff/approvals").words
    page = client.get(where)
    assert page.h1 == "Ring the bell"
    for words in ("Sam", "It is a feast day", "Look at it first", "2 June 2026"):
        assert words in page.words
    after = client.follow(client.submit(page, page.one("form", action=f"{where}/approve")))

    assert DONE == [{"n": 1}]
    assert "Agreed and done" in after.words
    assert "Agreed and done" in client.get(where).words
    client.post(f"{where}/approve", {"seen": "0" * 64}, status=409)


def test_whoever_asked_sees_no_button_and_a_direct_post_is_refused_and_recorded(client: StrictClient) -> None:
    sam = make_person("Sam", Role.OFFICER)
    where = asked(actor_for(sam))
    sign_in_as(client, sam)

    assert "Needs you as a second person" not in client.get("/staff").words
    page = client.get(where)
    assert not page.all("form", action=f"{where}/approve")
    refused = client.post(f"{where}/approve", {"seen": page.words.split()[-1]}, status=403)

    assert "You asked for this yourself" in refused.words
    assert DONE == []
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "approval.refused")).one()
    assert (entry.facts["why"], entry.actor_id) == ("SamePerson", sam.id)
    assert "Taken back" in client.follow(client.submit(page, page.one("form", action=f"{where}/withdraw"))).words


def test_saying_no_without_a_reason_says_so_at_the_field_and_keeps_what_was_typed(client: StrictClient) -> None:
    where = asked(actor_for(make_person("Sam", Role.OFFICER)))
    sign_in_as(client, make_person("Kim", Role.OFFICER))

    page = client.post(f"{where}/decline", {"reason": "no"}, status=422)
    assert "Say why, in at least 10 letters" in page.words
    assert [e.text.strip() for e in page.all("textarea")] == ["no"]
    after = client.follow(client.post(f"{where}/decline", {"reason": "The bell is cracked"}))

    assert "Not agreed" in after.words
    assert DONE == []


def test_others_find_nothing(client: StrictClient) -> None:
    where = asked(actor_for(make_person("Sam", Role.OFFICER)))
    sign_in_as(client, make_person("Ada", Role.ADMIN))

    client.get(where, status=404)
    client.post(f"{where}/approve", {}, status=404)
    assert "Nothing waits for your answer." in client.get("/staff/approvals").words
