"""Entries opened with the result, and versions that are honest or refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from pb.core.actor import Actor, Role
from pb.core.db import committed, db, session
from pb.journal.models import JournalEntry
from pb.log import errors, queries, service
from pb.log.models import LogEntry, LogVersion
from pb.log.service import Deed
from pb.log.statuses import overdue_days
from pb.results import service as results
from tests.conftest import FixedClock
from tests.support.log import add_version, make_entry, make_promise
from tests.support.people import actor_for, make_person
from tests.support.results import published_round

OFFICER = Actor(id=None, name="Sam", roles=frozenset({Role.OFFICER}))


def change(entry: LogEntry, clock: FixedClock, by: Actor = OFFICER, **changes: Any) -> LogVersion:
    with committed():
        return service.update(session().merge(entry), by=by, now=clock(), **changes)


def test_publication_opens_an_agreed_entry_for_each_funded_project(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)

    entries = db.session.scalars(select(LogEntry).order_by(LogEntry.number)).all()

    assert [entry.reference for entry in entries] == ["2026-001", "2026-002", "2026-003"]
    assert [entry.project.code for entry in entries if entry.project] == ["B02", "B01", "B03"]
    first = entries[0].current
    assert (entries[0].round_id, first.status, first.budgeted, first.paid) == (round.id, "agreed", 10_000_00, 0)
    assert first.you_said == [{"text": "50 people picked it", "basis": "62 ballots in “Together for Quay”"}]
    assert first.next_step == "Meet those who proposed it and agree the first step."
    assert first.next_by == (clock() + timedelta(days=60)).date()
    assert first.answers_to == "The engagement officer"


def test_a_correction_opens_only_what_is_missing(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    by = actor_for(make_person("Olu", Role.OFFICER))

    with committed():
        results.publish(session().merge(round), by=by, now=clock(), note="The source was misspelt.")

    assert len(db.session.scalars(select(LogEntry.id)).all()) == 3


def test_an_update_is_a_new_version_and_keeps_the_old(app: Flask, clock: FixedClock) -> None:
    entry = make_promise(now=clock())
    clock.at += timedelta(days=5)

    change(entry, clock, status="under_way", what_happened="Lamps ordered.", council_did=[Deed(
        "Ordered 6 lights", "Street lighting manager", date(2026, 6, 5), "Order 12"
    )])  # fmt: skip

    old, new = queries.entry_by_reference("2026-017").versions
    assert (old.status, old.council_did) == ("agreed", [])
    assert (new.status, new.number, new.what_happened) == ("under_way", 2, "Lamps ordered.")
    assert new.council_did == [
        {"what": "Ordered 6 lights", "who": "Street lighting manager", "on": "2026-06-05", "evidence": "Order 12"}
    ]
    entry_made = db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc())).first()
    assert entry_made is not None
    assert (entry_made.kind, entry_made.facts["status"]) == ("promise.updated", "under_way")


def test_a_version_cannot_be_changed_or_deleted(app: Flask, clock: FixedClock) -> None:
    make_promise(now=clock())

    for act in (update(LogVersion).values(status="finished"), delete(LogVersion)):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(act)
        db.session.rollback()


REFUSED = [
    ({"status": "finished", "what_we_learned": "Ask early."}, errors.ResidentsPartMissing),
    ({"status": "finished", "residents_had_no_part": True}, errors.LessonMissing),
    ({"status": "stopped", "what_we_learned": "Check for pipes."}, errors.MoneyMissing),
    ({"status": "stopped", "money_note": "Back to the pot."}, errors.LessonMissing),
    ({"status": "changed"}, errors.LessonMissing),
    ({"status": "under_way", "next_step": ""}, errors.NextStepMissing),
    ({"status": "under_way", "next_by": None}, errors.NextDateMissing),
    ({"status": "under_way", "answers_to": ""}, errors.AnswersMissing),
    ({"status": "not_ours"}, errors.ReasonMissing),
    ({"status": "answered"}, errors.ReasonMissing),
    ({"status": "under_way", "paid": 18_000_01}, errors.SpentTooMuch),
]


@pytest.mark.parametrize(("changes", "refusal"), REFUSED, ids=lambda value: getattr(value, "__name__", None))
def test_an_entry_that_hides_something_is_refused(
    app: Flask, clock: FixedClock, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    entry = make_promise(now=clock())

    with pytest.raises(refusal):
        change(entry, clock, **changes)

    assert len(queries.entry_by_reference("2026-017").versions) == 1


ALLOWED = [
    {"status": "finished", "residents_had_no_part": True, "what_we_learned": "Ask early."},
    {"status": "stopped", "money_note": "Back to the pot.", "what_we_learned": "Check for pipes.", "next_step": ""},
    {"status": "not_ours", "what_happened": "The Canal Trust’s; they were told.", "next_by": None},
    {"status": "under_way", "paid": 18_000_01, "money_note": "The ward fund pays the rest."},
]


@pytest.mark.parametrize("changes", ALLOWED, ids=lambda changes: changes["status"])
def test_an_honest_entry_is_kept(app: Flask, clock: FixedClock, changes: dict[str, Any]) -> None:
    entry = make_promise(now=clock())

    change(entry, clock, **changes)

    assert queries.entry_by_reference("2026-017").current.status == changes["status"]


def test_a_date_that_moves_stays_to_be_seen(app: Flask, clock: FixedClock) -> None:
    entry = make_promise(now=clock(), next_by=date(2026, 6, 30))

    change(entry, clock, status="delayed", next_by=date(2026, 9, 30), what_we_learned="Order earlier.")
    change(entry, clock, status="delayed", next_by=date(2026, 12, 31))

    assert queries.entry_by_reference("2026-017").current.was_due == date(2026, 6, 30)


def test_somebody_elses_version_is_not_overwritten(app: Flask, clock: FixedClock) -> None:
    entry = make_promise(now=clock())
    change(entry, clock, status="under_way", sees=1)

    with pytest.raises(errors.EntryChanged):
        change(entry, clock, status="delayed", sees=1)


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.COUNCILLOR, Role.ADMIN])
def test_update_without_the_duty_is_refused(app: Flask, clock: FixedClock, role: Role) -> None:
    entry = make_promise(now=clock())

    with pytest.raises(errors.NotYours):
        change(entry, clock, by=Actor(id=1, name="Ada", roles=frozenset({role})), status="under_way")


def test_overdue_is_judged_by_the_app(app: Flask, clock: FixedClock) -> None:
    today = clock().date()
    entry = make_entry(now=clock())
    missed = {"next_by": today - timedelta(days=23)}

    agreed = add_version(entry, now=clock(), **missed)
    silent = add_version(entry, now=clock() - timedelta(days=70), status="under_way", next_by=date(2026, 12, 1))
    over = add_version(entry, now=clock(), status="stopped", **missed)
    on_time = add_version(entry, now=clock(), next_by=today)

    assert [overdue_days(v, today) for v in (agreed, silent, over, on_time)] == [23, 10, 0, 0]


def test_overdue_promises_come_first_then_the_latest(app: Flask, clock: FixedClock) -> None:
    today = clock().date()
    make_promise(1, now=clock() - timedelta(days=2), title="older")
    make_promise(2, now=clock(), title="newer")
    make_promise(3, now=clock() - timedelta(days=9), title="late", next_by=today - timedelta(days=1))

    assert [p.entry.title for p in queries.promises(today)] == ["late", "newer", "older"]
    assert [p.entry.title for p in queries.promises(today, only_overdue=True)] == ["late"]


def test_numbers_add_up(app: Flask, clock: FixedClock) -> None:
    make_promise(1, now=clock() - timedelta(days=4), paid=5_000_00)
    make_promise(2, now=clock(), status="confirmed", paid=18_000_00)
    make_promise(3, now=clock(), status="finished", residents_did=[{"what": "Dug", "who": "12", "on": "2026-06-01"}])

    found = queries.numbers(queries.promises(clock().date()), clock())

    assert found.by_status == [("agreed", 1), ("finished", 1), ("confirmed", 1)]
    assert (found.promises, found.overdue, found.median_days, found.confirmed_percent) == (3, 0, 4, 50)
    assert (found.budgeted, found.paid, found.left) == (54_000_00, 23_000_00, 31_000_00)
    assert found.residents_deeds == 1
