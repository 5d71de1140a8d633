"""Nothing that results publish tells of fewer than ten people (C24), and no cell is a formula (C35).

Totals of each project and of each pot are always published (security.md 4.6, P1) and are left out of the search.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pb.core.db import db
from pb.core.money import Money
from pb.counting import Outcome
from pb.results import exports, queries
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan, PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.results import studied_round, turn_out
from tests.support.rounds import make_ward

CONTESTS = int(os.environ.get("CONTESTS", "3"))
"""How many random small contests are searched; many more before a release."""

PEOPLE = re.compile(r"(?<![\d,£.])([1-9]) (?:people|person|voters|voter)\b(?! (?:picked|gave|ranked))")
CHANGES = re.compile(r"funded with [\d,]+ more (?:people|person)|by two people|Two (?:different )?people")
PEOPLE_KEYS = {"people_with_a_funded_pick", "people_with_none", "spent_up", "voters_left_short", "with_none"}


def small_contest(client: StrictClient, clock: FixedClock, seed: int) -> Round:
    """A contest with few voters, odd minorities, and turnout in small groups."""
    chance = random.Random(seed)
    voters = chance.choice([12, 27, 61, 140])
    codes = [f"B{n:02d}" for n in range(1, 7)]
    liked = {code: chance.random() for code in codes}
    ballots = [sorted(code for code in codes if chance.random() < liked[code]) for _ in range(voters)]
    plan = chance.choice([BallotPlan(), BallotPlan(completion="none"), BallotPlan(rule="greedy", completion="none")])
    pots = (PotPlan("The pot", Money(chance.choice([15, 25, 40]) * 1_000_00), "council"),)
    round = studied_round(clock, ballots, title=f"Small {seed}", projects=6, plan=plan, pots=pots)
    wards = [make_ward(f"Ward {seed} {n}") for n in range(3)]
    cuts = sorted(chance.randint(0, voters) for _ in range(2))
    parts = (cuts[0], cuts[1] - cuts[0], voters - cuts[1])
    turn_out(round, web={ward.id: part for ward, part in zip(wards, parts, strict=True) if part})
    return round


@pytest.mark.parametrize("seed", range(CONTESTS))
def test_no_page_or_file_tells_of_a_handful_of_people(client: StrictClient, clock: FixedClock, seed: int) -> None:
    round = small_contest(client, clock, seed)
    here = f"/rounds/{round.slug}/results"
    codes = [project.code for project in queries.projects_of(round.id)]

    for path in ("", "/compare", "/rounds", *(f"/{code}" for code in codes)):
        words = CHANGES.sub("", client.get(f"{here}{path}").words)
        assert PEOPLE.findall(words) == [], path
    for path in ("/compare.json", "/rounds.json", ".json"):
        for key, value in walk(json.loads(client.get(f"{here}{path}").html)):
            assert not (key in PEOPLE_KEYS and isinstance(value, int) and 0 < value < 10), (path, key, value)


def walk(data: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document with the key it stands under."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from walk(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from walk(value, key)
    else:
        yield key, data


@pytest.mark.parametrize("seed", range(CONTESTS))
def test_sums_of_money_are_of_ten_people_at_least(client: StrictClient, clock: FixedClock, seed: int) -> None:
    round = small_contest(client, clock, seed)

    data = json.loads(client.get(f"/rounds/{round.slug}/results.json").html)

    (count,) = data["counts"]
    whole = Outcome.from_json(json.loads(queries.official_counts(round.id)[0].outcome_json))
    assert count["outcome_is_whole"] is False
    for loser in count["outcome"]["not_funded"]:
        if loser["reason"] != "excluded_pair" and loser["reason"] != "tie":
            assert all(paid >= 10 * (whole.endowment or 0) for _code, paid in loser["rivals"])
    assert all("spent_up" not in step for step in count["outcome"]["steps"])


def test_the_turnout_of_small_wards_cannot_be_worked_out(client: StrictClient, clock: FixedClock) -> None:
    round = studied_round(clock, [["B01"]] * 61)
    wards = [make_ward(name) for name in ("Ash", "Beech", "Cedar")]
    turn_out(round, web={wards[0].id: 43, wards[1].id: 14, wards[2].id: 4})

    page = client.get(f"/rounds/{round.slug}/results")

    assert "Ash 45" in page.words
    assert "Beech not shown" in page.words
    assert "Cedar not shown" in page.words


# -- spreadsheets

HOSTILE = [
    '=HYPERLINK("http://e","x")', "+1", "-1+cmd|' /c'!A1", "@SUM(1)", "\t=1", "\r=1", "＝1", ";=1", '"=1"', "a,=1",
]  # fmt: skip


@pytest.mark.parametrize("path", ["results.csv", "results/rounds.csv"])
def test_no_cell_is_a_formula_whatever_separator_is_used(client: StrictClient, clock: FixedClock, path: str) -> None:
    round = studied_round(clock, projects=3)
    projects = queries.projects_of(round.id)
    for start in range(0, len(HOSTILE), len(projects)):
        for project, title in zip(projects, HOSTILE[start:], strict=False):
            project.title = title
        db.session.commit()

        text = client.get(f"/rounds/{round.slug}/{path}").html

        for separator in ",;\t|":
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                assert not [cell for cell in row if cell.strip('" ')[:1] in tuple("=+@＝")]


@pytest.mark.parametrize("text", ["Tea room roof", "Trees; benches", "A - B", "50% off", "3 + 4", "mail@example.org"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert exports.safe_cell(text) == text
