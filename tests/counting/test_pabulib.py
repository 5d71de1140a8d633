"""Reading and writing `.pb`: what is survived, what is refused with its line, and that nothing gets lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.counting import (
    Election,
    ParseError,
    Project,
    Ranking,
    loads_pb,
    pabulib,
    pabulib_ballots,
    pabulib_blocks,
    read_pb,
    write_pb,
)
from tests.counting.data import DATA, ROOT, files
from tests.counting.strategies import elections, proof

META = "META\nkey;value\nbudget;100\nvote_type;{kind}\nnum_projects;2\nnum_votes;{n}\n"
PROJECTS = "PROJECTS\nproject_id;cost;name\na;60;Bench\nb;50.5;Trees\n"


def pb(
    votes: str, kind: str = "approval", *, header: str = "voter_id;vote", projects: str = PROJECTS, meta: str = ""
) -> str:
    return META.format(kind=kind, n=votes.count("\n")) + meta + projects + f"VOTES\n{header}\n{votes}"


def groups(text: str) -> dict:
    return {tuple(b.values().items()): n for b, n in loads_pb(text).election.groups()}


def test_amounts_with_decimals_are_scaled_exactly():
    election = loads_pb(pb("1;a,b\n")).election

    assert (election.costs, election.budget_limit, election.minor_units) == ([600, 505], 1000, 10)


def test_ballots_that_say_the_same_are_grouped():
    assert groups(pb("1;a,b\n2;b,a\n3; a , b\n4;a\n5;\n")) == {(("a", 1), ("b", 1)): 3, (("a", 1),): 1, (): 1}


def test_rankings_keep_their_order_and_points_their_numbers():
    assert loads_pb(pb("1;b,a\n", "ordinal")).election == loads_pb(pb("1;b,a,b\n", "ordinal")).election
    assert dict(loads_pb(pb("1;b,a\n", "ordinal")).election.groups()) == {Ranking(["b", "a"]): 1}
    header = "voter_id;vote;points"
    assert groups(pb("1;b,a;3,0\n2;a;2\n3;;\n", "cumulative", header=header)) == {
        (("a", 0), ("b", 3)): 1,
        (("a", 2),): 1,
        (): 1,
    }
    assert groups(pb("1;b,a; 3 ,0\n", "scoring", header=header)) == {(("a", 0), ("b", 3)): 1}


@pytest.mark.parametrize(
    "change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n"), lambda t: t.rstrip("\n")]
)
def test_bom_crlf_and_a_missing_last_newline_are_read(change):
    text = pb("1;a\n2;b\n")

    assert loads_pb(change(text)).election == loads_pb(text).election


def test_quotes_semicolons_in_names_and_empty_lines_are_read():
    projects = 'PROJECTS\nproject_id;cost;name\n\na;60;"Bench; ""blue"""\nb;50;x\n'

    file = loads_pb(pb('"1";"a,b"\n\n2;a\n', projects=projects))

    assert file.projects["a"]["name"] == 'Bench; "blue"'
    assert file.election.votes == {"a": 2, "b": 1}


def test_withdrawn_projects_are_marked():
    projects = "PROJECTS\nproject_id;cost\na;999999999\nb;50\n"

    assert loads_pb(pb("1;a\n", projects=projects)).election.withdrawn == {"a"}


def test_what_is_survived_is_reported_with_its_line():
    projects = "PROJECTS\nproject_id;cost\na;60;extra\nb;50\n"

    file = loads_pb(pb("1;a,a\n", projects=projects).replace("num_votes;1", "num_votes;7"))

    assert file.election.votes == {"a": 1, "b": 0}
    assert file.oddities == (
        (9, "more columns than the header"),
        (13, "the project 'a' twice in one ballot: counted once"),
        (6, "META says num_votes is 7: it is 1"),
    )


