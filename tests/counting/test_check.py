"""The checker: every kind of finding, and nothing on a good file."""

from __future__ import annotations

import pytest

from pb.counting.pabulib_check import check, check_text
from tests.counting.data import DATA, files

GOOD = """META
key;value
description;PB
country;UK
unit;Harthwaite
instance;2026
num_projects;2
num_votes;2
budget;100
vote_type;approval
rule;greedy
date_begin;01.05.2026
date_end;31.05.2026
max_length;2
comment;#1: A. #2: B.
PROJECTS
project_id;cost;votes;selected;latitude
a;60;2;1;51.5
b;50;1;0;
VOTES
voter_id;vote
1;a,b
2;a
"""
POINTS = (
    GOOD.replace("vote_type;approval", "vote_type;cumulative")
    .replace("max_length;2", "max_length;2\nmax_points;3\nmax_sum_points;4")
    .replace("cost;votes", "cost;score")
    .replace("a;60;2", "a;60;5")
    .replace("b;50;1", "b;50;1")
    .replace("voter_id;vote", "voter_id;vote;points")
    .replace("1;a,b", "1;a,b;3,1")
    .replace("2;a\n", "2;a;2\n")
)


@pytest.mark.parametrize("text", [GOOD, POINTS], ids=["approval", "points"])
def test_a_good_file_has_no_findings(text):
    assert check_text(text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "level", "problem"),
    [
        (GOOD, "country;UK", "country;", 4, "error", "META needs country"),
        (GOOD, "max_length;2", "max_length;", 14, "error", "META max_length is empty"),
        (GOOD, "max_length;2", "max_length;two", 14, "error", "not a number"),
        (GOOD, "vote_type;approval", "vote_type;loud", 10, "error", "known: approval"),
        (GOOD, "unit;Harthwaite\ninstance;2026", "instance;2026\nunit;H", 0, "warning", "usual order"),
        (GOOD, "instance;2026", "instance;2026\ninstance;2026", 7, "error", "says instance twice"),
        (GOOD, "latitude", "target", 0, "warning", "called beneficiaries"),
        (GOOD, "latitude", "tide", 0, "warning", "column 'tide'"),
        (GOOD, "01.05.2026", "2026-05-01", 12, "error", "not a date"),
        (GOOD, "01.05.2026", "01.06.2026", 13, "error", "date_end is before"),
        (GOOD, "#1: A.", "A.", 15, "error", "should begin with"),
        (GOOD, "#2: B.", "#3: B.", 15, "warning", "not numbered"),
        (GOOD, "a;60", "a;0", 18, "error", "has the cost '0'"),
        (GOOD, "a;60", "a;999999999", 18, "error", "withdrawn project"),
        (GOOD, "b;50", "b;500", 19, "warning", "more than the whole budget"),
        (GOOD, "budget;100", "budget;200", 9, "warning", "fit into the budget"),
        (GOOD, "b;50;1;0", "b;50;1;1", 9, "error", "more than the budget"),
        (GOOD, "b;50;1;0", "b;50;1;7", 19, "error", "selected is '7'"),
        (GOOD, ";selected", ";name", 0, "warning", "no column selected"),
        (GOOD, "51.5", "151.5", 18, "error", "latitude is"),
        (GOOD, "a;60;2", "a;60;9", 18, "error", "says votes 9: the ballots give 2"),
        (GOOD, "2;a\n", "1;a\n", 23, "error", "the voter '1' comes twice, first on line 22"),
        (GOOD, "1;a,b", "1;a,a", 22, "warning", "twice in one ballot"),
        (GOOD, ";latitude\na;60;2;1;51.5", ";category\na;60;2;1;play, rest", 18, "error", "spaces around a comma"),
        (GOOD, "1;a,b", "1;a,c", 22, "error", "not among the PROJECTS"),
        (GOOD, "1;a,b", "1;a, b", 22, "error", "spaces around a comma"),
        (GOOD, "1;a,b", " 1;a,b", 22, "error", "spaces around a cell"),
        (GOOD, "1;a,b", "1;a,b\n;", 23, "warning", "an empty line"),
        (GOOD, "max_length;2", "max_length;1", 22, "error", "at most 1 allowed"),
        (GOOD, "max_length;2", "max_length;2\nmin_length;3", 15, "error", "min_length is 3, more than max_length"),
        (GOOD, "max_length;2", "min_length;2", 23, "error", "at least 2 allowed"),
        (GOOD, "max_length;2", "max_sum_cost;100", 22, "error", "110 in costs"),
        (GOOD, "vote_type;approval", "vote_type;choose-1", 22, "error", "at most 1 allowed"),
        (GOOD, "vote\n1;a,b", "vote;points\n1;a,b;1,1", 22, "error", "points in a ballot of the type"),
        (GOOD, "a;60;2;1", "a;60;2;0", 18, "warning", "is not marked as funded, but"),
        (GOOD, "b;50;1;0", "a;50;1;0", 19, "error", "comes twice"),
        (GOOD, "date_end;31.05.2026\n", "", 0, "error", "META needs date_end"),
        (GOOD, "META\n", "hello\nMETA\n", 1, "error", "expected the section"),
        (GOOD, "b;50;1;0", "b;999999999;1;0", 9, "warning", "fit into the budget"),
        (POINTS, "cumulative", "loud", 10, "error", "known: approval"),
        (GOOD, "num_votes;2", "num_votes;3", 8, "warning", "it is 2"),
        (GOOD, "rule;greedy", "rule;greedy-threshold", 11, "warning", "not recounted"),
        (GOOD, "2;a\n", '2;"' + "a" * 140_000 + '"\n', 23, "error", "not a ;-separated line"),
        (POINTS, "a,b;3,1", "a,b;1,x", 24, "error", "no number"),
        (POINTS, "a,b;3,1", "a,b;1", 24, "error", "2 projects but 1 points"),
        (POINTS, "a,b;3,1", "a,b;4,1", 24, "error", "4 points for a project in a ballot, at most 3"),
        (POINTS, "a,b;3,1", "a,b;3,2", 24, "error", "5 points in a ballot, at most 4"),
        (POINTS, "a,b;3,1", "b,a;1,3", 24, "warning", "descending"),
    ],
)  # fmt: skip
def test_each_fault_is_found_on_its_line(text, old, new, line, level, problem):
    assert old in text

    found = check_text(text.replace(old, new, 1))

    assert any((f.line, f.level) == (line, level) and problem in f.problem for f in found), found


