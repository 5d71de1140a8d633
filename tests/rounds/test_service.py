"""Setting up, publishing and holding a round, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from pb.core.db import committed, db
from pb.core.money import Money
from pb.journal import queries as journal
from pb.journal.service import verify
from pb.rounds import checklist, errors, service
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of
from pb.rounds.queries import pots_for, wards_of
from pb.rounds.service import BallotPlan, PotPlan
from tests.conftest import FixedClock
from tests.support.rounds import OFFICER, STARTS, WORDS, make_round, make_ward

Act = dict[str, Any]
REASON = "The hall was flooded in the storm."
DAY = timedelta(days=1)


@pytest.fixture
def act(app: Flask, clock: FixedClock) -> Act:
    return {"by": OFFICER, "now": clock.at}


def kinds(round: Round) -> list[str]:
    return [entry.kind for entry in reversed(journal.timeline_of(round.id))]


def test_create_round_makes_a_draft_with_its_own_address(act: Act) -> None:
    first = service.create_round(title="Evenings Out 2026: Fellgate & Eastcroft", **act)
    second = service.create_round(title="Evenings out 2026 – Fellgate, Eastcroft", **act)
    third = service.create_round(title="New", **act)
    arabic = service.create_round(title="مستقبلنا", **act)

    slugs = [round.slug for round in (first, second, third, arabic)]
    assert slugs == ["evenings-out-2026-fellgate-eastcroft", "evenings-out-2026-fellgate-eastcroft-2", "new-2", "round"]
    assert phase_of(first, act["now"]) is Phase.DRAFT
    assert kinds(first) == ["round.created"]


@pytest.mark.parametrize("title", ["", "   ", "–!?"])
def test_create_round_without_a_name_is_refused(act: Act, title: str) -> None:
    with pytest.raises(errors.NameNeeded):
        service.create_round(title=title, **act)


def test_two_officers_creating_the_same_round_at_once_get_two_addresses(app: Flask, clock: FixedClock) -> None:
    start, slugs, failed = Barrier(2), [], []

    def create() -> None:
        with app.app_context():
            try:
                start.wait()
                with committed():
                    slugs.append(service.create_round(title="Together", by=OFFICER, now=clock.at).slug)
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    senders = [Thread(target=create) for _ in range(2)]
    [sender.start() for sender in senders]
    [sender.join() for sender in senders]

    assert failed == []
    assert sorted(slugs) == ["together", "together-2"]
    assert verify(journal.whole_chain()) is None


def test_describe_round_records_which_words_changed(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)

    service.describe_round(round, purpose="Warm places.", problem=WORDS["problem"], **act)
    service.describe_round(round, purpose="Warm places.", **act)

    entry = journal.timeline_of(round.id)[0]
    assert (entry.kind, entry.facts, round.purpose) == ("round.described", {"changed": ["purpose"]}, "Warm places.")
    assert kinds(round).count("round.described") == 2


def test_describe_round_refuses_names_it_does_not_know(act: Act, clock: FixedClock) -> None:
    with pytest.raises(TypeError):
        service.describe_round(make_round("draft", clock), slug="stolen", **act)


def test_a_public_round_changes_only_with_a_reason(act: Act, clock: FixedClock) -> None:
    round = make_round("proposing", clock)

    with pytest.raises(errors.ReasonNeeded):
        service.describe_round(round, purpose="Other", reason="short", **act)
    service.describe_round(round, purpose="Other", reason=REASON, **act)

    assert journal.timeline_of(round.id)[0].reason == REASON


@pytest.mark.parametrize("age", [4, 22, -1, 10**12])
def test_a_strange_minimum_age_is_refused(act: Act, clock: FixedClock, age: int) -> None:
    with pytest.raises(errors.AgeOutOfRange):
        service.set_voters(make_round("draft", clock), words="Everybody", minimum_age=age, **act)


def test_a_round_for_some_wards_has_no_pot_for_the_others(act: Act, clock: FixedClock) -> None:
    quay, hill, moor = make_ward("Quay"), make_ward("Hill"), make_ward("Moor")
    round = make_round("draft", clock)
    assert [ward.name for ward in wards_of(round)] == ["Hill", "Moor", "Quay"]

    service.set_voters(round, words="Quay and Hill", minimum_age=10, ward_ids=[quay.id, hill.id], **act)

    assert [ward.name for ward in wards_of(round)] == ["Hill", "Quay"]
    assert [len(pots_for(round, ward.id)) for ward in (quay, hill, moor)] == [1, 1, 0]
    assert len(pots_for(round, None)) == 1


def test_a_ward_that_is_not_ours_is_refused(act: Act, clock: FixedClock) -> None:
    with pytest.raises(errors.UnknownArea):
        service.set_voters(make_round("draft", clock), words="x", minimum_age=11, ward_ids=[10**9], **act)


def test_set_pots_replaces_them_and_keeps_their_order(act: Act, clock: FixedClock) -> None:
    quay, hill = make_ward("Quay"), make_ward("Hill")
    round = make_round("draft", clock)

    pots = [PotPlan("Hill", Money(2_000_00), "Reserves", hill.id), PotPlan("Everybody", Money(5_000_00), "Reserves")]
    service.set_pots(round, pots=pots, **act)

    assert [(pot.name, pot.amount) for pot in round.pots] == [("Hill", 200000), ("Everybody", 500000)]
    assert [pot.name for pot in pots_for(round, quay.id)] == ["Everybody"]
    assert [pot.name for pot in pots_for(round, hill.id)] == ["Hill", "Everybody"]
    assert journal.timeline_of(round.id)[0].facts["total_pence"] == 700000


@pytest.mark.parametrize(
    ("pots", "error", "line", "field"),
    [
        ([PotPlan("", Money(1))], errors.PotNameNeeded, 0, "name"),
        ([PotPlan("A", Money(0))], errors.PotAmountNeeded, 0, "amount"),
        ([PotPlan("A", Money(1)), PotPlan("A", Money(2))], errors.PotNameTwice, 1, "name"),
        ([PotPlan("A", Money(1), "", 999)], errors.UnknownWard, 0, "ward_id"),
    ],
)
def test_wrong_pots_are_refused_at_their_line(
    act: Act, clock: FixedClock, pots: list[PotPlan], error: type[errors.PotRefused], line: int, field: str
) -> None:
    round = make_round("draft", clock)

    with pytest.raises(error) as refused:
        service.set_pots(round, pots=pots, **act)

    assert (refused.value.line, refused.value.field) == (line, field)
    assert [pot.name for pot in round.pots] == ["The Together pot"]


def test_a_round_without_pots_is_refused(act: Act, clock: FixedClock) -> None:
    with pytest.raises(errors.PotsNeeded):
        service.set_pots(make_round("draft", clock), pots=[], **act)


@pytest.mark.parametrize(
    ("plan", "error", "field"),
    [
        (BallotPlan(ballot_kind="lottery"), errors.UnknownChoice, "ballot_kind"),
        (BallotPlan(rule="dictator"), errors.UnknownChoice, "rule"),
        (BallotPlan(tie_rule="by id desc"), errors.UnknownChoice, "tie_rule"),
        (BallotPlan(identity_rung=9), errors.UnknownChoice, "identity_rung"),
        (BallotPlan(rule="greedy", completion="add1"), errors.RuleDoesNotFit, "completion"),
        (BallotPlan(max_picks=0), errors.PicksOutOfRange, "max_picks"),
        (BallotPlan(max_picks=101), errors.PicksOutOfRange, "max_picks"),
        (BallotPlan(max_picks=2, min_picks=3), errors.TooFewPicksAllowed, "min_picks"),
        (BallotPlan(max_picks=None, min_picks=4), errors.TooFewPicksAllowed, "min_picks"),
    ],
)
def test_a_ballot_that_cannot_be_counted_is_refused_at_its_field(
    act: Act, clock: FixedClock, plan: BallotPlan, error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as refused:
        service.set_ballot(make_round("draft", clock), plan=plan, **act)

    assert refused.value.field == field  # type: ignore[attr-defined]


def test_set_ballot_keeps_the_plan_and_its_moment(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)

    service.set_ballot(round, plan=BallotPlan(max_picks=None, rule="greedy", completion="none"), **act)

    kept = (round.max_picks, round.rule, round.completion, round.ballot_set_at)
    assert kept == (None, "greedy", "none", clock.at)


def test_closing_before_opening_is_refused_at_the_end_of_voting(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)
    opens = dates_of(round)[Phase.VOTING]

    with pytest.raises(errors.DatesOutOfOrder) as refused:
        service.set_dates(round, dates={Phase.COUNTING: opens}, **act)

    assert refused.value.field == "counting"
    assert str(refused.value) == "This must be later than the step before it: Voting opens"
    assert dates_of(round)[Phase.COUNTING] > opens


def test_set_dates_keeps_what_is_not_given_and_takes_away_what_is_none(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)
    old = dates_of(round)

    service.set_dates(round, dates={Phase.REVIEWING: None, Phase.VALUATING: old[Phase.VALUATING] + DAY}, **act)

    assert dates_of(round) == {
        phase: at + DAY if phase is Phase.VALUATING else at for phase, at in old.items() if phase is not Phase.REVIEWING
    }


def test_set_dates_unchanged_writes_nothing(act: Act, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    before = kinds(round)

    service.set_dates(round, dates=dates_of(round), **act)

    assert kinds(round) == before


@pytest.mark.parametrize(
    ("phase", "days", "error"),
    [
        (Phase.INFORMING, +1, errors.DateHasPassed),
        (Phase.PROPOSING, +1, errors.DateHasPassed),
        (Phase.REVIEWING, -30, errors.DateInThePast),
        (Phase.VOTING, None, errors.DateNeeded),
    ],
)
def test_on_a_public_round_the_past_stays_and_new_dates_lie_ahead(
    act: Act, clock: FixedClock, phase: Phase, days: int | None, error: type[errors.DateRefused]
) -> None:
    round = make_round("proposing", clock)
    new = None if days is None else dates_of(round)[phase] + days * DAY

    with pytest.raises(error) as refused:
        service.set_dates(round, dates={phase: new}, reason=REASON, **act)

    assert refused.value.field == phase


def test_the_checklist_says_what_is_missing_and_publishing_names_it(act: Act) -> None:
    round = service.create_round(title="Together", **act)
    service.describe_round(round, purpose="Warm places", **act)

    states = {part.key: part.status(round).value for part in checklist.PARTS}
    with pytest.raises(errors.SetupIncomplete) as refused:
        service.publish_round(round, **act)

    assert states == dict.fromkeys(states, "to_do") | {"purpose": "in_progress"}
    assert len(refused.value.missing) == 10
    assert "Dates" in str(refused.value)
    assert round.published_at is None


def test_one_unticked_fair_consultation_box_keeps_the_round_from_the_public(act: Act, clock: FixedClock) -> None:
    ticks = dict.fromkeys(("early", "reasons", "time"), True)
    round = make_round("draft", clock, fair_checks=ticks)

    with pytest.raises(errors.SetupIncomplete) as refused:
        service.publish_round(round, **act)

    assert [str(name) for name in refused.value.missing] == ["Fair consultation check"]


def test_publish_round_makes_it_public_once(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)

    service.publish_round(round, **act)
    with pytest.raises(errors.AlreadyPublished):
        service.publish_round(round, **act)

    assert round.published_at == clock.at
    assert kinds(round)[-1] == "round.published"


def test_publish_round_after_its_vote_would_be_over_is_refused(act: Act, clock: FixedClock) -> None:
    round = make_round("draft", clock)

    with pytest.raises(errors.VotingAlreadyOver):
        service.publish_round(round, by=OFFICER, now=dates_of(round)[Phase.COUNTING])


def test_hold_and_release_are_recorded_with_their_reasons(act: Act, clock: FixedClock) -> None:
    round = make_round("proposing", clock)

    service.hold(round, reason=REASON, **act)
    much_later = clock.at + timedelta(days=STARTS[Phase.VALUATING])
    assert phase_of(round, much_later) is Phase.PROPOSING
    with pytest.raises(errors.AlreadyHeld):
        service.hold(round, reason=REASON, **act)

    service.release(round, reason="The hall is dry again.", by=OFFICER, now=much_later)

    assert phase_of(round, much_later) is Phase.VALUATING
    assert [(e.kind, e.reason) for e in journal.timeline_of(round.id)[:2]] == [
        ("round.released", "The hall is dry again."),
        ("round.held", REASON),
    ]
    with pytest.raises(errors.NotHeld):
        service.release(round, reason=REASON, **act)


@pytest.mark.parametrize(
    ("phase", "error"),
    [
        ("draft", errors.NotPublished),
        ("voting", errors.CannotHold),
        ("counting", errors.CannotHold),
        ("results", errors.CannotHold),
    ],
)
def test_hold_only_between_publication_and_voting(
    act: Act, clock: FixedClock, phase: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.hold(make_round(phase, clock), reason=REASON, **act)


@pytest.mark.parametrize("reason", ["", "  ", "because", "         ten"])
def test_hold_without_a_real_reason_is_refused(act: Act, clock: FixedClock, reason: str) -> None:
    round = make_round("proposing", clock)

    with pytest.raises(errors.ReasonNeeded):
        service.hold(round, reason=reason, **act)

    assert round.held_at is None


Events = Callable[..., Round]


@pytest.mark.parametrize(
    ("phase", "event", "error"),
    [
        ("valuating", service.mark_closed, errors.NotFrozen),
        ("voting", service.mark_closed, errors.VotingNotOver),
        ("counting", service.mark_closed, errors.AlreadyClosed),
        ("voting", service.mark_published, errors.NotClosed),
    ],
)
def test_events_come_in_their_order(
    act: Act, clock: FixedClock, phase: str, event: Events, error: type[Exception]
) -> None:
    with pytest.raises(error):
        event(make_round(phase, clock), **act)


def test_a_correction_keeps_the_date_of_first_publication(act: Act, clock: FixedClock) -> None:
    round = make_round("results", clock)
    first = round.results_at

    service.mark_published(round, **act, version=2)

    assert round.results_at == first
    assert kinds(round).count("results.published") == 2


@pytest.mark.parametrize(("phase", "error"), [("counting", errors.NoResultsYet), ("closed", errors.AlreadyEnded)])
def test_a_round_ends_once_and_after_its_results(
    act: Act, clock: FixedClock, phase: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.end_round(make_round(phase, clock), reason="All promises were kept.", **act)


def test_the_whole_life_of_a_round_stands_in_the_record(app: Flask, clock: FixedClock) -> None:
    round = make_round("closed", clock)

    assert kinds(round) == [
        "round.created",
        "round.described",
        "voters.set",
        "pots.set",
        "ballot.set",
        "dates.set",
        "round.published",
        "ballot.frozen",
        "voting.closed",
        "results.published",
        "round.ended",
    ]
    assert verify(journal.whole_chain()) is None


@pytest.mark.parametrize(
    "phase", ["draft", "informing", "proposing", "reviewing", "valuating", "frozen", "voting", "counting", "results"]
)
def test_make_round_stands_in_the_phase_asked_for(app: Flask, clock: FixedClock, phase: str) -> None:
    assert phase_of(make_round(phase, clock), clock.at) == phase
