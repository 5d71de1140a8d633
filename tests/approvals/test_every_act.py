"""Every act that takes two people, with every way of cheating: refused, not done, and in the record (C25)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.approvals import service
from pb.approvals.actions import Action, all_actions, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Role
from pb.core.db import committed, session
from pb.journal.models import JournalEntry
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import actor_for, make_person, sign_in_as

OURS = (
    "box.open",
    "ballot.freeze",
    "code.reissue",
    "codes.make",
    "codes.void",
    "contribution.override",
    "dates.hold",
    "dates.move",
    "dates.release",
    "key.destroy",
    "key.keep",
    "result.correct",
    "role.grant",
    "voter.restore",
    "voter.strike",
    "voting.extend",
)
"""Of security.md, section 6. Removing a contribution has a second person of its own (tests/discussion/); there is no
early close and no ban."""


def real_acts() -> list[Action]:
    return [act for name, act in sorted(all_actions().items()) if not name.startswith("test.")]


def test_the_acts_we_know_are_declared(client: StrictClient) -> None:
    assert sorted(OURS) == sorted(act.name for act in real_acts())


def test_no_act_is_done_by_one_person_twice_late_or_otherwise_than_agreed(
    client: StrictClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for act in real_acts():
        role = Role(act.roles[0])
        declare(Action(act.name, act.words, act.roles, act.perform and (lambda _payload, **_how: done.append("done"))))
        one, other = make_person("One", role), make_person("Other", role)
        with committed():
            wish = service.ask(act.name, what="Do it.", payload={"n": 1}, by=actor_for(one), now=clock.at)
            where, mark, number = f"/staff/approvals/{wish.id}/approve", wish.payload_sha256, wish.id

        sign_in_as(client, one)
        client.post(where, {"seen": mark}, status=403)
        sign_in_as(client, make_person("Res"))
        client.post(where, {"seen": mark}, status=403)
        sign_in_as(client, other)
        client.post(where, {"seen": "0" * 64}, status=409)
        with committed():
            session().get_one(ApprovalRequest, number).payload = {"n": 2}
        client.post(where, {"seen": mark}, status=409)
        with committed():
            session().get_one(ApprovalRequest, number).payload = {"n": 1}
        clock.at += timedelta(hours=24)
        sign_in_as(client, other)
        client.post(where, {"seen": mark}, status=409)
        clock.at -= timedelta(hours=24)
        sign_in_as(client, other)
        assert done == []
        client.post(where, {"seen": mark})
        client.post(where, {"seen": mark}, status=409)

        assert done == ["done"] * bool(act.perform), act.name
        done.clear()
        declare(act)
    refused = (
        session()
        .scalars(select(JournalEntry).where(JournalEntry.kind == "approval.refused").order_by(JournalEntry.seq))
        .all()
    )
    reasons = [entry.facts["why"] for entry in refused if entry.facts["action"] == OURS[0]]
    assert reasons == ["SamePerson", "RequestChanged", "RequestChanged", "RequestExpired", "AlreadyDecided"]
    assert len(refused) == 5 * len(real_acts())
