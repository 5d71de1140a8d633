"""Bad and odd files, given to the commands as a person would: the place of what is wrong, or the right answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pb.counting import cli
from tests.counting.data import ROOT

META = "META\nkey;value\nbudget;100\nvote_type;approval\n"
PROJECTS = "PROJECTS\nproject_id;cost;name\na;60;Bench\nb;50;Trees\n"
VOTES = "VOTES\nvoter_id;vote\n1;a,b\n2;b\n"
GOOD = META + PROJECTS + VOTES
SPREADSHEET = GOOD.replace("\n", "\r\n").encode("utf-16")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "town.pb"


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", 0, "META has no budget"),
        (PROJECTS + VOTES, 5, "the section META must come before VOTES"),
        (META + VOTES, 5, "the section PROJECTS must come before VOTES"),
        (META + VOTES + PROJECTS, 5, "the section PROJECTS must come before VOTES"),
        (PROJECTS + VOTES + META, 5, "the section META must come before VOTES"),
        (META + PROJECTS, 0, "there is no section VOTES"),
        (META + PROJECTS + PROJECTS + VOTES, 9, "the section PROJECTS comes twice"),
        (META + "budget;200\n" + PROJECTS + VOTES, 5, "META says budget twice: '100' and '200'"),
        (GOOD.replace("budget;100", "budget;lots"), 3, "the budget 'lots' is not a number"),
        (GOOD.replace("budget;100", "budget;1,000,000"), 3, "the budget '1,000,000' is not a number"),
        (GOOD.replace("approval", "election"), 4, "vote_type is 'election'"),
        (GOOD.replace("60", "-60"), 7, "the cost '-60' is not an amount of money"),
        (GOOD.replace("60", "1,000"), 7, "the cost '1,000' may be thousands or parts of one"),
        (GOOD.replace("60", "1e400"), 7, "the cost '1e400' is not an amount of money"),
        (GOOD.replace("60", "1" * 5000), 7, "is not an amount of money"),
        (GOOD.replace("60", ""), 7, "the project 'a' has no cost"),
        (GOOD.replace("b;50", "a;50"), 8, "the project 'a' comes twice, first on line 7"),
        (GOOD + "3;c\n", 13, "a ballot names 'c', which is not among the PROJECTS"),
        (GOOD + "3;\0a\n", 13, "a ballot names '\\x00a', which is not among the PROJECTS"),
        (GOOD.replace("voter_id;vote\n", ""), 10, "VOTES needs a header line with vote"),
        (GOOD.encode() + b"3;\xff\n", 13, "not UTF-8 text"),
        (SPREADSHEET, 1, "not UTF-8 text"),
    ],
)
def test_what_cannot_be_counted_is_refused_at_its_place(path, capsys, content, line, problem):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    for command in ("recount", "compare"):
        assert cli.main([command, str(path)]) == 3
        said = capsys.readouterr()
        assert (said.out, said.err.splitlines()[0][: len(f"{path}:{line}: ")]) == ("", f"{path}:{line}: ")
        assert problem in said.err
    assert cli.main(["check", str(path)]) == 3
    assert f"{path}:{line}: error: " in capsys.readouterr().out


@pytest.mark.parametrize("where", ["nowhere.pb", "."])
@pytest.mark.parametrize("command", ["recount", "compare", "check"])
def test_what_is_no_file_is_refused(where, command, capsys):
    assert cli.main([command, where]) == 3
    assert capsys.readouterr().err.startswith(f"{where}:0: ")


@pytest.mark.parametrize(
    ("content", "funded"),
    [
        (GOOD, ["b"]),
        (GOOD.rstrip(), ["b"]),
        ("\ufeff" + GOOD, ["b"]),
        (META.replace("\n", "\r\n") + PROJECTS + VOTES.replace("1;a,b\n", "1;a,b\r\n"), ["b"]),
        (META + "num_votes;7\n__class__;x\n" + PROJECTS + VOTES, ["b"]),
        (GOOD + "3;\n4;\n5;\n", []),
        (GOOD + "3;b,b,b\n", ["b"]),
        (GOOD.replace("60", "0"), ["a", "b"]),
        (GOOD.replace("60", "1e6"), ["b"]),
        (GOOD.replace("60", "999999999"), ["b"]),
        (GOOD.replace("60", "59,90"), ["b"]),
        (GOOD.replace("budget;100", "budget;0"), []),
        (GOOD.replace("budget;100", "budget;49.99"), []),
        (META + PROJECTS + "VOTES\nvoter_id;vote\n", []),
        (META + "PROJECTS\nproject_id;cost\nVOTES\nvoter_id;vote\n1;\n", []),
        (META + PROJECTS + "VOTES\nvoter_id;vote\n1;a,b\n", ["a"]),
    ],
    ids=[
        *("plain", "no last newline", "BOM", "mixed line ends", "wrong count and odd key", "empty ballots"),
        *("one project three times", "cost 0", "cost 1e6", "withdrawn", "decimal comma", "budget 0", "all too dear"),
        *("nobody voted", "nothing to vote on", "one voter"),
    ],
)
def test_what_is_odd_is_counted_right(path, capsys, content, funded):
    path.write_bytes(content.encode())

    assert cli.main(["recount", str(path)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == funded
    assert lines[0].startswith(f"{len(funded)} projects funded")
    assert cli.main(["compare", str(path)]) == 0


def command_and_peak(*arguments: str) -> tuple[int, str, int]:
    """Exit code, what was printed, and the megabytes taken at most by a process of its own."""
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom pb.counting.cli import main\ncode = main(sys.argv[1:])\n"
        # The system's own peak of this process: that of getrusage begins with what its parent had.
        "print('peak', re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])\nsys.exit(code)"
    )
    run = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    *_, peak = run.stdout.splitlines()
    return run.returncode, run.stdout + run.stderr, int(peak.split()[1]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux")
@pytest.mark.parametrize("command", ["recount", "check"])
def test_a_line_of_200_megabytes_is_refused_within_256_megabytes_of_memory(path, command):
    path.write_text(META + PROJECTS + "VOTES\nvoter_id;vote\n1;a")
    os.truncate(path, 200_000_000)

    code, said, peak = command_and_peak(command, str(path))

    assert (code, peak < 256) == (3, True)
    assert re.search(rf"{path}:11: (error: )?line longer than 1,048,576 characters", said)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux")
def test_five_thousand_projects_are_counted_within_256_megabytes_of_memory(path):
    costs = [1000 + 7919 * p % 5000 for p in range(5000)]
    ballots = [sorted({(7919 * voter + 31 * k * k) % 5000 for k in range(10)}) for voter in range(1000)]
    projects = "".join(f"{p};{cost}\n" for p, cost in enumerate(costs))
    votes = "".join(f"{voter};{','.join(map(str, picks))}\n" for voter, picks in enumerate(ballots))
    head = META.replace("100", "1000000") + "PROJECTS\nproject_id;cost\n"
    path.write_text(f"{head}{projects}VOTES\nvoter_id;vote\n{votes}")

    code, said, peak = command_and_peak("recount", str(path), "--completion", "greedy")

    spent = sum(costs[int(line.split()[0])] for line in said.splitlines()[1:-1])
    assert (code, peak < 256) == (0, True)
    assert f"{len(said.splitlines()) - 2} projects funded, {spent} of 1000000 spent" in said
    assert 1_000_000 - min(costs) < spent <= 1_000_000
