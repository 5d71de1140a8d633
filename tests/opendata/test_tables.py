"""The tables as other people's programs read them, and the dictionary that describes them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from pb.core.db import committed, session
from pb.opendata.dictionary import PUBLISHED, TABLES
from pb.opendata.queries import file_of, files_of
from pb.opendata.tables import csv_of
from pb.results.queries import publications
from pb.rounds.models import Project, Round
from pb.rounds.service import BallotPlan
from tests.conftest import FixedClock
from tests.support.opendata import MANY, SMALL_POT
from tests.support.results import certified_round, publish_certified, published_round, turn_out
from tests.support.rounds import make_ward

FORMULAS = "=1+1", "+44 1234", "-5", "@SUM(A1)", "\ttab"


@pytest.fixture
def round(sqlite_app: Flask, clock: FixedClock) -> Round:
    """With titles that a spreadsheet would run."""
    found = certified_round(clock, MANY, pots=SMALL_POT)
    ward = make_ward()
    turn_out(found, web={ward.id: 214}, paper={ward.id: 24}, assisted={ward.id: 4})
    with committed():
        session().execute(update(Project).where(Project.code == "B01").values(point="53.53110, -2.54120"))
        session().execute(
            update(Project).where(Project.code == "B02").values(title="=1+1", theme="Green, “wild”\nplaces")
        )
    return session().merge(publish_certified(found, clock))


def files_into(folder: Path, round: Round, version: int = 1) -> Path:
    publication = next(p for p in publications(round.id) if p.version == version)
    for file in files_of(publication.id):
        (folder / file.name).write_bytes(file.content)
    return folder


def rows(round: Round, table: str) -> list[dict[str, str]]:
    text = file_of(round.id, 1, f"{table}.csv").content.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves files open, not we
def test_frictionless_validates_the_package(round: Round, tmp_path: Path) -> None:
    from frictionless import validate

    found = validate(str(files_into(tmp_path, round) / "datapackage.json"))

    assert found.valid, found.flatten(["title", "message"])
    assert {task.name for task in found.tasks} >= {"projects", "results", "turnout", "ballots"}


def test_every_field_is_in_the_dictionary_and_the_reverse(round: Round) -> None:
    for table in PUBLISHED:
        header = file_of(round.id, 1, table.file).content.decode().split("\r\n")[0].split(",")
        assert header == table.columns
        filled = {name for row in rows(round, table.name) for name, value in row.items() if value}
        assert {field.name for field in table.fields if field.required} <= filled


def test_the_package_describes_every_file_with_its_hash(round: Round) -> None:
    listed = {file.name: file for file in files_of(publications(round.id)[0].id)}
    package = json.loads(listed["datapackage.json"].content)

    described = {resource["path"]: resource for resource in package["resources"]}

    assert described.keys() == listed.keys() - {"datapackage.json", "MANIFEST.txt"}
    assert all(resource["hash"] == f"sha256:{listed[path].sha256}" for path, resource in described.items())
    assert all(resource["description"] for resource in described.values())
    manifest = dict(line.split("  ")[::-1] for line in listed["MANIFEST.txt"].content.decode().splitlines())
    assert manifest == {name: file.sha256 for name, file in listed.items() if name != "MANIFEST.txt"}


def test_no_cell_runs_as_a_formula(round: Round) -> None:
    everything = [value for table in PUBLISHED for row in rows(round, table.name) for value in row.values()]

    assert "'=1+1" in everything
    text = [value for value in everything if not re.fullmatch(r"-\d+(\.\d+)?", value)]  # a number is no formula
    assert [value for value in text if value[:1] in ("=", "+", "-", "@", "\t", "\r")] == []


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_guard_is_for_every_kind_of_formula(formula: str) -> None:
    text = csv_of(TABLES["ballots"], [{"pot": formula, "ballot_no": 1, "project_codes": "B01"}])

    assert next(csv.reader(io.StringIO(text.split("\r\n", 1)[1], newline="")))[0] == f"'{formula}"


def test_a_column_outside_the_dictionary_is_refused() -> None:
    with pytest.raises(ValueError, match="voted_at"):
        csv_of(TABLES["ballots"], [{"pot": "a", "voted_at": "noon"}])


def test_results_say_why_in_numbers_of_the_count(round: Round) -> None:
    found = {row["code"]: row for row in rows(round, "results")}

    assert {code: row["reason_code"] for code, row in found.items() if row["is_funded"] == "true"} == {
        "B01": "funded",
        "B02": "funded",
    }
    assert (found["B03"]["picks"], found["B03"]["is_funded"], found["B03"]["order_funded"]) == ("110", "false", "")


def test_groups_under_ten_and_what_gives_them_away_are_hidden(round: Round) -> None:
    found = {(row["group_by"], row["group"]): (row["ballots"], row["is_hidden"]) for row in rows(round, "turnout")}

    assert found["channel", "assisted"] == ("", "true")
    assert found["channel", "paper"] == ("", "true"), "the total would give the hidden one away"
    assert found["channel", "web"] == ("214", "false")
    assert found["all", "all"] == ("242", "false")
    assert [ballots for (by, _group), (ballots, _hidden) in found.items() if by == "ward"] == ["240"]


def test_the_pabulib_checker_passes_what_we_write(sqlite_app: Flask, clock: FixedClock, tmp_path: Path) -> None:
    from pabulib.checker import Checker

    ballots = [["B01", "B02"]] * 130 + [["B02", "B03"]] * 70 + [["B01", "B02", "B03"]] * 40
    round = certified_round(clock, ballots, pots=SMALL_POT)
    with committed():
        session().execute(update(Project).where(Project.code == "B01").values(point="53.53110, -2.54120"))
    publish_certified(round, clock)

    found: dict[str, Any] = Checker().process_files([str(files_into(tmp_path, round) / "pot-1.pb")])

    assert (found["metadata"]["valid"], found["metadata"]["invalid"]) == (1, 0), found
    assert found["pot-1"]["results"] == {"errors": {}, "warnings": {}}


def test_the_file_says_how_many_votes_the_pabulib_checker_will_not_take(
    sqlite_app: Flask, clock: FixedClock, tmp_path: Path
) -> None:
    from pabulib.checker import Checker

    ballots = [["B01", "B02"]] * 130 + [["B02", "B03"]] * 70 + [["B01", "B02", "B03"]] * 40 + [[]] * 3
    round = publish_certified(certified_round(clock, ballots, pots=SMALL_POT), clock)
    file = files_into(tmp_path, round) / "pot-1.pb"

    found: dict[str, Any] = Checker().process_files([str(file)])

    assert "Votes that picked nothing: 3." in file.read_text()
    errors = found["pot-1"]["results"]["errors"]
    assert {name: len(lines) for name, lines in errors.items()} == {"invalid votes field value": 3}


def test_places_are_points_where_a_proposer_gave_one(round: Round) -> None:
    """RFC 7946: longitude first, numbers, a null geometry where there is no place."""
    found = json.loads(file_of(round.id, 1, "projects.geojson").content)
    table = {row["code"]: (row["latitude"], row["longitude"]) for row in rows(round, "projects")}
    pabulib = file_of(round.id, 1, "pot-1.pb").content.decode()

    assert found["type"] == "FeatureCollection"
    geometries = {feature["id"]: feature["geometry"] for feature in found["features"]}
    assert geometries["B01"] == {"type": "Point", "coordinates": [-2.5412, 53.5311]}
    assert geometries["B02"] is None
    assert {feature["type"] for feature in found["features"]} == {"Feature"}
    assert (table["B01"], table["B02"]) == (("53.53110", "-2.54120"), ("", ""))
    assert ";53.53110;-2.54120" in pabulib


def test_pabutools_finds_the_same_winners(round: Round, tmp_path: Path) -> None:
    from pabutools.election import Cost_Sat, parse_pabulib
    from pabutools.rules import method_of_equal_shares

    instance, profile = parse_pabulib(str(files_into(tmp_path, round) / "pot-1.pb"))
    theirs = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, voter_budget_increment=1)

    ours = {row["code"] for row in rows(round, "results") if row["is_funded"] == "true"}
    assert {project.name for project in theirs} == ours


@pytest.mark.parametrize("plan", [BallotPlan(rule="greedy", completion="none"), BallotPlan()])
def test_no_file_tells_of_a_single_vote_where_ballots_are_withheld(
    sqlite_app: Flask, clock: FixedClock, plan: BallotPlan
) -> None:
    round = published_round(clock, [["B01", "B03"]] * 3 + [["B02"]] * 90, pots=SMALL_POT, plan=plan)

    files = files_of(publications(round.id)[0].id)

    assert not [file.name for file in files if "ballot" in file.name or file.name.endswith(".pb")]
    assert [file.name for file in files if b"B01,B03" in file.content or b'"B01","B03"' in file.content] == []


def test_a_ballot_has_a_number_and_choices_and_nothing_else(round: Round) -> None:
    ballots = rows(round, "ballots")

    assert set(ballots[0]) == {"pot", "ballot_no", "project_codes", "points"}
    assert [int(row["ballot_no"]) for row in ballots] == list(range(1, 243))
    choices = [row["project_codes"] for row in ballots]
    assert choices == sorted(choices)
