"""The desk in any order (C16): whatever officers do, the frozen ballot and what was published never change."""

from __future__ import annotations

import os
from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from pb.core.actor import Actor, Role
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.results import decisions, queries, service
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.voting.models import Ballot
from tests.conftest import FixedClock, empty_tables
from tests.support.people import actor_for, make_person
from tests.support.results import BALLOTS, open_box
from tests.support.rounds import make_round

RUNS = int(os.environ.get("LIVES", "3"))
"""So many random lives; 2,000 before a release."""


class Desk(RuleBasedStateMachine):
    """Counting, certifying, publishing, deciding, and a database that somebody changes by hand."""

    app: Flask
    clock: FixedClock

    @initialize()
    def begin(self) -> None:
        db.session.rollback()
        empty_tables()
        self.round_id = open_box(make_round("counting", self.clock), BALLOTS).id
        roles = (Role.RETURNING_OFFICER, Role.OFFICER, Role.OFFICER, Role.ADMIN)
        self.people = [actor_for(make_person(f"P{n}", role)) for n, role in enumerate(roles)]
        self.frozen = self.round.frozen_sha256
        self.published: list[tuple[int, str, str]] = []

    @property
    def round(self) -> Round:
        return session().get_one(Round, self.round_id)

    def attempt(self, act: str, by: Actor, **options: object) -> None:
        """Do it as the service does; what it refuses leaves nothing behind."""
        self.clock.at += timedelta(minutes=1)
        verb = decisions.decide if act == "decide" else getattr(service, act)
        try:
            with committed():
                verb(self.round, by=by, now=self.clock(), **options)
        except Refusal:
            db.session.rollback()

    @rule(who=st.integers(0, 3), act=st.sampled_from(["count_round", "recount", "certify"]))
    def count(self, who: int, act: str) -> None:
        self.attempt(act, self.people[who])

    @rule(who=st.integers(0, 3), note=st.sampled_from(["", "A bundle was entered twice."]))
    def publish(self, who: int, note: str) -> None:
        self.attempt("publish", self.people[who], note=note)

    @rule(who=st.integers(0, 3), place=st.integers(0, 2), agrees=st.booleans())
    def decide(self, who: int, place: int, agrees: bool) -> None:
        project = queries.projects_of(self.round_id)[place]
        facts = {"decided_by": "Cabinet", "reason": "The ground is wet.", "is_agreed": agrees, "funds": agrees}
        self.attempt("decide", self.people[who], project=project, **facts)

    @rule()
    def change_a_ballot(self) -> None:
        some = session().scalar(select(Ballot.n).where(Ballot.choices == '["B03"]').limit(1))
        db.session.execute(update(Ballot).where(Ballot.n == some).values(choices='["B01"]'))
        db.session.commit()

    @invariant()
    def what_was_fixed_stays(self) -> None:
        if not hasattr(self, "published"):
            return
        db.session.rollback()
        versions = queries.publications(self.round_id)[::-1]
        now_public = [(one.version, one.counts_sha256, one.note) for one in versions]
        assert now_public[: len(self.published)] == self.published
        assert [version for version, _mark, _note in now_public] == list(range(1, len(now_public) + 1))
        self.published = now_public
        assert self.round.frozen_sha256 == self.frozen
        assert phase_of(self.round, self.clock()) in (Phase.COUNTING, Phase.RESULTS, Phase.DELIVERING)
        for publication in versions:
            assert service.is_certified(queries.certifications(self.round_id, publication.counts_sha256))


def test_no_order_of_acts_changes_what_was_published(sqlite_app: Flask, clock: FixedClock) -> None:
    machine = type("DeskHere", (Desk,), {"app": sqlite_app, "clock": clock})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS, stateful_step_count=15, deadline=None, database=None, suppress_health_check=checks
        ),
    )
