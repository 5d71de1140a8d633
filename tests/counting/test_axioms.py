"""Axioms against their definitions on random small elections, on outcomes known to hold them, and at city size."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.counting import Approval, Election, Points, Project, cli, count, lexicographic, read_pb, representation
from pb.counting.axioms import axioms, could_add, forbidden, to_json
from pb.counting.priceability import NoPrices, Prices, priceable
from pb.counting.representation import core, ejr_plus
from tests.counting import textbook
from tests.counting.data import DATA
from tests.counting.strategies import UTILITIES, a_quarter, elections, proof
from tests.counting.textbook_rules import subsets


@st.composite
def outcomes(draw):
    election = draw(elections())
    funded = draw(st.lists(st.sampled_from([p.id for p in election.projects]), unique=True))
    return election, funded, draw(st.sampled_from(UTILITIES[election.profile.kind]))


def worths(election, utility):
    """Per group of ballots, its voters and project → worth, whatever the options shut out."""
    bare = election.replace(withdrawn=(), minimum_score=0, conflicts=())
    return [
        (textbook.voters(bare.replace(ballots=[ballot], ballot_length=bare.longest_ballot or None), utility)[0], weight)
        for ballot, weight in bare.groups()
    ]


def askable(election, funded):
    score = textbook.scores(election)
    return [
        p.id
        for p in election.projects
        if p.id not in funded
        and p.id not in election.withdrawn
        and election.votes[p.id]
        and score[p.id] >= election.minimum_score
        and not textbook.rivals(election, p.id) & set(funded)
    ]


@given(outcomes(), st.sampled_from(["any", "one"]))
@proof
def test_ejr_plus_finds_the_largest_group_of_every_project(case, up_to):
    election, funded, utility = case
    groups = worths(election, utility)
    cost = {p.id: p.cost for p in election.projects}
    open_ = askable(election, funded)

    def complains(some, p):
        value, voters = min(worth[p] for worth, _ in some), sum(weight for _, weight in some)
        entitled = Fraction(voters * election.budget_limit, election.num_voters)
        for worth, _ in some:
            extra = value if up_to == "any" else max(worth.get(q, 0) for q in open_)
            if (sum(worth.get(q, 0) for q in funded) + extra) * cost[p] > value * entitled:
                return 0
        return voters

    expected = {}
    for p in open_:
        backers = [group for group in groups if p in group[0]]
        sizes = [complains(some, p) for n in range(1, len(backers) + 1) for some in combinations(backers, n)]
        if max(sizes, default=0):
            expected[p] = max(sizes)

    assert {v.project: v.voters for v in ejr_plus(election, funded, up_to=up_to, utility=utility)} == expected


@given(elections(options=False))
@proof
def test_equal_shares_never_violates_ejr_plus_and_has_prices(election):
    utility = UTILITIES[election.profile.kind][0]
    outcome = count(election, rule="equal-shares", ties=lexicographic(), utility=utility)

    assert ejr_plus(election, outcome.funded, utility=utility) == ()
    assert isinstance(priceable(election, outcome.funded, utility=utility, endowment=outcome.endowment), Prices)


@given(outcomes())
@proof
def test_the_core_is_left_only_by_sets_that_enough_voters_want(case):
    election, funded, utility = case
    groups = worths(election, utility)
    cost = {p.id: p.cost for p in election.projects}
    allowed = askable(election, [])

    def wanting(some):
        return sum(
            weight
            for worth, weight in groups
            if sum(worth.get(p, 0) for p in some) > sum(worth.get(p, 0) for p in funded)
        )

    blocking = [
        wanting(some)
        for some in subsets(sorted(allowed))
        if wanting(some)
        and sum(cost[p] for p in some) * election.num_voters <= wanting(some) * election.budget_limit
        and not any(pair <= set(some) for pair in election.conflicts)
    ]

    found = core(election, funded, utility=utility)

    assert [d.voters for d in found] == ([max(blocking)] if blocking else [])


@given(outcomes())
@a_quarter
def test_in_how_many_parts_the_core_is_searched_does_not_matter(case):
    election, funded, utility = case
    whole = core(election, funded, utility=utility)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(representation, "CHUNK", 8)
        assert core(election, funded, utility=utility) == whole


@given(outcomes())
@proof
def test_prices_explain_the_outcome_and_their_absence_is_proved(case):
    election, funded, utility = case
    people = [worth for worth, weight in worths(election, utility) for _ in range(weight)]

    found = priceable(election, funded, utility=utility)

    if isinstance(found, Prices):
        assert explains(election, funded, people, found)
    elif isinstance(found, NoPrices):
        assert not linear_program_has_a_solution(election, funded, people)


def explains(election, funded, people, prices) -> bool:
    """Every condition of the definition, with the payments worked out from the prices voter by voter."""
    cost = {p.id: p.cost for p in election.projects}
    left = [prices.endowment] * len(people)
    uniform = election.profile.kind in {"approval", "knapsack"}
    for p, price in prices.prices:
        paid = Fraction(0)
        for i, worth in enumerate(people):
            if p in worth:
                if prices.payments == "phragmen":
                    due = price - (prices.endowment - left[i])
                else:
                    due = min(left[i], price if uniform else price * worth[p])
                assert 0 <= due <= left[i]
                left[i] -= due
                paid += due
        assert paid == cost[p]
    assert {p for p, _ in prices.prices} == set(funded)
    assert not people or prices.endowment * len(people) >= election.budget_limit
    return all(
        sum(left[i] for i, worth in enumerate(people) if p in worth) <= cost[p] for p in askable(election, funded)
    )


def linear_program_has_a_solution(election, funded, people) -> bool:
    from scipy.optimize import linprog

    cost = {p.id: p.cost for p in election.projects}
    pays = [(i, p) for i, worth in enumerate(people) for p in funded if p in worth]
    # Variables: the endowment, then each payment.
    at_most, limits = [], []
    for i in range(len(people)):
        at_most.append([-1, *(int(j == i) for j, _ in pays)])
        limits.append(0)
    for p in askable(election, funded):
        backers = {i for i, worth in enumerate(people) if p in worth}
        at_most.append([len(backers), *(-int(j in backers) for j, _ in pays)])
        limits.append(cost[p])
    exactly = [[0, *(int(q == p) for _, q in pays)] for p in funded]
    least = election.budget_limit / len(people) if people else 0
    result = linprog(
        np.zeros(1 + len(pays)),
        A_ub=at_most or None,
        b_ub=limits or None,
        A_eq=exactly or None,
        b_eq=[cost[p] for p in funded] or None,
        bounds=[(least, None), *[(0, None)] * len(pays)],
    )
    return result.status == 0


def test_what_is_over_budget_or_forbidden_is_named():
    election = Election(
        [Project("a", 6), Project("b", 6), Project("c", 1), Project("d", 1)],
        [(Approval({"a", "b", "c"}), 2), Approval({"d"})],
        10,
        withdrawn={"c"},
        minimum_score=2,
        conflicts=[("a", "b")],
    )

    found = axioms(election, ["a", "b", "c", "d"])

    assert (found.over_budget, found.forbidden, found.feasible) == (4, ("a", "b", "c", "d"), False)
    assert forbidden(election, ["a"]) == ()
    assert could_add(election, ["a"]) == ()
    assert could_add(election, []) == ("a", "b")


def test_one_penny_in_a_million_million_decides_whether_a_group_may_complain():
    most = 10**12
    for cost, complaints in ((1, 1), (2, 0)):
        election = Election([Project("b", most - 1), Project("c", cost)], [Approval({"b", "c"})], most)
        assert len(ejr_plus(election, ["b"])) == complaints


def test_up_to_one_looks_only_at_what_could_still_be_asked_for():
    """The withdrawn project would be worth more to her than the bench, but nobody can ask for it."""
    projects = [Project("bench", 3), Project("pool", 9)]
    election = Election(projects, [Approval({"bench", "pool"}), Approval()], 10, withdrawn={"pool"})

    assert [v.project for v in ejr_plus(election, [], up_to="one")] == ["bench"]


def test_the_core_of_a_large_election_is_not_searched():
    projects = [Project(str(i), 1) for i in range(41)]
    election = Election(projects, [Approval({p.id for p in projects})], 5)

    found = axioms(election, [])

    assert (found.core_deviation, found.in_core) == (None, None)


def test_what_nobody_picked_has_no_prices():
    election = Election([Project("a", 5), Project("free", 0), Project("b", 5)], [Approval({"b"})], 10)

    assert priceable(election, ["a"]) == NoPrices(("a",), Fraction(11), "b")
    assert isinstance(priceable(election, ["free", "b"]), Prices | None)


def test_the_prices_of_phragmens_rule_are_its_loads():
    projects = [Project("1", 9), Project("2", 3), Project("3", 4)]
    election = Election(projects, [Approval({"1"}), Approval({"1"}), Approval({"2"})], 9)

    assert priceable(election, ["2"]) == Prices("phragmen", Fraction(9, 2), (("2", Fraction(3)),))


def test_a_run_that_leaves_supporters_of_a_loser_more_than_it_costs_is_no_witness():
    """Equal Shares buys c with £2 5/7 each, 5/7 of it for b: the three who picked a keep £6, which is more than £4.

    There are prices (£2 each, if the one who pays for c pays nothing for b), but none that is looked for.
    """
    projects = [Project("a", 4), Project("b", 5), Project("c", 2)]
    election = Election(projects, [(Approval({"a", "b"}), 3), Approval({"b", "c"}), (Approval({"b"}), 3)], 7)

    assert priceable(election, ["b", "c"]) is None


def test_points_are_priced_by_equal_shares():
    election = Election([Project("a", 6), Project("b", 9)], [Points({"a": 1, "b": 1}), Points({"a": 2})], 10)

    assert priceable(election, ["a"]) == Prices("equal-shares", Fraction(5), (("a", Fraction(2)),))


def test_a_greedy_outcome_that_ignores_a_third_of_the_voters_is_found_out():
    election = Election([Project("a", 9), Project("b", 3)], [(Approval({"a"}), 2), Approval({"b"})], 9)
    outcome = count(election, rule="greedy", ties=lexicographic())

    found = axioms(election, outcome.funded)

    assert outcome.funded == ("a",)
    assert [(v.project, v.voters, v.received, v.entitled) for v in found.ejr_plus_any] == [("b", 1, 0, 3)]
    assert found.priceable is False
    assert found.core_deviation[0].projects == ("b",)
    assert json.loads(json.dumps(to_json(found)))["holds"] == {
        "feasible": True,
        "exhaustive": True,
        "EJR+ up to any": False,
        "EJR+ up to one": False,
        "priceable": False,
        "core": False,
    }


SMALL = """META
key;value
budget;9
vote_type;approval
PROJECTS
project_id;cost
1;9
2;3
3;4
VOTES
voter_id;vote
a;1
b;1
c;2
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.pb"
    path.write_text(SMALL)
    return str(path)