def test_the_threshold_of_meta_is_offered_but_not_applied():
    file = loads_pb(pb("1;a\n", meta="min_project_score_threshold;5\n"))

    assert (file.minimum_score, file.election.minimum_score) == (5, 0)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 0, "no budget"),
        ("hello\n", 1, "expected the section"),
        ("META\nkey;value\nbudget;1\nbudget;2\n", 4, "says budget twice"),
        ("META\nkey;value\nbudget;1\nMETA\nkey;value\n", 4, "comes twice"),
        ("META\nvalue\n", 2, "header line with key"),
        ("META\n", 1, "header line"),
        ("VOTES\nvoter_id;vote\n", 1, "must come before VOTES"),
        (pb("1;c\n"), 13, "names 'c'"),
        (pb("1;a\n2;b, c\n"), 14, "names 'c'"),
        (pb("1\n"), 13, "a ballot with 1 columns"),
        (pb("1;a\n", "election"), 4, "vote_type is 'election'"),
        (pb("1;a\n", "cumulative"), 12, "column points"),
        (pb("1;a;x\n", "scoring", header="voter_id;vote;points"), 13, "'x' are not a whole number"),
        (pb("1;a;-1\n", "scoring", header="voter_id;vote;points"), 13, "'-1' are not"),
        (pb("1;a;1,2\n", "scoring", header="voter_id;vote;points"), 13, "1 projects but 2 points"),
        (pb("1;a;" + "9" * 40 + "\n", "scoring", header="voter_id;vote;points"), 13, "are not"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;1\na;2\n"), 10, "comes twice, first on line 9"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;-1\n"), 9, "not an amount of money"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;1e30\n"), 9, "not an amount of money"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;0.00000001\n"), 9, "not an amount of money"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;nan\n"), 9, "not a number"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;6_0\n"), 9, "not a number"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;\uff16\uff10\n"), 9, "not a number"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;1,000\n"), 9, "may be thousands or parts of one"),
        (pb("", projects=""), 7, "the section PROJECTS must come before VOTES"),
        (META.format(kind="approval", n=0) + PROJECTS, 0, "no section VOTES"),
        (pb("", projects="PROJECTS\nproject_id;cost\na;dear\n"), 9, "not a number"),
        (pb("", projects="PROJECTS\nproject_id;cost\na\n"), 9, "has no cost"),
        (pb("", projects="PROJECTS\nproject_id;cost\n;1\n"), 9, "not a project id"),
        (pb("1;a\n", "ordinal", meta="max_length;none\n"), 7, "max_length is 'none'"),
        (pb("1;a,b\n", "ordinal", meta="max_length;1\n"), 0, "ranks 2 projects"),
        (pb("1;a\n", meta="min_project_score_threshold;many\n"), 7, "min_project_score_threshold is 'many'"),
        (pb('1;"' + "a" * 200_000 + '"\n'), 13, "not a ;-separated line"),
        ("x" * (1 << 21), 1, "line longer than"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(text, line, problem):
    with pytest.raises(ParseError) as refusal:
        loads_pb(text)

    assert refusal.value.line == line
    assert problem in refusal.value.problem
    assert str(refusal.value).startswith(f"<pb>:{line}: ")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "latin.pb"
    path.write_bytes(pb("1;a\n").replace("Bench", "Bänk").encode("latin-1"))

    with pytest.raises(ParseError, match="not UTF-8") as refusal:
        read_pb(path)
    assert refusal.value.line == 9

    with pytest.raises(ParseError, match="<pb>:1: not UTF-8"):
        read_pb(io.TextIOWrapper(io.BytesIO(path.read_bytes()), encoding="utf-8", newline=""))


def test_a_file_read_in_another_encoding_is_refused_near_its_line(tmp_path):
    path = tmp_path / "utf8.pb"
    path.write_text(pb("1;a\n").replace("Bench", "Bänk"), encoding="utf-8")

    with path.open(encoding="ascii") as stream, pytest.raises(ParseError, match="1: not UTF-8"):
        read_pb(stream)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux")
def test_a_line_of_200_megabytes_is_refused_within_256_megabytes_of_memory(tmp_path):
    path = tmp_path / "long.pb"
    path.write_text(pb("1;a"))
    os.truncate(path, 200_000_000)
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom pb.counting import ParseError, read_pb\n"
        "try: read_pb(sys.argv[1])\nexcept ParseError as error: print(error.problem)\n"
        # The system's own peak of this process: that of getrusage begins with what its parent had.
        "print(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])"
    )

    run = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)

    problem, peak = run.stdout.splitlines()
    assert "longer than 1,048,576" in problem
    assert int(peak) < 256 * 1024


def written(election: Election, **more: object) -> str:
    stream = io.StringIO(newline="")
    write_pb(election, stream, meta={"unit": "Harthwaite", **more.pop("meta", {})}, **more)
    return stream.getvalue()


@given(elections())
@proof
def test_what_is_written_reads_back_equal(election):
    if election.profile.kind == "knapsack":
        election = loads_pb(written(election)).election
    plain = election.replace(minor_units=1, conflicts=(), minimum_score=0)
    cost = dict.fromkeys(plain.withdrawn, 999999999)
    plain = plain.replace(projects=[Project(p.id, cost.get(p.id, p.cost)) for p in plain.projects])

    again = loads_pb(written(plain)).election

    assert again.replace(ballot_length=None) == plain.replace(ballot_length=None)


def test_pence_names_and_outcome_are_written():
    election = Election([Project("a", 1050), Project("b", 2000)], [], 4000)
    rows = {"a": {"name": "Bench; blue", "selected": "1", "tide": "high"}, "b": {"name": "b"}}

    file = loads_pb(written(election, meta={"rule": "equalshares"}, projects=rows))

    assert (
        file.projects["a"] | {"name": "Bench; blue", "cost": "10.50", "votes": "0", "tide": "high"}
        == file.projects["a"]
    )
    assert file.meta["rule"] == "equalshares"
    assert file.election.costs == [105, 200]


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
@pytest.mark.parametrize("path", files(45_000), ids=lambda path: path.stem)
def test_real_files_survive_being_written_and_pass_the_checker(path, tmp_path):
    from pabulib.checker import Checker

    file = read_pb(path)
    again = tmp_path / path.name
    with again.open("w", encoding="utf-8", newline="") as stream:
        write_pb(file.election, stream, meta=file.meta, projects=file.projects)

    assert read_pb(again).election == file.election
    assert read_pb(again).meta == file.meta
    results = Checker().process_files([str(again)])
    assert results["metadata"]["invalid"] == 0, results


