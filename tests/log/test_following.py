"""The log follows what the council decides otherwise than the count."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from pb.core.actor import Actor, Role
from pb.core.db import committed, db, session
from pb.core.money import Money
from pb.log import queries
from pb.log.models import LogEntry
from pb.results import decisions
from pb.results.queries import projects_of
from pb.rounds.models import Project, Round
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.support.results import published_round

OFFICER = Actor(id=None, name="Sam", roles=frozenset({Role.OFFICER}))
REASON = "The ground is contaminated."


def decide(round: Round, project: Project, clock: FixedClock, *, is_agreed: bool, funds: bool) -> None:
    clock.at += timedelta(days=1)
    with committed():
        decisions.decide(
            session().merge(round),
            decided_by="Cabinet",
            is_agreed=is_agreed,
            reason=REASON,
            project=session().merge(project),
            funds=funds,
            by=OFFICER,
            now=clock(),
        )


def test_a_project_the_council_does_not_fund_is_stopped_with_the_reason(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    project = projects_of(round.id)[0]

    decide(round, project, clock, is_agreed=False, funds=False)

    entry = queries.entry_of_project(project.id)
    assert entry is not None
    version = entry.current
    assert (version.number, version.status, version.made_by_role) == (2, "stopped", "Cabinet")
    assert REASON in version.what_happened
    assert "£9,000 is not given to it" in version.money_note
    others = [e.current.status for e in db.session.scalars(select(LogEntry)) if e.id != entry.id]
    assert others == ["agreed", "agreed"]


def test_a_decision_taken_back_takes_the_promise_up_again(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    project = projects_of(round.id)[0]

    decide(round, project, clock, is_agreed=False, funds=False)
    decide(round, project, clock, is_agreed=True, funds=True)

    entry = queries.entry_of_project(project.id)
    assert entry is not None
    assert [version.status for version in entry.versions] == ["agreed", "stopped", "agreed"]
    assert entry.current.next_by is not None


def test_a_project_funded_against_the_count_gets_an_entry(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=(PotPlan("The pot", Money(12_000_00), "council"),))
    funded = {entry.project_id for entry in db.session.scalars(select(LogEntry))}
    loser = next(project for project in projects_of(round.id) if project.id not in funded)

    decide(round, loser, clock, is_agreed=False, funds=True)

    entry = queries.entry_of_project(loser.id)
    assert entry is not None
    assert entry.current.status == "agreed"
    assert "decided to fund it although the count did not" in entry.current.what_happened


def test_a_project_never_promised_has_nothing_to_follow(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=(PotPlan("The pot", Money(12_000_00), "council"),))
    funded = {entry.project_id for entry in db.session.scalars(select(LogEntry))}
    loser = next(project for project in projects_of(round.id) if project.id not in funded)

    decide(round, loser, clock, is_agreed=False, funds=True)
    decide(round, loser, clock, is_agreed=True, funds=False)

    entry = queries.entry_of_project(loser.id)
    assert entry is not None
    assert entry.current.status == "stopped"
    assert "took back its decision" in entry.current.what_happened
