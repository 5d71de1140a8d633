"""The table of postcodes is taken over whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from pb.rounds.postcodes import WrongLine, set_postcodes
from pb.rounds.queries import ward_of_postcode
from tests.conftest import FixedClock
from tests.support.rounds import OFFICER, make_ward


def test_set_postcodes_replaces_the_table(app: Flask, clock: FixedClock) -> None:
    make_ward("Quay", "E05000001")
    make_ward("Hill", "E05000002")

    set_postcodes(lines=[("WN2", "E05000001"), ("WN3", "E05000001")], by=OFFICER, now=clock.at)
    set_postcodes(lines=[("WN2", "E05000002"), ("WN2 3AA", "E05000001")], by=OFFICER, now=clock.at)

    found = [ward_of_postcode(text) for text in ("WN2 1AA", "WN2 3AA", "WN3 1AA")]
    assert [ward and ward.name for ward in found] == ["Hill", "Quay", None]


@pytest.mark.parametrize("line", [("WN2", "E05999999"), ("nowhere", "E05000001"), ("wn2", "E05000001"), ("", "")])
def test_a_wrong_line_changes_nothing(app: Flask, clock: FixedClock, line: tuple[str, str]) -> None:
    make_ward("Quay", "E05000001")
    set_postcodes(lines=[("WN2", "E05000001")], by=OFFICER, now=clock.at)

    with pytest.raises(WrongLine):
        set_postcodes(lines=[("WN5", "E05000001"), line], by=OFFICER, now=clock.at)

    assert ward_of_postcode("WN2 1AA") is not None
    assert ward_of_postcode("WN5 1AA") is None


def test_the_command_reads_a_file_and_says_what_it_did(sqlite_app: Flask, tmp_path: Path) -> None:
    make_ward("Quay", "E05000001")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("wn2 3aa,E05000001\nWN2 3,E05000001\n\n")
    bad.write_text("Postcode,Ward\n")
    run = sqlite_app.test_cli_runner()

    answers = [run.invoke(args=["import-postcodes", str(file)]) for file in (good, bad)]

    assert [answer.exit_code for answer in answers] == [0, 1]
    assert answers[0].output == "2 postcodes are known now.\n"
    assert "“POSTCODE,Ward” is not a postcode" in answers[1].output
