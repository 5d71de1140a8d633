"""One asks, another agrees; nobody does both, nothing is exchanged in between, nothing is done twice or late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from pb.approvals import queries, service
from pb.approvals.actions import Action, UnknownAction, all_actions, declare
from pb.approvals.errors import (
    AlreadyAsked,
    AlreadyDecided,
    NotApproved,
    NotYourDuty,
    RequestChanged,
    RequestExpired,
    SamePerson,
    WhyNeeded,
)
from pb.approvals.models import ApprovalRequest
from pb.core.actor import SYSTEM, Actor, Role
from pb.core.db import committed, session
from pb.core.errors import NotFound
from pb.journal.models import JournalEntry
from tests.conftest import START, FixedClock
from tests.support.people import actor_for, make_person
from tests.support.together import together

DONE: list[tuple[Any, ...]] = []
declare(
    Action("test.act", "Ring the bell", roles=(Role.OFFICER,), perform=lambda payload, **_: DONE.append(payload["n"])),
    Action("test.take", "Take the bell home", roles=(Role.OFFICER,)),
)


@pytest.fixture
def sam(app: Flask) -> Actor:
    DONE.clear()
    return actor_for(make_person("Sam", Role.OFFICER))


@pytest.fixture
def kim(app: Flask) -> Actor:
    return actor_for(make_person("Kim", Role.OFFICER))


def ask(by: Actor, name: str = "test.act", **payload: object) -> ApprovalRequest:
    with committed():
        made = service.ask(name, what="Ring it once.", payload=payload or {"n": 1}, by=by, now=START)
        number = made.id
    return session().get_one(ApprovalRequest, number)


def agree(request: ApprovalRequest, by: Actor, **changes: Any) -> None:
    number = request.id
    how = {"seen": request.payload_sha256, "by": by, "now": START, **changes}
    with committed():
        service.approve(number, **how)


def kinds() -> list[str]:
    return list(session().scalars(select(JournalEntry.kind).order_by(JournalEntry.seq)))


def test_what_one_asks_and_another_approves_is_done_once_and_recorded(sam: Actor, kim: Actor) -> None:
    request = ask(sam)
    assert DONE == []

    agree(request, kim)

    assert DONE == [1]
    assert kinds()[-2:] == ["approval.asked", "approval.given"]
    assert (request.state, request.asked_by, request.decided_by) == ("used", sam.id, kim.id)
    with pytest.raises(AlreadyDecided):
        agree(request, kim)
    assert DONE == [1]


def test_nobody_approves_what_they_asked_for_themselves(sam: Actor) -> None:
    request = ask(sam)

    with pytest.raises(SamePerson):
        agree(request, sam)
    assert (DONE, request.state) == ([], "waiting")


def test_the_table_itself_refuses_one_persons_approval_of_their_own(sam: Actor) -> None:
    request = ask(sam)

    with pytest.raises(IntegrityError), committed():
        session().execute(
            text("UPDATE approval_request SET state = 'used', decided_by = asked_by WHERE id = :id"), {"id": request.id}
        )


def test_a_changed_payload_or_page_is_refused(sam: Actor, kim: Actor) -> None:
    request = ask(sam)
    with pytest.raises(RequestChanged):
        agree(request, kim, seen="0" * 64)
    with committed():
        session().get_one(ApprovalRequest, request.id).payload = {"n": 1000}

    with pytest.raises(RequestChanged):
        agree(request, kim)
    assert DONE == []


def test_after_its_day_a_request_can_neither_be_approved_nor_taken_back(sam: Actor, kim: Actor) -> None:
    request = ask(sam)
    late = START + timedelta(hours=24)

    with pytest.raises(RequestExpired):
        agree(request, kim, now=late)
    with pytest.raises(RequestExpired), committed():
        service.withdraw(request.id, by=sam, now=late)
    assert queries.waiting_for(kim, late) == []
    assert [r.id for r in queries.decided_for(kim, late)] == [request.id]


def test_only_the_duty_asks_and_approves(app: Flask, sam: Actor) -> None:
    request = ask(sam)
    for other in (actor_for(make_person("Ada", Role.ADMIN)), actor_for(make_person("Res")), SYSTEM):
        with pytest.raises(NotYourDuty):
            agree(request, other)
        with pytest.raises(NotYourDuty), committed():
            service.ask("test.act", what="x", payload={}, by=other, now=START)
        with pytest.raises(NotFound):
            queries.request_of(request.id, other)
    with pytest.raises(NotFound), committed():
        service.approve(request.id + 1, seen="", by=sam, now=START)


def test_asking_for_the_same_twice_is_refused_until_it_is_over(sam: Actor, kim: Actor) -> None:
    first = ask(sam)
    with pytest.raises(AlreadyAsked):
        ask(kim)
    with committed():
        service.withdraw(first.id, by=sam, now=START)

    ask(kim)


def test_saying_no_takes_a_reason_and_somebody_else(sam: Actor, kim: Actor) -> None:
    request = ask(sam)
    with pytest.raises(WhyNeeded), committed():
        service.decline(request.id, reason=" no ", by=kim, now=START)
    with pytest.raises(SamePerson), committed():
        service.decline(request.id, reason="Not on a Sunday", by=sam, now=START)
    with pytest.raises(NotYourDuty), committed():
        service.withdraw(request.id, by=kim, now=START)

    with committed():
        service.decline(request.id, reason="Not on a Sunday", by=kim, now=START)

    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "approval.declined")).one()
    assert (DONE, entry.reason) == ([], "Not on a Sunday")


def test_an_act_that_gives_something_back_is_taken_once_and_for_exactly_what_was_approved(
    sam: Actor, kim: Actor
) -> None:
    def take(n: int, at: timedelta = timedelta(0)) -> None:
        with committed():
            service.take("test.take", payload={"n": n}, by=sam, now=START + at)

    request = ask(sam, "test.take", n=7)
    with pytest.raises(NotApproved):
        take(7)
    agree(request, kim)
    with pytest.raises(NotApproved):
        take(8)
    with pytest.raises(NotApproved):
        take(7, timedelta(hours=24))

    take(7)

    with pytest.raises(NotApproved):
        take(7)


def test_an_act_that_fails_leaves_the_request_waiting(sam: Actor, kim: Actor) -> None:
    def fail(payload: dict[str, Any], **_how: object) -> None:
        raise AlreadyDecided

    declare(Action("test.fail", "Fail", roles=(Role.OFFICER,), perform=fail))
    request = ask(sam, "test.fail", n=1)

    with pytest.raises(AlreadyDecided):
        agree(request, kim)

    session().expire_all()
    assert (request.state, kinds()[-1]) == ("waiting", "approval.asked")


def test_two_people_who_approve_at_the_same_moment_do_it_once(app: Flask, sam: Actor, kim: Actor) -> None:
    request = ask(sam)
    number, mark = request.id, request.payload_sha256
    lee = actor_for(make_person("Lee", Role.OFFICER))

    def job(by: Actor) -> Any:
        with committed():
            return service.approve(number, seen=mark, by=by, now=START).state

    answers = together(app, [lambda: job(kim), lambda: job(lee)])

    assert sorted(str(a) if isinstance(a, str) else type(a).__name__ for a in answers) == ["AlreadyDecided", "used"]
    assert DONE == [1]


def test_floats_and_unknown_acts_are_refused(sam: Actor) -> None:
    with pytest.raises(TypeError):
        service.hash_of("test.act", None, "x", "", {"a": [{"b": 1.5}]})
    with pytest.raises(UnknownAction):
        service.ask("test.nothing", what="x", payload={}, by=sam, now=START)


def test_every_declared_act_names_staff_and_a_day_at_most(app: Flask, clock: FixedClock) -> None:
    for action in all_actions().values():
        assert action.roles, action.name
        assert timedelta(0) < action.lasts <= timedelta(hours=24), action.name
        assert not {Role.RESIDENT, Role.COUNCILLOR} & set(action.roles), action.name
