"""Real elections: published results to the unit, and equality with pabutools in exact mode."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pb.counting import cost_votes_id, count, lexicographic, read_pb
from tests.counting.data import DATA, files

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")


@pytest.mark.parametrize(
    ("name", "winners", "spent", "endowment"),
    [
        ("Poland_Wieliczka_2023_Green_Budget", 30, 995_079, "315.8372"),
        ("Poland_Swiecie_2023", 17, 1_040_337, "661.1148"),
        ("Netherlands_Assen_2024", 9, 76_700, "2033.476"),
    ],
)
def test_elections_held_by_equal_shares_come_out_as_published(name, winners, spent, endowment):
    file = read_pb(DATA / f"{name}.pb")

    outcome = count(file.election, rule="equal-shares", ties=cost_votes_id(), completion="add1")

    won = {project for project, row in file.projects.items() if row["selected"] == "1"}
    assert set(outcome.funded) == won
    assert (len(outcome.funded), outcome.spent) == (winners, spent)
    places = len(endowment.partition(".")[2])
    assert f"{float(outcome.endowment):.{places}f}" == endowment


def test_wieliczka_leaves_fewer_with_nothing_than_greedy():
    election = read_pb(DATA / "Poland_Wieliczka_2023_Green_Budget.pb").election

    shares = count(election, rule="equal-shares", ties=cost_votes_id(), completion="comparison")
    greedy = count(election, rule="greedy", ties=cost_votes_id())

    assert round(float(100 * _with_nothing(election, shares)), 1) == 17.8
    assert round(float(100 * _with_nothing(election, greedy)), 1) == 27.6
    assert dict(shares.parameters)["preferred"] == "equal-shares"


def _with_nothing(election, outcome) -> Fraction:
    won = set(outcome.funded)
    without = sum(weight for ballot, weight in election.groups() if not won & set(ballot.values()))
    return Fraction(without, election.num_voters)


def test_wieliczka_near_miss_is_named_with_the_projects_its_money_went_to():
    election = read_pb(DATA / "Poland_Wieliczka_2023_Green_Budget.pb").election

    outcome = count(election, rule="equal-shares", ties=cost_votes_id(), completion="add1")

    near = outcome.reason("16")
    assert (near.reason, near.cost, near.available) == ("shares_already_used", 50_000, 49_998)
    assert near.rivals[0] == ("6", 38_774)  # published to the nearest: 38,775


@pytest.mark.parametrize(
    ("name", "winners"),
    [
        ("Poland_Lodz_2022", 44),
        ("Poland_Lodz_2022_Baluty-Doly", None),
        pytest.param("Poland_Warszawa_2024_Bielany", None, marks=pytest.mark.slow),
        ("Poland_Warszawa_2026_Miedzylesie_Radosc", None),
    ],
)
def test_add1_with_jumps_equals_the_scan_where_outcomes_are_not_monotone(name, winners, scanned_add1):
    election = read_pb(DATA / f"{name}.pb").election

    outcome = count(election, rule="equal-shares", ties=lexicographic(), completion="add1")

    assert (list(outcome.funded), outcome.endowment) == scanned_add1(election)
    assert winners is None or len(outcome.funded) == winners


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_every_public_file_reads_and_counts_within_the_pot(path):
    file = read_pb(path)

    outcome = count(file.election, rule="equal-shares", ties=lexicographic(), completion="greedy")

    assert 0 <= outcome.spent <= file.election.budget_limit
    assert {*outcome.funded, *(loser.project for loser in outcome.not_funded)} == set(file.projects)
