"""Metrics against plain sums over every voter, against pabutools, and on edges; comparisons side by side."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import Approval, Election, Points, Project, Ranking, UnknownProject, cli, lexicographic, read_pb
from pb.counting.metrics import Slice, Variant, compare, metrics, spread
from tests.counting.data import DATA, files
from tests.counting.strategies import elections, proof
from tests.counting.test_pabutools import SMALL, peer


@st.composite
def outcomes(draw):
    election = draw(elections())
    return election, draw(st.lists(st.sampled_from([p.id for p in election.projects]), unique=True))


def everyone(election):
    """One set of picks per voter."""
    points = election.profile.kind == "points"
    return [
        {p for p, value in ballot.values().items() if value or not points}
        for ballot, weight in election.groups()
        for _ in range(weight)
    ]


@given(outcomes())
@proof
def test_metrics_are_sums_over_voters(case):
    election, funded = case
    cost = {p.id: p.cost for p in election.projects}
    voters = everyone(election)
    picks = [len(mine & set(funded)) for mine in voters]
    money = [sum(cost[p] for p in mine & set(funded)) for mine in voters]

    found = metrics(election, funded)

    n, pot = len(voters), election.budget_limit
    assert (found.funded, found.spent, found.voters) == (len(funded), sum(cost[p] for p in funded), n)
    assert (found.with_any, found.with_none) == (sum(k > 0 for k in picks), picks.count(0))
    assert found.average_picks == (Fraction(sum(picks), n) if n else 0)
    assert found.exclusion_ratio == (Fraction(picks.count(0), n) if n else 0)
    assert list(found.picks_funded) == [picks.count(k) for k in range(max(picks, default=0) + 1)]
    assert found.approved_money == (Fraction(sum(money), n * pot) if n * pot else 0)
    differences = sum(abs(a - b) for a in money for b in money)
    assert found.gini == (Fraction(differences, 2 * n * sum(money)) if sum(money) else 0)
    paid = [cost[p] for p in funded]
    assert (found.cheapest, found.dearest) == (min(paid, default=None), max(paid, default=None))
    assert found.average_cost == (Fraction(sum(paid), len(paid)) if paid else None)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_metrics_equal_those_of_pabutools(path):
    from pabutools.analysis import gini_coefficient_of_satisfaction, percent_non_empty_handed
    from pabutools.election import Cost_Sat

    file = read_pb(path)
    if file.election.profile.kind != "approval":
        pytest.skip("their cost satisfaction is for approvals")
    instance, profile = peer(path)
    funded = [project for project, row in file.projects.items() if row.get("selected") == "1"]
    theirs = [project for project in instance if project.name in funded]

    found = metrics(file.election, funded)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gini = gini_coefficient_of_satisfaction(instance, profile, theirs, Cost_Sat)
        not_empty = percent_non_empty_handed(instance, profile, theirs)
    assert (found.gini.numerator, found.gini.denominator) == (gini.numerator, gini.denominator)
    assert float(1 - found.exclusion_ratio) == pytest.approx(float(not_empty), abs=1e-12)


def test_zero_points_are_no_pick_and_a_low_rank_is_one():
    projects = [Project("a", 5), Project("b", 7)]

    points = metrics(Election(projects, [Points({"a": 0, "b": 2})], 12), ["a"])
    ranking = metrics(Election(projects, [Ranking(["b", "a"])], 12), ["a"])

    assert (points.with_none, ranking.with_none) == (1, 0)


def test_an_unknown_project_is_named():
    with pytest.raises(UnknownProject, match="the outcome names 'zz'"):
        metrics(Election([], [], 5), ["zz"])


def test_metrics_survive_json():
    found = metrics(Election([Project("a", 5)], [Approval({"a"}), Approval()], 10), ["a"])

    assert json.loads(json.dumps(found.to_json()))["exclusion_ratio"] == "1/2"


def test_a_project_of_two_categories_counts_half_in_each():
    election = Election(
        [Project("a", 40), Project("b", 60), Project("c", 10)],
        [(Approval({"a", "b"}), 3), Approval({"a"})],
        100,
    )

    found = spread(election, ["a", "b"], {"a": ["green"], "b": ["green", "sport"]})

    assert found == (
        Slice("green", 2, 2, Fraction(11, 14), Fraction(7, 10), Fraction(70)),
        Slice("sport", 1, 1, Fraction(3, 14), Fraction(3, 10), Fraction(30)),
    )


def test_spread_of_nothing_is_nothing():
    election = Election([Project("a", 40)], [], 100)

    assert spread(election, [], {}) == ()
    assert spread(election, [], {"a": ["green"]}) == (Slice("green", 1, 0, Fraction(0), Fraction(0), Fraction(0)),)


def test_rules_are_compared_side_by_side_and_say_what_they_cannot_count():
    election = Election([Project("a", 6), Project("b", 5)], [Points({"a": 3}), Points({"b": 1})], 10)

    columns = compare(election, ["greedy", Variant("equal-shares", "add1"), "phragmen"], ties=lexicographic())

    assert [c.label for c in columns] == ["greedy", "equal-shares add1", "phragmen"]
    assert [c.metrics and c.metrics.funded for c in columns] == [1, 1, None]
    assert "points" in columns[2].problem


CATEGORIES = """META
key;value
budget;100
vote_type;approval
PROJECTS
project_id;cost;category
1;40;green
2;60;green,sport
VOTES
voter_id;vote
a;1,2
b;1
c;1
"""


def test_compare_prints_a_table_and_categories(tmp_path, capsys):
    path = tmp_path / "small.pb"
    path.write_text(CATEGORIES)

    assert cli.main(["compare", str(path), "--rule", "greedy", "--rule", "greedy-threshold"]) == 0

    out = capsys.readouterr().out
    assert "people with none           0 (0.0%)" in out
    assert "greedy-threshold: greedy-threshold needs an election with a minimum score" in out
    assert "money by category" in out
    assert "green (87.5%)   70.0%" in out


def test_compare_prints_json(tmp_path, capsys):
    path = tmp_path / "small.pb"
    path.write_text(CATEGORIES)

    assert cli.main(["compare", str(path), "--json"]) == 0

    rules = json.loads(capsys.readouterr().out)["rules"]
    assert rules[0]["funded"] == ["1", "2"]
    assert rules[0]["metrics"]["gini"] == "2/9"
    assert rules[0]["category"][1] == {"name": "sport", "funded": 1, "picks": "1/8", "money": "3/10"}
    assert [rule["label"] for rule in rules] == [
        "greedy",
        "greedy-per-cost",
        "equal-shares none",
        "equal-shares add1",
        "phragmen",
        "max-welfare",
    ]


def test_compare_without_any_rule_that_applies_says_why(tmp_path, capsys):
    path = tmp_path / "small.pb"
    path.write_text(CATEGORIES.replace("category", "note"))

    assert cli.main(["compare", str(path), "--rule", "greedy-threshold"]) == 0
    assert "needs an election" in capsys.readouterr().out
    assert cli.main(["compare", str(path), "--rule", "dice"]) == 2
