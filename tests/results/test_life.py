"""A round after its vote in any order of acts (C16): whatever anybody does, the frozen ballot and what was published
never change, and voting never opens again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from pb.accounts import service as accounts
from pb.core.actor import Actor, Role
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.core.money import Money
from pb.electorate import forgetting, importing
from pb.results import decisions, pabulib, queries, service
from pb.results.errors import ImportRefused
from pb.rounds import extending, freezing
from pb.rounds import service as rounds
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.rounds.service import BallotPlan, PotPlan
from pb.voting import closing
from pb.voting.models import Ballot, Contest
from tests.conftest import FixedClock, empty_tables
from tests.results.test_pabulib import bring_in, write
from tests.support.people import actor_for, make_person
from tests.support.results import BALLOTS, open_box
from tests.support.rounds import make_round

RUNS = int(os.environ.get("LIVES", "3"))
"""So many random lives; 2,000 before a release."""
ROLES = (Role.RETURNING_OFFICER, Role.OFFICER, Role.OFFICER, Role.ADMIN)
REASON = "The hall has flooded and is closed."
Verb = Callable[..., Any]
EDITS: tuple[tuple[Verb, dict[str, Any]], ...] = (
    (rounds.describe_round, {"title": "Another name", "reason": REASON}),
    (rounds.describe_round, {"purpose": "Another purpose", "reason": REASON}),
    (rounds.set_voters, {"words": "Everybody", "minimum_age": 18, "reason": REASON}),
    (rounds.set_pots, {"pots": (PotPlan("More", Money(1_000_000_00), "council"),), "reason": REASON}),
    (rounds.set_ballot, {"plan": BallotPlan(rule="greedy", completion="none"), "reason": REASON}),
    (rounds.freeze_ballot, {"lines": ()}),
    (rounds.publish_round, {}),
    (rounds.hold, {"reason": REASON}),
    (rounds.release, {"reason": REASON}),
    (rounds.mark_closed, {}),
    (rounds.end_round, {"reason": REASON}),
    (closing.freeze_round, {}),
    (closing.close_vote, {}),
    (importing.import_list, {"source": "Open register", "asks_for": (), "file_sha256": "0" * 64}),
    (forgetting.forget_voters, {"days": 0}),
)
"""What officers can try on a round from its set-up on, each once more after the vote."""


class Desk(RuleBasedStateMachine):
    """Counting, certifying, publishing, deciding; editing, importing, copying, deleting people; and a database that
    somebody changes by hand."""

    app: Flask
    clock: FixedClock
    folder: Path

    @initialize()
    def begin(self) -> None:
        db.session.rollback()
        empty_tables()
        self.round_id = open_box(make_round("counting", self.clock), BALLOTS).id
        self.people = [actor_for(make_person(f"P{n}", role)) for n, role in enumerate(ROLES)]
        self.came, self.source = len(ROLES), write(self.folder)
        self.frozen = (self.round.frozen_json, self.round.frozen_sha256)
        self.published: list[tuple[int, str, str]] = []

    @property
    def round(self) -> Round:
        return session().get_one(Round, self.round_id)

    def attempt(self, act: str, by: Actor, **options: object) -> None:
        """Do it as the service does; what it refuses leaves nothing behind."""
        verb = decisions.decide if act == "decide" else getattr(service, act)
        self.do(lambda **who_and_when: verb(self.round, **who_and_when), by, **options)

    def do(self, verb: Verb, by: Actor, **options: object) -> None:
        self.clock.at += timedelta(minutes=1)
        try:
            with committed():
                verb(by=by, now=self.clock(), **options)
        except (Refusal, ImportRefused):
            db.session.rollback()

    @rule(who=st.integers(0, 3), act=st.sampled_from(["count_round", "recount", "certify"]))
    def count(self, who: int, act: str) -> None:
        self.attempt(act, self.people[who])

    @rule(who=st.integers(0, 3), note=st.sampled_from(["", "A bundle was entered twice."]))
    def publish(self, who: int, note: str) -> None:
        self.attempt("publish", self.people[who], note=note)

    @rule()
    def go_all_the_way(self) -> None:
        """Chance seldom does these in this order."""
        for act, who in (("count_round", 0), ("certify", 0), ("certify", 1)):
            self.attempt(act, self.people[who])
        self.attempt("publish", self.people[1], note="A bundle was entered twice.")

    @rule(who=st.integers(0, 3), place=st.integers(0, 2), agrees=st.booleans())
    def decide(self, who: int, place: int, agrees: bool) -> None:
        project = queries.projects_of(self.round_id)[place]
        facts = {"decided_by": "Cabinet", "reason": "The ground is wet.", "is_agreed": agrees, "funds": agrees}
        self.attempt("decide", self.people[who], project=project, **facts)

    @rule(who=st.integers(0, 3), edit=st.sampled_from(EDITS))
    def edit(self, who: int, edit: tuple[Verb, dict[str, Any]]) -> None:
        verb, options = edit
        takes_name = verb is importing.import_list
        self.do(
            lambda **how: verb(round=self.round, **how) if takes_name else verb(self.round, **how),
            self.people[who],
            **options,
        )

    @rule(who=st.integers(0, 3), phase=st.sampled_from([Phase.VOTING, Phase.COUNTING, Phase.RESULTS]))
    def move_a_date(self, who: int, phase: Phase) -> None:
        later = self.clock() + timedelta(days=12)
        self.do(
            lambda **how: rounds.set_dates(self.round, **how), self.people[who], dates={phase: later}, reason=REASON
        )
        longer = {"closes_at": later, "reason": REASON}
        self.do(lambda **how: extending.extend_voting(self.round, **how), self.people[who], **longer)

    @rule(who=st.integers(0, 3))
    def copy(self, who: int) -> None:
        self.do(rounds.create_round, self.people[who], title=self.round.title, slug=self.round.slug)

    @rule(takes_address=st.booleans())
    def bring_in_a_file(self, takes_address: bool) -> None:
        wish = pabulib.Wish(slug=self.round.slug if takes_address else None)
        try:
            bring_in(self.source, wish)
        except ImportRefused:
            db.session.rollback()

    @rule(who=st.integers(0, 3))
    def somebody_leaves(self, who: int) -> None:
        """They delete their account, and somebody new gets the role."""
        self.do(accounts.delete_person, self.people[who])
        self.people[who] = actor_for(make_person(f"P{self.came}", ROLES[who]))
        self.came += 1

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
        round = self.round
        assert (round.frozen_json, round.frozen_sha256) == self.frozen
        assert self.as_it_stands() == round.frozen_json
        assert phase_of(round, self.clock()) in OVER
        assert session().get_one(Contest, self.round_id).state == "unsealed"
        for publication in versions:
            assert service.is_certified(queries.certifications(self.round_id, publication.counts_sha256))

    def as_it_stands(self) -> str:
        """What voters were promised, made anew from the tables."""
        told, projects = freezing.describe(self.round, list(queries.projects_of(self.round_id)), None), self.frozen[0]
        told["ties"]["commitment"] = json.loads(projects or "{}")["ties"]["commitment"]
        return freezing.canonical_json(told)


OVER = (Phase.COUNTING, Phase.RESULTS, Phase.DELIVERING, Phase.CLOSED)


def test_no_order_of_acts_changes_what_was_published(sqlite_app: Flask, clock: FixedClock, tmp_path: Path) -> None:
    machine = type("DeskHere", (Desk,), {"app": sqlite_app, "clock": clock, "folder": tmp_path})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            derandomize=RUNS < 100,
            phases=[Stage.generate],  # a life that fails is told as it was: making it short takes minutes
            max_examples=RUNS,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=checks,
        ),
    )
