"""What the check promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.money import Money
from pb.core.outbox import OutboxMessage
from pb.journal.models import JournalEntry
from pb.proposals import queries as proposals
from pb.proposals import service as proposing
from pb.proposals.models import Proposal
from pb.rounds.models import Round
from pb.valuation import queries, service
from pb.valuation.errors import (
    CannotBeChecked,
    CheckReasonNeeded,
    NothingToPublish,
    OwnProposal,
    ReasonCodeNeeded,
    RuleLinkNeeded,
    RuleNeeded,
    SomeNotChecked,
    VersionIsNotCurrent,
)
from pb.valuation.models import Valuation
from tests.conftest import FixedClock
from tests.support.people import actor_for, make_person
from tests.support.proposals import make_group, make_proposal
from tests.support.rounds import make_round

REFUSAL = {
    "outcome": "not_feasible",
    "reason": "The towpath is not ours.",
    "reason_code": "no_land",
    "rule_name": "Highways Act 1980, section 115E",
    "rule_url": "https://www.legislation.gov.uk/ukpga/1980/66/section/115E",
}


@pytest.fixture
def round_(app: Flask, clock: FixedClock) -> Round:
    return make_round("valuating", clock)


@pytest.fixture
def officer(app: Flask) -> Actor:
    return actor_for(make_person("Sam", Role.OFFICER))


@pytest.fixture
def sent(round_: Round) -> Proposal:
    return make_proposal(round_)


def check(proposal: Proposal, by: Actor, clock: FixedClock, **changes: Any) -> Valuation:
    facts: dict[str, Any] = {"outcome": "feasible", "reason": "It can be done this year.", "cost": Money(11_000_00)}
    return service.value_proposal(proposal, revision_number=1, by=by, now=clock.at, **facts | changes)


def publish(round_: Round, by: Actor, clock: FixedClock) -> int:
    return service.publish_outcomes(round_, by=by, now=clock.at, address_of=lambda p: f"https://x/{p.code}")


class TestChecking:
    def test_check_stays_with_staff_until_published(self, sent: Proposal, officer: Actor, clock: FixedClock) -> None:
        made = check(sent, officer, clock)

        assert (made.officer_title, made.published_at) == ("Officer", None)
        assert (sent.state, sent.checked_cost) == ("under_valuation", None)
        assert queries.published_valuation(sent.id) is None
        entry = db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "check.recorded")).one()
        assert (entry.is_public, entry.facts) == (False, {"code": "B01"})

    @pytest.mark.parametrize("outcome", ["feasible", "feasible_with_changes", "not_feasible"])
    def test_no_outcome_without_a_reason(self, sent: Proposal, officer: Actor, clock: FixedClock, outcome: str) -> None:
        with pytest.raises(CheckReasonNeeded):
            check(sent, officer, clock, **REFUSAL | {"outcome": outcome, "reason": "  No.      "})

    @pytest.mark.parametrize(
        ("gap", "refusal"),
        [
            ({"reason_code": ""}, ReasonCodeNeeded),
            ({"reason_code": "because"}, ReasonCodeNeeded),
            ({"rule_name": " "}, RuleNeeded),
            ({"rule_url": ""}, RuleLinkNeeded),
            ({"rule_url": "javascript:alert(1)"}, RuleLinkNeeded),
            ({"rule_url": "//evil.example"}, RuleLinkNeeded),
        ],
    )
    def test_refusal_cites_its_rule(
        self, sent: Proposal, officer: Actor, clock: FixedClock, gap: dict[str, str], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            check(sent, officer, clock, **REFUSAL | gap)

    def test_check_of_an_older_version_is_a_conflict(self, sent: Proposal, officer: Actor, clock: FixedClock) -> None:
        by = actor_for(sent.proposer)
        proposing.revise(sent, {"risks": "x"}, reason="correction", note="x", base_number=1, by=by, now=clock.at)

        with pytest.raises(VersionIsNotCurrent):
            check(sent, officer, clock)

    def test_nobody_checks_their_own_or_their_groups(self, round_: Round, clock: FixedClock, sent: Proposal) -> None:
        person = make_person("Sam", Role.OFFICER)
        own = make_proposal(round_, proposer=person)
        ours = make_proposal(round_, group=make_group("Canal Friends", person))

        for proposal in (own, ours):
            with pytest.raises(OwnProposal):
                check(proposal, actor_for(person), clock)

    @pytest.mark.parametrize("state", ["withdrawn", "draft", "on_ballot", "funded"])
    def test_what_left_the_process_cannot_be_checked(
        self, round_: Round, officer: Actor, clock: FixedClock, state: str
    ) -> None:
        with pytest.raises(CannotBeChecked):
            check(make_proposal(round_, state=state), officer, clock)

    def test_frozen_round_takes_no_check(self, app: Flask, officer: Actor, clock: FixedClock) -> None:
        frozen = make_round("frozen", clock)

        with pytest.raises(CannotBeChecked):
            check(make_proposal(frozen), officer, clock)

    def test_checking_again_keeps_both(self, sent: Proposal, officer: Actor, clock: FixedClock) -> None:
        check(sent, officer, clock, **REFUSAL)

        check(sent, officer, clock)

        made = db.session.scalars(select(Valuation.outcome).order_by(Valuation.id)).all()
        assert made == ["not_feasible", "feasible"]
        assert queries.newest_check(sent.id).outcome == "feasible"  # type: ignore[union-attr]


class TestPublishing:
    def test_all_outcomes_at_one_moment_with_letters_and_records(
        self, round_: Round, officer: Actor, clock: FixedClock
    ) -> None:
        yes, no = make_proposal(round_), make_proposal(round_)
        check(yes, officer, clock)
        check(no, officer, clock, **REFUSAL)

        assert publish(round_, officer, clock) == 2

        assert {v.published_at for v in db.session.scalars(select(Valuation))} == {clock.at}
        assert (yes.state, yes.checked_cost, no.state) == ("feasible", 11_000_00, "not_feasible")
        assert [c.code for c in proposals.ballot_candidates(round_)] == ["B01"]
        entries = db.session.scalars(
            select(JournalEntry).where(JournalEntry.is_public).order_by(JournalEntry.seq)
        ).all()
        assert [e.kind for e in entries][-3:] == ["proposal.valued", "proposal.valued", "checks.published"]
        assert (entries[-2].reason, entries[-2].facts["rule"]) == (REFUSAL["reason"], REFUSAL["rule_name"])
        letters = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        assert [m.subject for m in letters] == [f"The council has checked your proposal B0{n}" for n in (1, 2)]
        assert "https://x/B02" in letters[1].body
        assert "The towpath is not ours." in letters[1].body

    def test_nothing_is_published_while_one_waits(
        self, round_: Round, officer: Actor, clock: FixedClock, sent: Proposal
    ) -> None:
        check(sent, officer, clock)
        make_proposal(round_)

        with pytest.raises(SomeNotChecked) as refusal:
            publish(round_, officer, clock)

        assert refusal.value.count == 1
        assert queries.published_valuation(sent.id) is None

    def test_revision_after_the_check_waits_again(
        self, round_: Round, officer: Actor, clock: FixedClock, sent: Proposal
    ) -> None:
        check(sent, officer, clock)
        by = actor_for(sent.proposer)
        proposing.revise(sent, {"risks": "x"}, reason="correction", note="x", base_number=1, by=by, now=clock.at)

        with pytest.raises(SomeNotChecked):
            publish(round_, officer, clock)

    def test_publishing_twice_says_there_is_nothing_new(
        self, round_: Round, officer: Actor, clock: FixedClock, sent: Proposal
    ) -> None:
        check(sent, officer, clock)
        publish(round_, officer, clock)

        with pytest.raises(NothingToPublish):
            publish(round_, officer, clock)

    def test_changed_mind_is_published_beside_the_first(
        self, round_: Round, officer: Actor, clock: FixedClock, sent: Proposal
    ) -> None:
        check(sent, officer, clock, **REFUSAL)
        publish(round_, officer, clock)
        check(sent, officer, clock)
        before = sent.state
        publish(round_, officer, clock)

        assert (before, sent.state) == ("not_feasible", "feasible")
        assert [v.outcome for v in queries.published_checks(sent.id)] == ["feasible", "not_feasible"]

    def test_withdrawn_and_draft_do_not_hold_the_others_up(
        self, round_: Round, officer: Actor, clock: FixedClock, sent: Proposal
    ) -> None:
        make_proposal(round_, state="withdrawn")
        make_proposal(round_, state="draft")
        check(sent, officer, clock)

        assert publish(round_, officer, clock) == 1


def test_desk_has_the_oldest_first(round_: Round, clock: FixedClock) -> None:
    newer, older = make_proposal(round_, now=clock.at), make_proposal(round_, now=clock.at - timedelta(days=3))

    assert [r.proposal for r in queries.desk(round_).waiting] == [older, newer]
    assert [(r, n, o.proposal) for r, n, o in queries.rounds_with_waiting()] == [(round_, 2, older)]
