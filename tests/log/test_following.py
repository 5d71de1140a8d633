"""The log follows what the council decides otherwise than the count."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from pb.core.actor import Actor, Role
from pb.core.db import committed, db, session
from pb.core.money import Money
from pb.log import queries, service
from pb.log.models import LogEntry
from pb.results import decisions
from pb.results.queries import projects_of
from pb.rounds.models import Project, Round
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.support.results import correct, published_round

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
    assert (version.next_step, version.next_by) == ("", None)
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


SMALL = (PotPlan("The pot", Money(12_000_00), "council"),)
"""Enough for one of the three projects: B02, or B01 once the ballots for B02 alone say B01."""
NOTE = "A bundle of paper votes was typed in under the wrong code."


def corrected(round: Round, clock: FixedClock, was: str = "B02", becomes: str = "B01") -> None:
    clock.at += timedelta(days=3)
    correct(round, clock, was=f'["{was}"]', becomes=f'["{becomes}"]', note=NOTE)


def entry_of(round: Round, code: str) -> LogEntry | None:
    project = next(project for project in projects_of(round.id) if project.code == code)
    return queries.entry_of_project(project.id)


def test_a_correction_stops_what_it_drops_and_opens_what_it_adds(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)
    assert entry_of(round, "B01") is None

    corrected(round, clock)

    dropped, added = entry_of(round, "B02"), entry_of(round, "B01")
    assert dropped
    assert added
    assert [version.status for version in dropped.versions] == ["agreed", "stopped"]
    assert NOTE in dropped.current.what_happened
    assert "does not fund it" in dropped.current.what_happened
    assert "£10,000 is not given to it" in dropped.current.money_note
    assert (added.current.status, added.current.budgeted) == ("agreed", 9_000_00)
    assert NOTE in added.current.what_happened
    assert added.versions[0].you_said[0]["text"] == "50 people picked it"


def test_a_second_correction_takes_the_promise_up_again(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)

    corrected(round, clock)
    corrected(round, clock, was="B01", becomes="B02")

    back, gone = entry_of(round, "B02"), entry_of(round, "B01")
    assert back
    assert gone
    assert [version.status for version in back.versions] == ["agreed", "stopped", "agreed"]
    assert back.current.next_by is not None
    assert gone.current.status == "stopped"


def test_a_correction_leaves_alone_what_the_council_had_decided(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)
    first, second = (p for p in projects_of(round.id) if p.code in ("B01", "B02"))
    decide(round, first, clock, is_agreed=False, funds=True)
    decide(round, second, clock, is_agreed=False, funds=False)

    corrected(round, clock)

    kept, gone = entry_of(round, "B01"), entry_of(round, "B02")
    assert kept
    assert gone
    assert [version.status for version in kept.versions] == ["agreed", "agreed"]
    assert [version.status for version in gone.versions] == ["agreed", "stopped"]


def test_work_that_stopped_for_its_own_reason_is_not_revived(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    stopped = entry_of(round, "B01")
    assert stopped
    change = {"status": "stopped", "what_we_learned": "Look for pipes.", "money_note": "Back to the pot."}
    with committed():
        service.update(session().merge(stopped), by=OFFICER, now=clock(), **change)

    corrected(round, clock, was="B03", becomes="B02")

    still = entry_of(round, "B01")
    assert still
    assert [version.status for version in still.versions] == ["agreed", "stopped"]


def test_what_was_delivered_stays_delivered_and_says_what_was_paid(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)
    entry = entry_of(round, "B02")
    assert entry
    done = {"status": "finished", "residents_had_no_part": True, "what_we_learned": "Ask early.", "paid": 4_000_00}
    with committed():
        service.update(session().merge(entry), by=OFFICER, now=clock(), **done)

    corrected(round, clock)

    after = entry_of(round, "B02")
    assert after
    assert (after.current.status, after.current.what_we_learned) == ("finished", "Ask early.")
    assert "does not fund it" in after.current.what_happened
    assert "£4,000 of the £10,000 had been paid" in after.current.money_note