def test_the_command_says_what_fails_and_who_could_complain(path, capsys):
    assert cli.main(["axioms", path, "--funded", "1"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "feasible: yes",
        "exhaustive: yes",
        "EJR+ up to any: no",
        "  2 (3): 1 of its supporters are entitled to 3 together, and none received more than 0",
        "EJR+ up to one: no",
        "  2 (3): 1 of its supporters are entitled to 3 together, and none received more than 0",
        "priceable: no",
        "  everybody needs 4 to pay for 1; the supporters of 2 would have its cost left",
        "core: no",
        "  1 people could pay 3 for 2 and would all be better off",
    ]


def test_the_command_names_what_does_not_fit_and_what_would(path, capsys):
    cli.main(["axioms", path, "--funded", "1,2"])
    assert "feasible: no\n  costs 3 more than the pot" in capsys.readouterr().out

    cli.main(["axioms", path, "--funded", "2"])
    out = capsys.readouterr().out
    assert "priceable: yes\n  with 4 for everybody, paid as in phragmen" in out

    cli.main(["axioms", path, "--funded", ""])
    out = capsys.readouterr().out
    assert "exhaustive: no\n  1 would still fit\n  2 would still fit" in out
    assert "everybody needs 3 as the equal part of the pot; the supporters of 2" not in out


def test_the_command_says_when_prices_were_not_decided(path, capsys, monkeypatch):
    monkeypatch.setattr("pb.counting.axioms.priceable", lambda *args, **kwargs: None)

    cli.main(["axioms", path, "--funded", "1"])

    assert "priceable: not decided\ncore: no" in capsys.readouterr().out


def test_the_command_prints_json_and_refuses_unknown_projects(path, capsys):
    assert cli.main(["axioms", path, "--funded", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prices"]["loser"] == "2"

    assert cli.main(["axioms", path, "--funded", "1,zz"]) == 2
    assert "no project has the id 'zz'" in capsys.readouterr().err


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
def test_wieliczka_by_equal_shares_is_proportional_and_greedy_is_not():
    election = read_pb(DATA / "Poland_Wieliczka_2023_Green_Budget.pb").election
    shares = count(election, rule="equal-shares", ties=lexicographic(), completion="add1")
    greedy = count(election, rule="greedy", ties=lexicographic())

    fair, other = axioms(election, shares.funded, endowment=shares.endowment), axioms(election, greedy.funded)

    assert (fair.ejr_plus_any, fair.priceable) == ((), True)
    assert (len(other.ejr_plus_any) > 0, other.priceable) == (True, False)
