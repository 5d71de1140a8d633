"""What the proposals room promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from pb.core.actor import Actor
from pb.core.db import db
from pb.core.money import Money
from pb.core.outbox import OutboxMessage
from pb.journal.models import JournalEntry
from pb.proposals import queries, service
from pb.proposals.errors import (
    AlreadySent,
    ChangedMeanwhile,
    CostOverLimit,
    NoLongerOpen,
    NotComplete,
    NothingChanged,
    NotInGroup,
    NotYours,
    OutcomeInThePast,
    PlaceNotInRound,
    PromiseInThePast,
    ProposingIsClosed,
    ReasonNeeded,
    TitleStartsOddly,
    TooManyDrafts,
)
from pb.proposals.models import Proposal
from pb.rounds.models import Round
from pb.rounds.service import BallotLine, PotPlan, freeze_ballot
from tests.conftest import FixedClock
from tests.support.people import actor_for, make_person
from tests.support.proposals import COMPLETE, make_group, make_proposal
from tests.support.rounds import OFFICER, make_round, make_ward


@pytest.fixture
def round_(app: Flask, clock: FixedClock) -> Round:
    return make_round("proposing", clock, max_ask=Money(30_000_00))


@pytest.fixture
def dev(app: Flask) -> Actor:
    return actor_for(make_person("Dev"))


@pytest.fixture
def outsider(app: Flask) -> Actor:
    return actor_for(make_person("Colin"))


@pytest.fixture
def draft(round_: Round, dev: Actor, clock: FixedClock) -> Proposal:
    return service.start_draft(round_, by=dev, now=clock.at)


def fill(draft: Proposal, by: Actor, clock: FixedClock, **changes: object) -> Proposal:
    return service.save_draft(draft, COMPLETE | changes, by=by, now=clock.at)


def kinds() -> list[str]:
    return [e.kind for e in db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq))]


class TestDrafting:
    def test_draft_is_empty_private_and_its_authors(self, draft: Proposal, dev: Actor, outsider: Actor) -> None:
        assert (draft.state, draft.code, draft.current.number) == ("draft", None, 1)
        assert queries.may_edit(draft, dev)
        assert not queries.may_edit(draft, outsider)
        assert queries.current_revisions(draft.round_id) == []

    def test_draft_outside_the_proposing_phase_is_refused(self, app: Flask, clock: FixedClock, dev: Actor) -> None:
        voting = make_round("voting", clock)

        with pytest.raises(ProposingIsClosed):
            service.start_draft(voting, by=dev, now=clock.at)

    def test_saving_keeps_fields_and_sums_the_cost(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        lines = [{"what": "Paint", "pence": 12_50}, {"what": "Brushes", "pence": 7_25}]

        service.save_draft(draft, {"title": "Paint the underpass", "cost_lines": lines}, by=dev, now=clock.at)

        assert (draft.current.title, draft.current.cost, draft.current.number) == ("Paint the underpass", 19_75, 1)

    def test_stranger_may_not_save(self, draft: Proposal, outsider: Actor, clock: FixedClock) -> None:
        with pytest.raises(NotYours):
            service.save_draft(draft, {"title": "Mine now"}, by=outsider, now=clock.at)

    def test_every_member_of_the_group_may_save(self, round_: Round, clock: FixedClock) -> None:
        first, second = make_person("Ada"), make_person("Bo")
        group = make_group("Canal Friends", first, second)
        draft = service.start_draft(round_, by=actor_for(first), now=clock.at, group_id=group.id)
        db.session.commit()

        service.save_draft(draft, {"title": "Lights"}, by=actor_for(second), now=clock.at)

        assert draft.current.title == "Lights"

    def test_proposing_for_somebody_elses_group_is_refused(
        self, round_: Round, outsider: Actor, clock: FixedClock
    ) -> None:
        group = make_group("Canal Friends", make_person("Ada"))

        with pytest.raises(NotInGroup):
            service.start_draft(round_, by=outsider, now=clock.at, group_id=group.id)

    def test_eleventh_draft_is_refused(self, round_: Round, dev: Actor, clock: FixedClock) -> None:
        for _ in range(10):
            service.start_draft(round_, by=dev, now=clock.at)

        with pytest.raises(TooManyDrafts):
            service.start_draft(round_, by=dev, now=clock.at)

    def test_discarded_draft_is_gone(self, draft: Proposal, dev: Actor) -> None:
        service.discard_draft(draft, by=dev)

        assert db.session.scalars(select(Proposal)).all() == []

    def test_unknown_field_is_a_mistake_of_ours(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        with pytest.raises(TypeError):
            service.save_draft(draft, {"state": "funded"}, by=dev, now=clock.at)


class TestFieldRules:
    def test_cost_over_the_rounds_limit_is_refused(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        with pytest.raises(CostOverLimit) as refusal:
            service.save_draft(draft, {"cost_lines": [{"what": "A", "pence": 30_000_01}]}, by=dev, now=clock.at)

        assert str(refusal.value) == "The most you can ask for in this round is £30,000"

    def test_cost_that_is_exactly_the_limit_fits(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        service.save_draft(draft, {"cost_lines": [{"what": "A", "pence": 30_000_00}]}, by=dev, now=clock.at)

        assert draft.current.cost == 30_000_00

    def test_cost_over_the_wards_pot_is_refused_when_the_place_is_chosen(
        self, app: Flask, clock: FixedClock, dev: Actor
    ) -> None:
        quay = make_ward("Quay")
        small = make_round(
            "proposing", clock, title="Small", pots=(PotPlan("Quay pot", Money(5_000_00), "x", quay.id),)
        )
        draft = service.start_draft(small, by=dev, now=clock.at)
        service.save_draft(draft, {"cost_lines": [{"what": "A", "pence": 5_000_00}]}, by=dev, now=clock.at)

        with pytest.raises(CostOverLimit):
            fill(draft, dev, clock, ward_id=quay.id)

    def test_ward_without_a_pot_is_refused(self, app: Flask, clock: FixedClock, dev: Actor) -> None:
        quay, mill = make_ward("Quay"), make_ward("Mill")
        only = make_round("proposing", clock, title="Only", pots=(PotPlan("Quay pot", Money(5_000_00), "x", quay.id),))
        draft = service.start_draft(only, by=dev, now=clock.at)

        with pytest.raises(PlaceNotInRound):
            service.save_draft(draft, {"place": "Mill Lane", "ward_id": mill.id}, by=dev, now=clock.at)

    @pytest.mark.parametrize(
        "title",
        [
            "=HYPERLINK(1)",
            "+1",
            "-1+cmd|' /c'!A1",
            "@SUM(1)",
            "＝1",
            ";=1",
            '"=1"',
            "'=1",
            "🌳🌳",
            "__proto__",
            "\u200d",
        ],
    )
    def test_title_a_spreadsheet_would_run_is_refused(
        self, draft: Proposal, dev: Actor, clock: FixedClock, title: str
    ) -> None:
        with pytest.raises(TitleStartsOddly):
            service.save_draft(draft, {"title": title}, by=dev, now=clock.at)

    @pytest.mark.parametrize("title", ["Ü", "6 lights", "“Warm” room", "Łąka", "(Re)paint it", "ポケットパーク"])
    def test_title_in_any_script_is_fine(self, draft: Proposal, dev: Actor, clock: FixedClock, title: str) -> None:
        service.save_draft(draft, {"title": title}, by=dev, now=clock.at)

        assert draft.current.title == title

    def test_outcome_today_is_refused(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        with pytest.raises(OutcomeInThePast):
            service.save_draft(draft, {"outcome_on": clock.at.date()}, by=dev, now=clock.at)

    @pytest.mark.parametrize("side", ["we_will", "council_will"])
    def test_promise_for_a_day_that_is_not_ahead_is_refused(
        self, draft: Proposal, dev: Actor, clock: FixedClock, side: str
    ) -> None:
        lines = [{"what": "Sweep", "by": None}, {"what": "Paint", "by": clock.at.date().isoformat()}]

        with pytest.raises(PromiseInThePast) as refusal:
            service.save_draft(draft, {side: lines}, by=dev, now=clock.at)

        assert refusal.value.field == side


class TestSendingIn:
    def test_complete_draft_gets_a_code_is_public_recorded_and_answered(
        self, draft: Proposal, dev: Actor, clock: FixedClock
    ) -> None:
        fill(draft, dev, clock)

        service.submit(draft, by=dev, now=clock.at, address=lambda p: f"https://x/p/{p.code}")

        assert (draft.state, draft.code, draft.submitted_at) == ("published", "B01", clock.at)
        entry = db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "proposal.submitted")).one()
        assert entry.facts == {"code": "B01", "cost": 12_000_00}
        letter = db.session.scalars(select(OutboxMessage)).one()
        assert letter.subject == "We have your proposal B01"
        assert "https://x/p/B01" in letter.body

    def test_sending_twice_changes_nothing(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        fill(draft, dev, clock)
        service.submit(draft, by=dev, now=clock.at)

        service.submit(draft, by=dev, now=clock.at)

        assert kinds().count("proposal.submitted") == 1
        assert len(db.session.scalars(select(OutboxMessage)).all()) == 1

    def test_code_is_the_wards_letter_and_the_next_number(self, round_: Round, dev: Actor, clock: FixedClock) -> None:
        quay, quarry, ely = make_ward("Quay"), make_ward("Quarry"), make_ward("Élysée")
        codes = []
        for ward in (quay, quarry, None, ely, quay):
            draft = service.start_draft(round_, by=dev, now=clock.at)
            fill(draft, dev, clock, ward_id=ward.id if ward else None)
            codes.append(service.submit(draft, by=dev, now=clock.at).code)

        assert codes == ["Q01", "Q02", "B01", "E01", "Q03"]

    def test_numbers_go_on_past_99(self, round_: Round, dev: Actor, clock: FixedClock, draft: Proposal) -> None:
        other = make_proposal(round_)
        other.code = "B99"

        fill(draft, dev, clock)

        assert service.submit(draft, by=dev, now=clock.at).code == "B100"

    @pytest.mark.parametrize(
        ("field", "value", "step"),
        [
            ("title", "", "idea"),
            ("what", "", "idea"),
            ("place", "", "place"),
            ("theme", "", "place"),
            ("who_benefits", "", "people"),
            ("cost_lines", [], "money"),
            ("running_cost", None, "money"),
            ("we_will", [], "deal"),
            ("council_will", [], "deal"),
            ("who_does_it", "", "deal"),
            ("outcome", "", "outcome"),
            ("outcome_on", None, "outcome"),
        ],
    )
    def test_unanswered_question_is_named(
        self, draft: Proposal, dev: Actor, clock: FixedClock, field: str, value: object, step: str
    ) -> None:
        fill(draft, dev, clock, **{field: value})

        with pytest.raises(NotComplete) as refusal:
            service.submit(draft, by=dev, now=clock.at)

        assert refusal.value.missing == {step: (field,)}

    def test_free_upkeep_is_an_answer(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        fill(draft, dev, clock, running_cost=Money(0), who_does_it="we", council_will=[])

        assert service.submit(draft, by=dev, now=clock.at).state == "published"

    def test_sending_in_after_the_phase_keeps_the_draft(
        self, round_: Round, draft: Proposal, dev: Actor, clock: FixedClock
    ) -> None:
        fill(draft, dev, clock)
        later = next(d.starts_at for d in round_.dates if d.phase == "reviewing")

        with pytest.raises(ProposingIsClosed):
            service.submit(draft, by=dev, now=later)

        assert draft.state == "draft"

    def test_draft_rules_do_not_apply_to_what_was_sent(self, draft: Proposal, dev: Actor, clock: FixedClock) -> None:
        fill(draft, dev, clock)
        service.submit(draft, by=dev, now=clock.at)

        with pytest.raises(AlreadySent):
            service.save_draft(draft, {"title": "Other"}, by=dev, now=clock.at)
        with pytest.raises(AlreadySent):
            service.discard_draft(draft, by=dev)


class TestRevising:
    @pytest.fixture
    def sent(self, round_: Round) -> Proposal:
        return make_proposal(round_)

    @pytest.fixture
    def author(self, sent: Proposal) -> Actor:
        return actor_for(sent.proposer)

    def test_revision_is_a_new_version_and_the_old_one_stays(
        self, sent: Proposal, author: Actor, clock: FixedClock
    ) -> None:
        change = {"title": "Benches only", "cost_lines": [{"what": "4 benches", "pence": 300_000}]}

        service.revise(sent, change, reason="correction", note="Bats.", base_number=1, by=author, now=clock.at)

        assert [r.title for r in sent.revisions] == [COMPLETE["title"], "Benches only"]
        assert (sent.current.number, sent.current.cost, sent.current.what) == (2, 300_000, COMPLETE["what"])
        entry = db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "proposal.revised")).one()
        assert (entry.reason, entry.facts) == ("Bats.", {"code": "B01", "number": 2, "why": "correction"})

    def test_revision_of_a_checked_proposal_waits_for_the_council_again(self, round_: Round, clock: FixedClock) -> None:
        checked = make_proposal(round_, state="feasible")
        by = actor_for(checked.proposer)

        service.revise(checked, {"risks": "None."}, reason="correction", note="x", base_number=1, by=by, now=clock.at)

        assert (checked.state, checked.checked_cost) == ("published", None)
        assert queries.ballot_candidates(round_) == ()

    def test_revision_on_top_of_a_newer_one_is_a_conflict(
        self, sent: Proposal, author: Actor, clock: FixedClock
    ) -> None:
        service.revise(sent, {"risks": "A"}, reason="correction", note="x", base_number=1, by=author, now=clock.at)

        with pytest.raises(ChangedMeanwhile):
            service.revise(sent, {"risks": "B"}, reason="correction", note="x", base_number=1, by=author, now=clock.at)

    def test_revision_without_a_word_why_is_refused(self, sent: Proposal, author: Actor, clock: FixedClock) -> None:
        with pytest.raises(ReasonNeeded) as refusal:
            service.revise(sent, {"risks": "A"}, reason="correction", note=" ", base_number=1, by=author, now=clock.at)

        assert refusal.value.field == "note"

    def test_revision_that_changes_nothing_is_refused(self, sent: Proposal, author: Actor, clock: FixedClock) -> None:
        same = {"title": COMPLETE["title"]}

        with pytest.raises(NothingChanged):
            service.revise(sent, same, reason="correction", note="x", base_number=1, by=author, now=clock.at)

    def test_revision_that_empties_an_answer_is_refused(self, sent: Proposal, author: Actor, clock: FixedClock) -> None:
        with pytest.raises(NotComplete):
            service.revise(sent, {"what": ""}, reason="correction", note="x", base_number=1, by=author, now=clock.at)
        db.session.rollback()

        assert len(sent.revisions) == 1

    def test_revision_after_the_freeze_is_refused(self, app: Flask, clock: FixedClock) -> None:
        frozen = make_round("frozen", clock)
        sent = make_proposal(frozen, state="on_ballot")
        by = actor_for(sent.proposer)

        with pytest.raises(NoLongerOpen):
            service.revise(sent, {"risks": "A"}, reason="correction", note="x", base_number=1, by=by, now=clock.at)

    def test_withdrawn_proposal_keeps_its_page_and_reason(
        self, sent: Proposal, author: Actor, clock: FixedClock
    ) -> None:
        service.withdraw(sent, reason="The canal trust is doing it.", by=author, now=clock.at)

        found, _ = queries.find_by_code(sent.round, "B01")
        assert found is sent
        assert (sent.state, sent.withdrawn_reason) == ("withdrawn", "The canal trust is doing it.")
        assert kinds()[-1] == "proposal.withdrawn"

    def test_withdrawing_needs_a_reason_and_the_right_person(
        self, sent: Proposal, author: Actor, outsider: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(ReasonNeeded):
            service.withdraw(sent, reason=" ", by=author, now=clock.at)
        with pytest.raises(NotYours):
            service.withdraw(sent, reason="Because", by=outsider, now=clock.at)

    def test_withdrawing_after_the_freeze_is_refused(self, app: Flask, clock: FixedClock) -> None:
        sent = make_proposal(make_round("voting", clock), state="on_ballot")

        with pytest.raises(NoLongerOpen):
            service.withdraw(sent, reason="Because", by=actor_for(sent.proposer), now=clock.at)


class TestBallotAndResult:
    def test_candidates_are_the_feasible_ones_with_the_checked_cost_and_the_wards_pot(
        self, app: Flask, clock: FixedClock
    ) -> None:
        quay = make_ward("Quay")
        pots = (PotPlan("All", Money(50_000_00), "x"), PotPlan("Quay pot", Money(9_000_00), "x", quay.id))
        round_ = make_round("valuating", clock, title="Two pots", pots=pots)
        lights = make_proposal(round_, state="feasible", ward=quay, title="Lights")
        lights.checked_cost = Money(8_000_00)
        make_proposal(round_, state="feasible_with_changes", title="Benches")
        for state in ("published", "under_valuation", "not_feasible", "withdrawn", "draft"):
            make_proposal(round_, state=state)

        found = queries.ballot_candidates(round_)

        assert [(c.code, c.title, c.cost, c.pot.name) for c in found] == [
            ("B01", "Benches", 12_000_00, "All"),
            ("Q01", "Lights", 8_000_00, "Quay pot"),
        ]

    def test_freeze_ties_proposals_to_projects_and_the_result_settles_them(self, app: Flask, clock: FixedClock) -> None:
        round_ = make_round("valuating", clock)
        won, lost = make_proposal(round_, state="feasible"), make_proposal(round_, state="feasible")
        late = make_proposal(round_, state="published")
        lines = [
            BallotLine(code=c.code, title=c.title, summary=c.summary, cost=c.cost, pot_id=c.pot.id)
            for c in queries.ballot_candidates(round_)
        ]
        projects = freeze_ballot(round_, lines=lines, by=OFFICER, now=clock.at)

        service.put_on_ballot(round_, projects)
        on_ballot = [p.state for p in (won, lost, late)]
        service.settle(round_, {projects[0].id}, by=OFFICER, now=clock.at)

        assert on_ballot == ["on_ballot", "on_ballot", "not_shortlisted"]
        assert [p.state for p in (won, lost, late)] == ["funded", "not_funded", "not_shortlisted"]
        assert won.project is projects[0]
        assert kinds()[-1] == "proposals.settled"

    def test_list_with_a_proposal_that_was_withdrawn_meanwhile_is_refused(self, app: Flask, clock: FixedClock) -> None:
        round_ = make_round("valuating", clock)
        make_proposal(round_, state="feasible")
        (line,) = (
            BallotLine(code=c.code, title=c.title, summary=c.summary, cost=c.cost, pot_id=c.pot.id)
            for c in queries.ballot_candidates(round_)
        )
        (project,) = freeze_ballot(round_, lines=[line], by=OFFICER, now=clock.at)
        db.session.execute(update(Proposal).values(state="withdrawn"))

        with pytest.raises(ChangedMeanwhile):
            service.put_on_ballot(round_, [project])


class TestTitlesThatLookTheSame:
    @pytest.mark.parametrize("forged", ["Ｔea room", "Теа rооm", "tea  room!", "Téa room", "Tea room"])
    def test_lookalike_is_pointed_out(self, round_: Round, forged: str) -> None:
        original = make_proposal(round_, title="Tea room")
        other = make_proposal(round_, title=forged)

        assert [r.proposal for r in queries.looks_like(round_.id, forged, except_id=other.id)] == [original]

    def test_different_title_is_not(self, round_: Round) -> None:
        make_proposal(round_, title="Tea room")

        assert queries.looks_like(round_.id, "Tea rooms", except_id=0) == ()


def test_dates_of_deal_lines_are_words_in_json(draft: Proposal, dev: Actor, clock: FixedClock) -> None:
    fill(draft, dev, clock)
    db.session.commit()
    db.session.expire_all()

    assert draft.current.council_will == [{"what": "Fit six solar lights", "by": "2027-11-30"}]
    assert draft.current.outcome_on == date(2028, 1, 31)


def test_pace_is_the_median_time_and_the_page_where_drafts_stop(round_: Round, draft: Proposal, dev: Actor) -> None:
    made = draft.created_at
    for minutes in (10, 20, 90):
        make_proposal(round_, now=made).submitted_at = made + timedelta(minutes=minutes)
    make_proposal(round_, state="draft", outcome="")
    make_proposal(round_, state="draft")

    pace = queries.pace_of(round_.id)

    assert pace.median_minutes == 20
    assert pace.stopped == {"idea": 1, "outcome": 1, "check": 1}
