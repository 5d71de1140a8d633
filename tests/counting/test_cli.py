"""The commands: what they print, and their exit codes."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys

import pytest

from pb.counting import cli
from tests.counting.data import ROOT
from tests.counting.test_check import GOOD, POINTS


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.pb"
    path.write_text(GOOD)
    return path


def test_recount_prints_one_json_object(path, capsys):
    assert cli.main(["recount", str(path), "--rule", "equal-shares", "--json"]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("seconds") >= 0
    assert printed == {
        "rule": "equal-shares",
        "completion": "none",
        "utility": "cost",
        "ties": "lexicographic",
        "budget": "100",
        "spent": "60",
        "funded": ["a"],
        "endowment": "50/1",
        "ties_met": [],
    }


def test_recount_prints_steps_and_explains(path, capsys):
    assert cli.main(["recount", str(path), "--steps", "--explain", "b"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "1 projects funded, 60 of 100 spent",
        "  a  60  ",
        "1. fund a: costs 60, picked by 2, 30.00 each, 40 left",
        "b: not funded: shares_already_used; costs 50, picked by 1",
        "  available 20 after step 1",
        "  30 to a",
        "  effective support 100%",
        "  would be funded with 2 more supporters or at a cost of 20",
    ]


def test_recount_explains_a_winner(path, capsys):
    assert cli.main(["recount", str(path), "--explain", "a"]) == 0

    assert capsys.readouterr().out.splitlines()[-3:] == [
        "a: funded in step 1",
        "  effective support 167%",
        "  its supporters paid 60 for a",
    ]


def test_recount_says_what_tied(path, capsys):
    path.write_text(GOOD.replace("2;a\n", "2;b,a\n").replace("a;60", "a;55").replace("b;50", "b;55"))

    cli.main(["recount", str(path), "--steps", "--explain", "b"])

    assert "tie in step 1 between a, b: a by lexicographic" in capsys.readouterr().out


def test_recount_by_threshold_reads_it_from_the_file(path, capsys):
    path.write_text(GOOD.replace("max_length;2", "min_project_score_threshold;2").replace("a;60", "a;40"))

    assert cli.main(["recount", str(path), "--rule", "greedy-threshold", "--json", "--explain", "b"]) == 0

    assert "b: not funded: below_floor" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["--rule", "dictator"], ["--ties", "dice"], ["--utility", "points"], ["--completion", "x"], ["--explain", "z"]],
)
def test_wrong_usage_is_exit_code_2(path, capsys, arguments):
    assert cli.main(["recount", str(path), *arguments]) == 2
    assert capsys.readouterr().err


def test_a_file_that_cannot_be_counted_is_exit_code_3_with_its_line(path, capsys):
    path.write_text(GOOD.replace("2;a\n", "2;z\n"))

    assert cli.main(["recount", str(path)]) == 3

    assert capsys.readouterr().err == f"{path}:23: a ballot names 'z', which is not among the PROJECTS\n"


def test_a_missing_file_and_a_refused_tie_are_exit_code_3(path, capsys):
    assert cli.main(["recount", "nowhere.pb"]) == 3
    path.write_text(GOOD.replace("2;a\n", "2;b,a\n").replace("a;60", "a;55").replace("b;50", "b;55"))
    assert cli.main(["recount", str(path), "--ties", "refuse"]) == 3

    assert "tied" in capsys.readouterr().err


def test_recount_explains_a_withdrawn_project_by_that_alone(path, capsys):
    path.write_text(GOOD.replace("b;50", "b;999999999"))

    assert cli.main(["recount", str(path), "--explain", "b"]) == 0

    last = capsys.readouterr().out.splitlines()[-2:]
    assert (last[0].partition(";")[0], last[1]) == ("b: not funded: withdrawn", "  effective support 0%")


def test_the_package_is_a_command(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["pb.counting", "check", str(path)])

    with pytest.raises(SystemExit) as end:
        runpy.run_module("pb.counting", run_name="__main__")

    assert (end.value.code, capsys.readouterr().out) == (0, "0 errors, 0 warnings\n")


def test_check_prints_findings_and_says_by_its_exit_code_if_there_are_errors(path, capsys):
    assert cli.main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"

    path.write_text(POINTS.replace("a;60;5", "a;60;4"))
    assert cli.main(["check", str(path)]) == 3
    assert capsys.readouterr().out.startswith(f"{path}:20: error: the project 'a' says score 4")


@pytest.mark.parametrize("rule", [["--completion", "add1"], ["--rule", "maximin-support"]])
def test_long_counts_say_how_far_they_are(path, capsys, monkeypatch, rule):
    monkeypatch.setattr(cli, "SECONDS_OF_SILENCE", -1)

    assert cli.main(["recount", str(path), *rule]) == 0

    assert "trying shares of" in capsys.readouterr().err


def test_short_counts_say_nothing_of_how_far_they_are(path, capsys):
    assert cli.main(["recount", str(path), "--completion", "add1"]) == 0

    assert capsys.readouterr().err == ""


def test_the_module_runs_without_web_code_or_scipy(path):
    code = (
        "import sys, pb.counting, pb.counting.cli as c; c.main(['recount', sys.argv[1]]);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'flask', 'sqlalchemy', 'scipy', 'werkzeug'}))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"

    run = subprocess.run([sys.executable, "-m", "pb.counting", "recount", str(path)], cwd=ROOT, capture_output=True)
    assert run.returncode == 0
