"""The end of voting moves later only, before it has come, with a reason and two people."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Role
from pb.core.db import committed, session
from pb.journal.models import JournalEntry
from pb.rounds import extending
from pb.rounds.errors import EndNotLater, NotExtendable, ReasonNeeded
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of, voting_window
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import OFFICER, make_round

WHY = "The website was away for two hours"
DAY = timedelta(days=1)


def extend(round: Round, clock: FixedClock, by: timedelta, reason: str = WHY) -> None:
    with committed():
        here = session().get_one(Round, round.id)
        end = voting_window(here).closes_at + by
        extending.extend_voting(here, closes_at=end, reason=reason, by=OFFICER, now=clock.at)


def test_voting_ends_later_and_what_follows_moves_along(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    old, promise = dates_of(round), round.frozen_sha256

    extend(round, clock, DAY)

    session().expire_all()
    new = dates_of(round)
    assert {phase: new[phase] - old[phase] for phase in new if new[phase] != old[phase]} == {
        Phase.COUNTING: DAY,
        Phase.RESULTS: DAY,
        Phase.DELIVERING: DAY,
    }
    assert round.frozen_sha256 == promise
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "voting.extended")).one()
    assert (entry.reason, entry.facts["was"]) == (WHY, old[Phase.COUNTING].isoformat())
    clock.at = old[Phase.COUNTING] + timedelta(hours=1)
    assert phase_of(round, clock.at) is Phase.VOTING


@pytest.mark.parametrize("by", [timedelta(0), -DAY])
def test_it_never_ends_earlier(app: Flask, clock: FixedClock, by: timedelta) -> None:
    with pytest.raises(EndNotLater):
        extend(make_round("voting", clock), clock, by)


@pytest.mark.parametrize("phase", ["valuating", "counting", "results"])
def test_only_between_the_freeze_and_the_end(app: Flask, clock: FixedClock, phase: str) -> None:
    with pytest.raises(NotExtendable):
        extend(make_round(phase, clock), clock, DAY)


def test_a_reason_is_needed(app: Flask, clock: FixedClock) -> None:
    with pytest.raises(ReasonNeeded):
        extend(make_round("voting", clock), clock, DAY, reason="late")


def typed(moment: datetime) -> str:
    """As the council's clock shows it."""
    return moment.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")


def test_one_person_asks_another_agrees_and_too_late_is_too_late(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    here, end = f"/staff/rounds/{round.slug}/extend", voting_window(round).closes_at
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    early = {"closes_at": typed(end - DAY), "reason": WHY}
    assert "Voting never ends earlier" in client.post(here, early, status=422).words
    client.post(here, {"closes_at": typed(end + DAY), "reason": WHY})
    assert voting_window(round).closes_at == end
    assert "Waiting for a second person" in client.get(here).words

    sign_in_as(client, make_person("Helena", Role.RETURNING_OFFICER))
    link = next(a for a in client.get("/staff/approvals").all("a") if "/staff/approvals/" in (a.get("href") or ""))
    page = client.get(link.get("href") or "")
    agree = next(form for form in page.all("form") if (form.get("action") or "").endswith("/approve"))
    start, clock.at = clock.at, end
    session().rollback()
    sign_in_as(client, make_person("Kim", Role.RETURNING_OFFICER))
    client.submit(page, agree, csrf_token=client.csrf_token(), status=409)
    assert voting_window(session().get_one(Round, round.id)).closes_at == end
    clock.at = start
    sign_in_as(client, make_person("Lee", Role.RETURNING_OFFICER))
    client.submit(page, agree, csrf_token=client.csrf_token())

    session().expire_all()
    assert voting_window(round).closes_at == end.replace(second=0, microsecond=0) + DAY