def test_a_file_that_is_not_utf8_is_one_finding(tmp_path):
    path = tmp_path / "latin.pb"
    path.write_bytes(b"META\nkey;value\nunit;\xe4\n")

    assert [(f.line, f.problem) for f in check(path)] == [(3, "not UTF-8 text")]


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
@pytest.mark.parametrize("path", files(100_000), ids=lambda path: path.stem)
def test_real_files_have_only_the_errors_their_authors_left(path):
    errors = [f.problem for f in check(path) if f.level == "error"]

    assert all("spaces around a comma" in problem for problem in errors) if "Mechanical" in path.stem else not errors


def test_scoring_ballots_have_no_limit_on_their_sum():
    assert check_text(POINTS.replace("cumulative", "scoring").replace("max_sum_points;4", "max_sum_points;1")) == []


BAD = """META
key;value
description;PB
country;UK
unit;Harthwaite
instance;2026
num_projects;5
num_votes;3
budget;100
vote_type;approval
rule;greedy
date_begin;01.06.2026
date_end;31.05.2026
min_length;3
max_length;two
max_sum_cost;
comment;A. #3: B.
min_length;2
min_points;5
max_points;1
PROJECTS
project_id;cost;votes;selected;category;latitude;tide
a;60;9;1;play, rest;90;
b;-50;1;4;;90.5;
c; 20;0;2;;;
c;30;0;3;;;
d;999999999;0;1;;;
e;120;0;0;;;
VOTES
voter_id;vote
1;a,b,b
1;a

2;c, zz
"""
FOUND = [
    (0, "warning", "META keys are not in the usual order"),
    (0, "warning", "PROJECTS has a column 'tide' that Pabulib does not know"),
    (9, "error", "the funded projects cost 1000000059, more than the budget 100"),
    (13, "error", "date_end is before date_begin"),
    (15, "error", "META max_length is 'two', not a number"),
    (16, "error", "META max_sum_cost is empty"),
    (17, "error", "the comment should begin with '#1: '"),
    (18, "error", "META says min_length twice"),
    (18, "error", "META says min_length twice: '3' and '2'"),
    (19, "error", "META min_points is 5, more than max_points, which is 1"),
    (23, "error", "spaces around a comma in category"),
    (23, "error", "the project 'a' says votes 9: the ballots give 2"),
    (24, "error", "latitude is '90.5'"),
    (24, "error", "selected is '4'; known: 0, 1, 2, 3"),
    (24, "error", "the project 'b' has the cost '-50'"),
    (24, "error", "the project 'b' says votes 1: the ballots give 2"),
    (25, "error", "spaces around a cell"),
    (25, "error", "the project 'c' says votes 0: the ballots give 1"),
    (26, "error", "the project 'c' comes twice"),
    (27, "error", "the withdrawn project 'd' is marked as funded"),
    (28, "warning", "the project 'e' costs more than the whole budget"),
    (31, "warning", "the project 'b' twice in one ballot: counted once"),
    (32, "error", "1 projects in a ballot, at least 2 allowed"),
    (32, "error", "the voter '1' comes twice, first on line 31"),
    (33, "warning", "an empty line"),
    (34, "error", "a ballot names 'zz', which is not among the PROJECTS"),
    (34, "error", "spaces around a comma in vote"),
]


def test_a_file_with_much_wrong_is_gone_through_to_its_end():
    assert check_text(BAD) == FOUND


def test_a_line_without_an_end_is_the_only_finding(tmp_path):
    path = tmp_path / "long.pb"
    path.write_text("META\n" + "x" * (5 << 20))

    assert check(path) == [(2, "error", "line longer than 1,048,576 characters")]


def test_a_project_for_one_pound_is_no_fault():
    assert not [f for f in check_text(GOOD.replace("b;50;1;0", "b;1;1;1")) if f.level == "error"]
