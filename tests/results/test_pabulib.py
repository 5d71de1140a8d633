"""Finished rounds out of public files: what is kept, counted, refused. Real files too where there are some."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.actor import SYSTEM
from pb.core.db import db
from pb.counting import Outcome
from pb.journal.models import JournalEntry
from pb.results import pabulib, queries, tally
from pb.results.errors import ImportRefused
from pb.results.models import Count, Publication
from pb.results.pabulib import Wish
from pb.rounds.models import Phase, Project, Round
from pb.rounds.phases import phase_of
from pb.voting.models import Ballot
from tests.support.client import StrictClient

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
FILE = """META
key;value
description;Municipal PB in Łódź
country;Poland
unit;Łódź
instance;2022
num_projects;4
num_votes;5
budget;100.50
vote_type;approval
rule;greedy
date_begin;07.10.2022
date_end;31.10.2022
language;pl
currency;PLN
PROJECTS
project_id;cost;votes;name;category;selected
A/1;60;4;Ławki;parks,safety;1
B-2;50.50;3;=Drzewa;parks;0
C 3;40;2;"Światła ""na"" kanale";;1
D4;999999999;1;Withdrawn;;0
VOTES
voter_id;vote
1;A/1,B-2
2;A/1,B-2,C 3
3;A/1,C 3
4;B-2,D4
5;A/1,A/1
"""


def write(tmp_path: Path, text: str = FILE, name: str = "Poland_Lodz_2022.pb") -> pabulib.Source:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return pabulib.read(file)


def bring_in(source: pabulib.Source, wish: Wish | None = None) -> Round:
    wish = wish or Wish()
    counted = pabulib.count(source, wish)
    round = pabulib.store(source, counted, wish, by=SYSTEM, now=NOW, say=lambda _words: None)
    db.session.commit()
    return round


def test_import_makes_a_finished_round_in_the_files_own_currency(app: Flask, tmp_path: Path) -> None:
    round = bring_in(write(tmp_path))

    assert (round.slug, round.title, round.currency) == ("lodz-2022", "Łódź 2022", "PLN")
    assert phase_of(round, NOW) is Phase.CLOSED
    assert round.pots[0].amount == 100_50
    projects = db.session.scalars(select(Project).order_by(Project.code)).all()
    assert [(p.code, p.cost, p.published_votes, p.published_funded) for p in projects] == [
        ("A/1", 60_00, 4, True),
        ("B-2", 50_50, 3, False),
        ("C 3", 40_00, 2, True),
        ("D4", 99_999_999_900, 1, False),
    ]
    assert projects[3].withdrawn_at is not None


def test_import_keeps_every_ballot_in_canonical_form_and_sorted(app: Flask, tmp_path: Path) -> None:
    bring_in(write(tmp_path))

    ballots = db.session.execute(select(Ballot.n, Ballot.choices).order_by(Ballot.n)).all()
    assert ballots == [
        (1, '["A/1","B-2","C 3"]'),
        (2, '["A/1","B-2"]'),
        (3, '["A/1","C 3"]'),
        (4, '["A/1"]'),
        (5, '["B-2","D4"]'),
    ]


def test_import_counts_by_the_files_rule_and_publishes_the_first_version(app: Flask, tmp_path: Path) -> None:
    round = bring_in(write(tmp_path))

    count = db.session.scalars(select(Count)).one()
    outcome = Outcome.from_json(json.loads(count.outcome_json))
    assert (count.rule, count.ballots, outcome.funded) == ("greedy", 5, ("A/1", "C 3"))
    assert outcome.reason("D4").reason == "withdrawn"
    assert count.facts == {"voters": 5, "without_picks": 0, "with_a_funded_pick": 4, "picks": 10, "left": {}}
    version = db.session.scalars(select(Publication)).one()
    assert (version.version, version.count_ids) == (1, [count.id])
    assert version.counts_sha256 == tally.together([count.outcome_sha256])
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.kind, entry.round_id) == ("round.imported", round.id)


def test_the_same_file_is_found_again_under_another_name(app: Flask, tmp_path: Path) -> None:
    round = bring_in(write(tmp_path))

    again = pabulib.found_again(write(tmp_path, name="copy.pb"))

    assert again is not None
    assert again.id == round.id


def test_import_again_replaces_the_round_under_its_address(app: Flask, tmp_path: Path) -> None:
    bring_in(write(tmp_path))

    round = bring_in(write(tmp_path), Wish(rule="equal-shares"))

    assert round.slug == "lodz-2022"
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 5
    assert db.session.scalars(select(Count.rule)).all() == ["equal-shares"]


def test_import_of_another_file_from_the_same_place_takes_the_next_address(app: Flask, tmp_path: Path) -> None:
    bring_in(write(tmp_path))

    other = bring_in(write(tmp_path, FILE.replace("budget;100.50", "budget;200")))

    assert other.slug == "lodz-2022-2"


def test_import_to_a_taken_address_is_refused(app: Flask, tmp_path: Path) -> None:
    bring_in(write(tmp_path))

    with pytest.raises(ImportRefused, match="--slug"):
        bring_in(write(tmp_path, FILE.replace("budget;100.50", "budget;200")), Wish(slug="lodz-2022"))


def test_points_and_rankings_are_counted_by_their_own_scores(app: Flask, tmp_path: Path) -> None:
    text = FILE.replace("vote_type;approval", "vote_type;cumulative").replace("voter_id;vote", "voter_id;vote;points")
    points = text.split("VOTES")[0] + "VOTES\nvoter_id;vote;points\n1;A/1,B-2;1,9\n2;B-2;5\n3;A/1;2\n"
    ranked = FILE.replace("vote_type;approval", "vote_type;ordinal").split("VOTES")[0] + "VOTES\nvoter_id;vote\n"

    bring_in(write(tmp_path, points), Wish(slug="points"))
    bring_in(write(tmp_path, ranked + "1;B-2,A/1\n2;B-2,C 3\n3;A/1\n"), Wish(slug="ranked"))

    by_points, by_rank = db.session.scalars(select(Count).order_by(Count.id)).all()
    assert by_points.facts["scores"] == {"A/1": 3, "B-2": 14, "C 3": 0, "D4": 0}
    assert by_rank.facts["scores"] == {"A/1": 3, "B-2": 4, "C 3": 1, "D4": 0}
    assert json.loads(by_points.outcome_json)["funded"] == ["B-2"]
    kinds = db.session.execute(select(Round.slug, Round.ballot_kind).order_by(Round.id)).all()
    assert kinds == [("points", "points"), ("ranked", "ranking")]


def test_a_rule_that_cannot_count_the_file_is_refused(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="minimum score"):
        pabulib.count(write(tmp_path), Wish(rule="greedy-threshold"))


def test_what_is_stored_counts_to_the_same_bytes_as_the_file(app: Flask, tmp_path: Path) -> None:
    source = write(tmp_path)
    straight = pabulib.count(source, Wish(rule="equal-shares"))
    round = bring_in(source, Wish(rule="equal-shares"))

    (task,) = queries.tasks_of(round, "cost_votes_id")
    again = tally.run(task)

    count = db.session.scalars(select(Count)).one()
    assert again.outcome_json == straight.outcome_json == count.outcome_json
    assert again.outcome_sha256 == hashlib.sha256(count.outcome_json.encode()).hexdigest() == count.outcome_sha256
    lines = db.session.scalars(select(Ballot.choices).order_by(Ballot.n))
    assert count.ballots_sha256 == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_the_command_says_where_and_that_it_was_there_already(sqlite_app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "Poland_Lodz_2022.pb"
    file.write_text(FILE, encoding="utf-8")
    run = sqlite_app.test_cli_runner().invoke

    first = run(args=["import-pabulib", str(file)])
    second = run(args=["import-pabulib", str(file)])
    third = run(args=["import-pabulib", str(file), "--replace", "--title", "Another name"])

    assert first.stdout == third.stdout == "http://localhost/rounds/lodz-2022/results\n"
    assert "Storing ballots: 5 of 5" in first.stderr
    assert second.stdout.startswith("Imported already: http://localhost/rounds/lodz-2022/results.")
    assert db.session.scalars(select(Round.title)).all() == ["Another name"]


def test_the_command_names_the_line_that_is_wrong(sqlite_app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "bad.pb"
    file.write_text(FILE.replace("4;B-2,D4", "4;B-2,E9"), encoding="utf-8")

    result = sqlite_app.test_cli_runner().invoke(args=["import-pabulib", str(file)])

    assert result.exit_code == 1
    assert "bad.pb:27: a ballot names 'E9'" in result.output


def test_the_page_shows_both_winners_and_the_differences(client: StrictClient, tmp_path: Path) -> None:
    bring_in(write(tmp_path, FILE.replace("B-2;50.50;3;=Drzewa;parks;0", "B-2;50.50;3;=Drzewa;parks;1")))

    page = client.get("/rounds/lodz-2022/results")

    assert page.h1 == "Results: Łódź 2022"
    assert "PLN 100 of PLN 100.50 goes to 2 of 4 projects." in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "published as funded; not funded as we count." in page.words
    assert "Łódź, Poland; voting from 7 October 2022 to 31 October 2022." in page.words


def test_every_project_has_its_page_and_no_other(client: StrictClient, tmp_path: Path) -> None:
    bring_in(write(tmp_path))

    page = client.get("/rounds/lodz-2022/results/A/1")
    client.get("/rounds/lodz-2022/results/C 3")
    client.get("/rounds/lodz-2022/results/nothing", status=404)

    assert page.h1 == "Why was “Ławki” funded?"
    assert "It gives it 4 votes." in page.words


SMALL = {
    "Poland_Wieliczka_2023_Green_Budget": ("equal-shares", 30, 99_507_900),
    "Poland_Swiecie_2023": ("equal-shares", 17, 104_033_700),
    "Netherlands_Assen_2024": ("equal-shares", 9, 7_670_000),
    "Poland_Krakow_2024_Bienczyce": ("greedy", 6, None),
    "Poland_Katowice_2023_Dab": ("greedy-threshold", 4, None),
    "Poland_Lodz_2022_Baluty-Doly": ("greedy-threshold", 7, None),
    "Poland_Zabrze_2020_Biskupice": ("greedy", None, None),
    "Worldwide_Mechanical_Turk_Ranking_value_3": ("greedy", None, None),
    "Switzerland_Zurich_D10": ("greedy", None, None),
}


@pytest.mark.parametrize("name", SMALL)
def test_real_files_give_their_published_winners(sqlite_app: Flask, elections: Path, name: str) -> None:
    rule, winners, spent = SMALL[name]

    round = bring_in(pabulib.read(elections / f"{name}.pb"))

    count = db.session.scalars(select(Count).where(Count.round_id == round.id)).one()
    outcome = Outcome.from_json(json.loads(count.outcome_json))
    projects = db.session.scalars(select(Project).where(Project.round_id == round.id)).all()
    published = {p.code for p in projects if p.published_funded}
    assert count.rule == rule
    assert outcome.spent == spent or spent is None
    if winners is not None:
        assert set(outcome.funded) == published
        assert len(outcome.funded) == winners
