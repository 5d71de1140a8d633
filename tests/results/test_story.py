"""What a project's page tells beyond its sentence: every number is in the data, and nothing is told of a few people."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from flask import Flask

from pb.core.db import db, session
from pb.core.money import Money
from pb.results import queries, study, tally
from pb.results.models import CountingJob, Explanation
from pb.results.page import results_of
from pb.results.report import PotReport
from pb.results.story import beyond_of, change_of, story_of
from pb.results.words import Say
from pb.rounds.models import Round
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.results.test_sentences import CASES, english, pot_with
from tests.support.client import StrictClient
from tests.support.results import published_round, studied_round

__all__ = ["english"]

SMALL = (PotPlan("The pot", Money(20_000_00), "council"),)
BALLOTS = [["B01", "B02"]] * 30 + [["B02"]] * 20 + [["B03"]] * 40
"""B02 (£10,000) wins; the shares of B01's 30 people go to it; B03 (£11,000) lacks shares."""


def whole(words: str) -> list[int]:
    """Pounds and people named in a text, in order; pence are cut."""
    return [int(number.replace(",", "")) for number in re.findall(r"(?<!\.)\b\d[\d,]*", words)]


def test_why_a_loser_lost_shows_money_change_and_other_ways(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, BALLOTS, pots=SMALL)
    (count,) = queries.official_counts(round.id)
    outcome = tally.outcome_of(count.outcome_json)
    loser = outcome.not_funded[0]
    told = queries.explanation(count.id, loser.project)
    assert told is not None

    page = client.get(f"/rounds/{round.slug}/results/{loser.project}")

    assert "Where its supporters’ shares went" in page.words
    assert "Left for this project" in page.words
    assert f"£{(loser.available or 0) // 100:,}" in page.words
    if told.changes and told.changes["extra_supporters"]:
        assert f"funded with {told.changes['extra_supporters']['amount']} more" in page.words
        assert "We checked by counting again." in page.words
    for made in queries.comparisons(round.id)[1:]:
        funded = "Funded" if loser.project in made.facts["codes"] else "Not funded"
        assert funded in page.words


def test_what_is_not_worked_out_yet_is_said_to_be_so(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, BALLOTS, pots=SMALL)
    (count,) = queries.official_counts(round.id)
    loser = tally.outcome_of(count.outcome_json).not_funded[0].project
    address = f"/rounds/{round.slug}/results/{loser}"

    before = client.get(address)
    job = CountingJob(round_id=round.id, purpose="study", state="running", total=9, started_at=clock(), seen_at=clock())
    db.session.add(job)
    db.session.commit()
    meanwhile = client.get(address)
    study.study(round.id, now=clock, told=lambda _done, _total: None)
    after = client.get(address)

    assert "This has not been worked out yet." in before.words
    assert "This is being worked out now" in meanwhile.words
    assert "worked out" not in after.words
    assert "What would have changed it" in after.words


def test_the_data_of_a_project_say_what_its_page_says(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, BALLOTS, pots=SMALL)
    (count,) = queries.official_counts(round.id)
    loser = tally.outcome_of(count.outcome_json).not_funded[0]

    page = client.get(f"/rounds/{round.slug}/results/{loser.project}")
    data = json.loads(client.get(f"/rounds/{round.slug}/results/{loser.project}.json").html)

    assert (data["code"], data["funded"], data["reason_code"]) == (loser.project, False, loser.reason)
    assert " ".join(data["because"]) in page.words
    assert (data["what_would_have_changed_it"] or "") in page.words
    assert [way["funded"] for way in data["other_ways"]] == [
        loser.project in made.facts["codes"] for made in queries.comparisons(round.id)[1:]
    ]


def test_the_parts_of_the_money_add_up(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, BALLOTS, pots=SMALL)
    with client.app.test_request_context():
        results = results_of(session().get_one(Round, round.id))
        assert results is not None
        (report,) = results.whole.pots
        for line in report.lines:
            money = story_of(results, report, line).money
            assert money is not None
            parts = sum(whole(bar.words)[0] for bar in money.bars)
            # Pence are cut from each part.
            assert 0 <= whole(money.lead)[2] - parts <= len(money.bars)
            assert sum(bar.width for bar in money.bars) <= 100


def test_before_the_study_nothing_is_claimed(english: None) -> None:
    line = pot_with(CASES[2]).line("H03")
    assert line is not None

    assert change_of(line, None, Say("GBP", "approval")) == ""
    assert change_of(line, Explanation(changes=None), Say("GBP", "approval")) == ""


def test_what_would_have_changed_it_in_words(english: None) -> None:
    line = pot_with(CASES[2]).line("H03")
    assert line is not None
    both = {"extra_supporters": {"amount": 12, "proved": True}, "largest_cost": {"amount": 28_800_00, "proved": True}}

    words = [
        change_of(line, Explanation(changes=both | less), Say("GBP", "approval")) for less in ({}, MORE, LESS, NONE)
    ]

    assert words == [
        (
            "It would have been funded with 12 more people picking it and nothing else. "
            "Or at a cost of £28,800, which is £1,200 lower."
        ),
        "It would have been funded at a cost of £28,800, which is £1,200 lower.",
        "It would have been funded with 12 more people picking it and nothing else.",
        "We looked for a number of supporters or a lower cost that would have changed it, and found none.",
    ]


def test_why_the_money_missing_is_not_the_whole_answer(english: None) -> None:
    pot = pot_with(CASES[2])
    line = pot.line("H03")
    assert line is not None
    assert line.short_by == 1_200_00
    costs = {"extra_supporters": None, "largest_cost": {"amount": 28_800_00, "proved": True}}
    lower = costs | {"largest_cost": {"amount": 26_000_00, "proved": True}}
    rise = {"rise": {"share": 51_00, "spent": 62_000_00}}

    def words(changes: dict[str, Any], money: dict[str, Any]) -> str:
        return beyond_of(line, pot, Explanation(changes=changes, money=money), Say("GBP", "approval"))

    assert words(lower, rise) == (
        "A share of £51 each would have paid for it as well. But then the funded projects would have cost £62,000 "
        "in all, which is more than the pot of £60,000. So shares stayed at £50."
    )
    assert words(lower, {"rise": None}) == (
        "To lower its cost by the £1,200 that was missing would not have been enough: "
        "with another cost the whole count goes another way."
    )
    assert [words(costs, {}), words(NONE, {}), beyond_of(line, pot, None, Say("GBP", "approval"))] == ["", "", ""]


MORE, LESS = {"extra_supporters": None}, {"largest_cost": None}
NONE = MORE | LESS


def test_where_the_shares_of_a_few_people_went_is_not_told(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, [["B01", "B02"]] * 9 + [["B02"]] * 40 + [["B03"]] * 40, pots=SMALL)

    page = client.get(f"/rounds/{round.slug}/results/B01")

    assert "Where its supporters’ shares went" not in page.words
    assert "(B02), and their shares" not in page.words


def test_effective_support_is_the_engines(app: Flask, clock: FixedClock) -> None:
    round = studied_round(clock, BALLOTS, pots=SMALL)
    (subject,) = study.subjects_of(session().get_one(Round, round.id))
    with app.test_request_context():
        from pb.results.sentences import effective_support

        results = results_of(session().get_one(Round, round.id))
        assert results is not None
        report: PotReport = results.whole.pots[0]
        for line in report.lines:
            told = queries.explanation(subject.count_id, line.code)
            assert told is not None
            assert effective_support(line, report) == int(Fraction(told.money["effective_support"]) * 100)
