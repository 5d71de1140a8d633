"""The frozen ballot: what is promised to voters, byte for byte, and the lot for ties."""

from __future__ import annotations

import hashlib
import json
import stat
import unicodedata
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from pb.core.db import committed, db
from pb.core.money import Money
from pb.journal import queries as journal
from pb.rounds import errors, freezing, service
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of
from pb.rounds.queries import projects_of
from pb.rounds.service import BallotLine, BallotPlan, PotPlan
from tests.conftest import FixedClock
from tests.support.rounds import OFFICER, make_projects, make_round

REASON = "The hall was flooded in the storm."


def line(round: Round, code: str = "B01", cost: int = 5_000_00, **more: Any) -> BallotLine:
    return BallotLine(code=code, title="Café roof", cost=Money(cost), pot_id=round.pots[0].id, **more)


def lot_of(app: Flask, round: Round) -> Path:
    return Path(app.extensions["settings"].data_dir) / "lots" / f"{round.slug}.lot"


def test_freeze_ballot_writes_projects_and_the_hash_of_its_text(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)

    service.freeze_ballot(round, lines=[line(round, "B02"), line(round, "B01")], by=OFFICER, now=clock.at)

    assert [project.code for project in projects_of(round.id)] == ["B01", "B02"]
    assert round.frozen_json is not None
    assert round.frozen_sha256 == hashlib.sha256(round.frozen_json.encode()).hexdigest()
    entry = journal.timeline_of(round.id)[0]
    assert (entry.kind, entry.facts["projects"], entry.facts["sha256"]) == ("ballot.frozen", 2, round.frozen_sha256)


