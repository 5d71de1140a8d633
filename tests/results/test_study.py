"""Counting the same ballots other ways, and explaining each project: kept once, never part of the result."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from pb.core.db import db, session
from pb.core.money import Money
from pb.counting import Approval, Election, Project, count, read_pb, tie_rule
from pb.results import errors, jobs, queries, study, tally, ways
from pb.results.models import Explanation
from pb.results.ways import Way
from pb.rounds.models import Round
from pb.rounds.service import PotPlan
from pb.voting.models import Ballot
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.results import counted_round, published_round, studied_round

TIGHT = [["B01", "B02"]] * 30 + [["B02"]] * 20 + [["B03"]] * 40
SMALL = (PotPlan("The pot", Money(20_000_00), "council"),)
"""With a pot of £20,000 for projects at £9,000, £10,000 and £11,000: not all can be funded."""


def test_study_counts_the_same_ballots_every_usual_way(app: Flask, clock: FixedClock) -> None:
    round = studied_round(clock, TIGHT, pots=SMALL)

    made = queries.comparisons(round.id)

    (official,) = queries.official_counts(round.id)
    assert [(c.rule, c.completion) for c in made] == [(w.rule, w.completion) for w in ways.USUAL]
    assert {c.ballots_sha256 for c in made} == {official.ballots_sha256}
    assert made[0].outcome_json == official.outcome_json


def test_each_way_equals_the_engine_asked_directly(app: Flask, clock: FixedClock) -> None:
    round = studied_round(clock, TIGHT, pots=SMALL)
    election = Election(
        [Project(f"B0{n}", cost) for n, cost in enumerate((9_000_00, 10_000_00, 11_000_00), start=1)],
        [(Approval({"B01", "B02"}), 30), (Approval({"B02"}), 20), (Approval({"B03"}), 40)],
        20_000_00,
    )

    for made in queries.comparisons(round.id):
        outcome = tally.outcome_of(made.outcome_json)
        completion = made.completion if made.rule == "equal-shares" else None
        assert count(election, rule=made.rule, ties=tie_rule(outcome.ties), completion=completion) == outcome
        reached = (
            0
            if not outcome.funded
            else sum(people for ballot, people in election.groups() if set(ballot.values()) & set(outcome.funded))
        )
        assert (made.facts["with_a_funded_pick"], made.facts["with_none"]) == (reached, 90 - reached)
        assert made.facts["spent"] == outcome.spent


def test_every_change_is_confirmed_by_counting_again(app: Flask, clock: FixedClock) -> None:
    round = studied_round(clock, TIGHT, pots=SMALL)
    subject = study.subjects_of(session().get_one(Round, round.id))[0]
    election = tally.election_of(subject.task)

    found = {row.code: row.changes for row in queries.explanations(subject.count_id) if row.changes}

    extra = {code: told["extra_supporters"]["amount"] for code, told in found.items() if told["extra_supporters"]}
    costs = {code: told["largest_cost"]["amount"] for code, told in found.items() if told["largest_cost"]}
    assert extra
    for code, more in extra.items():
        assert funds(subject.task, election, code, extra=more)
        assert not funds(subject.task, election, code, extra=more - 1)
    for code, cost in costs.items():
        assert funds(subject.task, election, code, cost=cost)
        assert not funds(subject.task, election, code, cost=cost + 1)


def funds(task: tally.Task, election: Election, code: str, *, extra: int = 0, cost: int | None = None) -> bool:
    """Whether the project is funded with more voters who pick only it, or at another cost. Made from scratch."""
    projects = [Project(p.id, p.cost if p.id != code or cost is None else cost) for p in election.projects]
    ballots = [*election.groups(), *([(Approval({code}), extra)] if extra else [])]
    changed = Election(projects, ballots, task.amount)
    return code in count(changed, rule=task.rule, ties=tie_rule(task.ties), completion=task.completion).funded


def test_the_money_of_supporters_adds_up(app: Flask, clock: FixedClock) -> None:
    round = studied_round(clock, TIGHT, pots=SMALL)
    (official,) = queries.official_counts(round.id)
    outcome = tally.outcome_of(official.outcome_json)

    for row in queries.explanations(official.id):
        supporters = {"B01": 30, "B02": 50, "B03": 40}[row.code]
        all_shares = (outcome.endowment or Fraction(0)) * supporters
        told = sum(paid for _code, paid in row.money["went_to"]) + row.money["kept"]
        # Each amount is rounded down by less than a penny.
        assert 0 <= all_shares - told < len(row.money["went_to"]) + 1


def test_a_study_that_was_stopped_goes_on_where_it_was(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock, TIGHT, pots=SMALL)
    told: list[int] = []

    def stop_early(done: int, _total: int) -> None:
        told.append(done)

    assert not study.study(round.id, now=clock, told=stop_early, longest=timedelta(seconds=-1))
    kept = len(queries.comparisons(round.id))
    db.session.rollback()
    assert study.study(round.id, now=clock, told=stop_early)

    assert (told[0], kept) == (1, 1)
    assert len(queries.comparisons(round.id)) == len(ways.USUAL)
    assert len(db.session.scalars(select(Explanation)).all()) == 3


def test_the_desk_knows_what_a_command_has_studied(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    assert not jobs.is_finished(queries.study_of(round.id))

    answer = app.test_cli_runner().invoke(args=["study", round.slug])

    db.session.rollback()
    assert answer.exit_code == 0
    assert jobs.is_finished(queries.study_of(round.id))


def test_a_study_of_changed_ballots_is_refused(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)
    db.session.execute(update(Ballot).where(Ballot.choices == '["B03"]').values(choices='["B01"]'))
    db.session.commit()

    with pytest.raises(errors.BallotsDiffer):
        study.study(round.id, now=clock, told=lambda _done, _total: None)


def test_a_study_leaves_what_was_certified_alone(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, TIGHT, pots=SMALL)
    before = [(c.id, c.outcome_sha256) for c in queries.official_counts(round.id)]
    db.session.rollback()

    study.study(round.id, now=clock, told=lambda _done, _total: None)

    assert [(c.id, c.outcome_sha256) for c in queries.official_counts(round.id)] == before
    assert queries.recounts(round.id) == []


def test_a_way_that_cannot_count_such_ballots_is_left_out() -> None:
    task = tally.Task(0, "points", "greedy", "none", "cost_votes_id", 100, (("A", 60), ("B", 50)), {'{"A":3,"B":1}': 2})

    election = tally.election_of(task)

    assert ways.compare(task, election, Way("phragmen"), ways.Places({}, {})) is None
    assert ways.compare(task, election, Way("max-welfare"), ways.Places({}, {})) is not None


@pytest.mark.parametrize(
    ("official", "others"),
    [
        (Way("equal-shares", "add1"), ["none", "greedy", "greedy-per-cost", "phragmen", "max-welfare"]),
        (Way("equal-shares", "none"), ["add1", "greedy", "greedy-per-cost", "phragmen", "max-welfare"]),
        (Way("equal-shares", "comparison"), ["none", "greedy", "greedy-per-cost", "phragmen", "max-welfare"]),
        (Way("greedy"), ["add1", "none", "greedy-per-cost", "phragmen", "max-welfare"]),
        (Way("greedy-threshold"), ["add1", "none", "greedy-per-cost", "phragmen", "max-welfare"]),
    ],
)
def test_the_official_way_comes_first_and_once(official: Way, others: list[str]) -> None:
    found = ways.ways_beside(official)

    assert found[0] == official
    assert [way.completion if way.rule == "equal-shares" else way.rule for way in found[1:]] == others


def test_published_comparisons_come_out(elections: Path) -> None:
    """Wieliczka published how many people got nothing: 17.8 % by Equal Shares, 27.6 % had it been by most votes."""
    election = read_pb(elections / "Poland_Wieliczka_2023_Green_Budget.pb").election
    official, votes = Way("equal-shares", "add1"), Way("greedy")
    task = tally.Task(0, "approval", "equal-shares", "add1", "cost_votes_id", election.budget_limit, (), {})

    facts = {}
    for way in (official, votes):
        made = ways.compare(task, election, way, ways.Places({}, {}))
        assert made is not None
        facts[way] = made.facts

    nothing = {way: round(Fraction(facts[way]["with_none"] * 1000, election.num_voters)) for way in facts}
    assert nothing == {official: 178, votes: 276}
    assert (facts[official]["funded"], facts[official]["spent"]) == (30, 995_079)


# -- the page


def test_the_comparison_page_says_the_same_facts_of_every_way(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, TIGHT, pots=SMALL)

    page = client.get(f"/rounds/{round.slug}/results/compare")

    assert "The official way was fixed on" in page.words
    assert "Equal Shares (official)" in page.words
    made = {(c.rule, c.completion): c for c in queries.comparisons(round.id)}
    greedy = made["greedy", "none"]
    percent = greedy.facts["with_a_funded_pick"] * 100 // 90
    assert f"Most votes {percent}%" in page.words
    for term in ("Projects funded", "Money spent", "People with none", "Cheapest funded", "Groups left short"):
        assert term in page.words


def test_before_the_study_the_page_says_so(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)

    page = client.get(f"/rounds/{round.slug}/results/compare")

    assert "Not counted other ways yet" in page.words


def test_few_people_are_not_shown(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, [["B01"]] * 60 + [["B02"]] * 4)

    page = client.get(f"/rounds/{round.slug}/results/compare")
    data = json.loads(client.get(f"/rounds/{round.slug}/results/compare.json").html)

    assert "not shown" in page.words
    assert {way["people_with_none"] for pot in data["pots"] for way in pot["ways"]} <= {0, None}