def test_ballots_with_one_digest_are_told_apart_by_what_they_say():
    starts, picks = np.array([0, 1, 2, 3]), np.array([4, 5, 4])

    first, group = pabulib_ballots._told_apart(starts, picks, np.ones(3, np.int64))

    assert (first.tolist(), group.tolist()) == ([0, 1], [0, 1, 0])


def test_a_digest_that_says_nothing_changes_nothing(monkeypatch):
    text = pb("1;a,b\n2;b\n3; b,a\n4;a\n5;\n")
    expected = loads_pb(text).election

    monkeypatch.setattr(pabulib_ballots, "mixed", lambda left, right: np.zeros(len(left), np.uint64))

    assert loads_pb(text).election == expected


IDS = ["a", "b", "abcdefgh", "abcdefghi", "BO.OM.97/24", "abcdefgh12345678", "é", "0"]


@st.composite
def ballot_texts(draw):
    """Ballots by line, mostly plain, sometimes quoted, spaced, doubled or broken."""
    kind, header = draw(
        st.sampled_from([("approval", "vote"), ("ordinal", "voter_id;vote"), ("scoring", "points;vote;x")])
    )
    ids = IDS + draw(st.sampled_from([[], [], ["a-very-long-identifier"]]))
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        picked = draw(st.lists(st.sampled_from(ids), max_size=3))
        given_ = draw(st.lists(st.sampled_from(["0", "7", "00012", "123456789", "x", ""]), min_size=0, max_size=3))
        vote, points = ",".join(picked), ",".join((given_ + ["1"] * 3)[: len(picked)])
        vote = draw(st.sampled_from([vote, vote, vote, vote.replace(",", ", "), f'"{vote}"', vote + ",zz"]))
        lines.append({"vote": vote, "voter_id;vote": f"v;{vote}"}.get(header, f"{points};{vote};9"))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    projects = "PROJECTS\nproject_id;cost\n" + "".join(f"{p};1\n" for p in ids)
    text = META.format(kind=kind, n=len(lines)) + projects + f"VOTES\n{header}\n"
    return text.replace("\n", end) + end.join(lines) + draw(st.sampled_from(["", end, end + end]))


def read_or_refused(text):
    try:
        file = loads_pb(text)
    except ParseError as error:
        return error.line, error.problem
    return file.election, dict(file.oddities)


@given(ballot_texts(), st.sampled_from([1, 8, 1 << 20]))
@proof
def test_blocks_are_read_as_their_lines_are(text, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pabulib, "BLOCK", size)
        quickly = read_or_refused(text)
        patch.setattr(pabulib_blocks.Cutter, "cut", lambda self, text: None)
        assert quickly == read_or_refused(text)


def test_a_file_of_many_blocks_is_put_together_as_it_is_read(monkeypatch):
    text = pb("1;a,b\n2;b\n3; b,a\n4;a\n5;\n" * 40)
    expected = loads_pb(text).election

    monkeypatch.setattr(pabulib, "BLOCK", 1)

    assert loads_pb(text).election == expected


def test_what_is_too_long_or_unknown_is_left_to_be_read_by_lines():
    cutter = pabulib_blocks.Cutter("approval", ["a"], 1, None)

    assert cutter.cut(b"1;a\n").picks.tolist() == [0]
    assert cutter.cut(b"1;a;" + b"x" * (1 << 20) + b"\n") is None
    assert cutter.cut(b"1;" + b"b" * 17 + b"\n") is None
    assert pabulib_blocks.Cutter("approval", [], 1, None).cut(b"1;a\n") is None


def test_a_quoted_cell_may_go_on_behind_its_block(monkeypatch):
    monkeypatch.setattr(pabulib, "BLOCK", 4)

    assert groups(pb('1;a;"said\n2;b\n"\n3;b\n', header="voter_id;vote;note")) == {(("a", 1),): 1, (("b", 1),): 1}


PIECES = [
    "META", "PROJECTS", "VOTES", "key;value", "project_id;cost", "voter_id;vote", "voter_id;vote;points", "budget;10",
    "vote_type;approval", "vote_type;ordinal", "vote_type;cumulative", "a;5", "b;7", "1;a", "1;a,b", "2;a,b;1,2", '"',
    ";", "", "a;nan", "1;\x00", "num_votes;x", "min_project_score_threshold;x", "max_length;1",
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25), st.sampled_from("\n\r"))
@settings(max_examples=int(os.environ.get("FUZZ", "200")), deadline=None, derandomize=True, database=None)
def test_no_text_makes_the_reader_fail_other_than_by_a_parse_error(lines, end):
    try:
        file = loads_pb(end.join(lines))
    except ParseError:
        return
    assert file.minimum_score >= 0