def test_the_frozen_text_says_all_that_voters_are_promised(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    dates = dates_of(round)

    service.freeze_ballot(round, lines=[line(round)], by=OFFICER, now=clock.at)

    promise = json.loads(round.frozen_json or "")
    commitment = hashlib.sha256(lot_of(app, round).read_bytes()).hexdigest()
    assert promise == {
        "round": round.slug,
        "title": round.title,
        "kind": "fund",
        "who_may_vote": {"words": round.who_may_vote, "minimum_age": 11, "wards": []},
        "ballot": {"kind": "approval", "max_picks": 10, "min_picks": 0},
        "count": {"rule": "equal-shares", "completion": "add1"},
        "ties": {"rule": "cost_votes_lot", "commitment": commitment},
        "identity_rung": 1,
        "channel_rule": "first",
        "seal_mode": "S1",
        "voting": {
            "opens_at": dates[Phase.VOTING].isoformat(),
            "closes_at": dates[Phase.COUNTING].isoformat(),
            "grace_s": 120,
        },
        "pots": [{"name": "The Together pot", "pence": 60_000_00, "ward": None}],
        "projects": [{"code": "B01", "title": "Café roof", "summary": "", "pence": 500000, "pot": "The Together pot"}],
    }


def test_canonical_json_is_one_text_for_one_meaning() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")

    text = freezing.canonical_json({"b": [1, True, None], "a": decomposed})

    assert text == '{"a":"Café","b":[1,true,null]}'
    with pytest.raises(TypeError):
        freezing.canonical_json({"share": 0.5})


def test_the_lot_stays_secret_until_voting_is_closed(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    file = lot_of(app, round)

    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert file.read_text() not in (round.frozen_json or "")
    with pytest.raises(errors.VotingNotOver):
        freezing.tie_seed(round)

    service.mark_closed(round, by=OFFICER, now=dates_of(round)[Phase.COUNTING])

    seed = freezing.tie_seed(round)
    assert seed == file.read_text()
    assert len(seed) == 64


def test_a_changed_lot_is_found_out(app: Flask, clock: FixedClock) -> None:
    round = make_round("counting", clock, title="Changed lot")
    file = lot_of(app, round)
    file.unlink()
    file.write_text("0" * 64)

    with pytest.raises(freezing.BrokenLot):
        freezing.tie_seed(round)

    file.unlink()


def test_a_tie_rule_without_lot_needs_no_seed(app: Flask, clock: FixedClock) -> None:
    round = make_round("counting", clock, title="No lot", plan=BallotPlan(tie_rule="cost_votes_id"))

    assert freezing.tie_seed(round) is None
    assert not lot_of(app, round).exists()


def test_freezing_twice_is_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("frozen", clock)

    with pytest.raises(errors.FrozenRound):
        make_projects(round, now=clock.at)

    assert len(projects_of(round.id)) == 3


@pytest.mark.parametrize(
    ("phase", "error"),
    [
        ("draft", errors.NotPublished),
        ("informing", errors.ProposingNotOver),
        ("proposing", errors.ProposingNotOver),
        ("voting", errors.FrozenRound),
    ],
)
def test_the_ballot_is_frozen_only_between_proposing_and_voting(
    app: Flask, clock: FixedClock, phase: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        make_projects(make_round(phase, clock), now=clock.at)


def test_a_freeze_after_the_end_of_voting_is_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)

    with pytest.raises(errors.TooLateToFreeze):
        make_projects(round, now=dates_of(round)[Phase.COUNTING])


def test_a_held_round_is_not_frozen(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    service.hold(round, reason=REASON, by=OFFICER, now=clock.at)

    with pytest.raises(errors.RoundHeld):
        make_projects(round, now=clock.at)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ([{}, {}], errors.CodeTwice, "Two projects have the code B01."),
        ([{"cost": 0}], errors.LineWithoutCost, "Project B01 has no cost."),
        ([{"cost": 60_000_01}], errors.LineOverPot, "Project B01 costs more than its whole pot."),
    ],
)
def test_wrong_lines_are_refused_by_their_code(
    app: Flask, clock: FixedClock, changes: list[dict[str, Any]], error: type[Exception], words: str
) -> None:
    round = make_round("valuating", clock)

    with pytest.raises(error) as refused:
        service.freeze_ballot(round, lines=[line(round, **one) for one in changes], by=OFFICER, now=clock.at)

    assert str(refused.value) == words


def test_a_project_that_costs_exactly_the_pot_is_welcome(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)

    service.freeze_ballot(round, lines=[line(round, cost=60_000_00)], by=OFFICER, now=clock.at)

    assert round.frozen_at == clock.at


def test_an_empty_ballot_and_a_strange_pot_are_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    elsewhere = BallotLine(code="B01", title="x", cost=Money(1), pot_id=10**9)

    with pytest.raises(errors.EmptyBallot):
        service.freeze_ballot(round, lines=[], by=OFFICER, now=clock.at)
    with pytest.raises(errors.LineInAnotherPot):
        service.freeze_ballot(round, lines=[elsewhere], by=OFFICER, now=clock.at)


def test_after_the_freeze_nothing_that_was_promised_changes(app: Flask, clock: FixedClock) -> None:
    round = make_round("frozen", clock)
    act: dict[str, Any] = {"by": OFFICER, "now": clock.at, "reason": REASON}
    before = (round.frozen_json, round.rule, [pot.amount for pot in round.pots], dates_of(round))

    for change in (
        lambda: service.set_pots(round, pots=[PotPlan("More", Money(1))], **act),
        lambda: service.set_ballot(round, plan=BallotPlan(rule="greedy", completion="none"), **act),
        lambda: service.set_dates(round, dates={Phase.COUNTING: before[3][Phase.RESULTS]}, **act),
        lambda: service.set_voters(round, words="Only us", minimum_age=11, **act),
        lambda: service.describe_round(round, title="Another", **act),
    ):
        with pytest.raises(errors.FrozenRound):
            change()

    assert (round.frozen_json, round.rule, [pot.amount for pot in round.pots], dates_of(round)) == before


def test_after_the_freeze_other_words_change_with_a_reason(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)

    service.describe_round(round, facilitator="Bee, community team", reason=REASON, by=OFFICER, now=clock.at)
    announced = dates_of(round)[Phase.RESULTS]
    service.set_dates(round, dates={Phase.RESULTS: announced.replace(hour=23)}, reason=REASON, by=OFFICER, now=clock.at)

    assert round.facilitator == "Bee, community team"
    assert dates_of(round)[Phase.RESULTS].hour == 23


def test_two_officers_freezing_at_once_make_one_ballot(app: Flask, clock: FixedClock) -> None:
    made = make_round("valuating", clock)
    start, answers = Barrier(2), []

    def freeze() -> None:
        with app.app_context():
            try:
                start.wait()
                with committed() as session:
                    round = session.get(Round, made.id)
                    assert round is not None
                    make_projects(round, now=clock.at)
                answers.append("frozen")
            except Exception as error:
                answers.append(type(error).__name__)
            finally:
                db.session.remove()

    identifier = made.id
    db.session.expunge_all()
    db.session.rollback()
    made = Round(id=identifier)
    senders = [Thread(target=freeze) for _ in range(2)]
    [sender.start() for sender in senders]
    [sender.join() for sender in senders]

    assert sorted(answers) == ["FrozenRound", "frozen"]
    assert len(projects_of(identifier)) == 3
