"""Phragmén, max welfare and maximin support against pabutools on real elections.

Conventions taken out of the comparison: pabutools may fund projects nobody picked, ours never are; it tells the winners
of Phragmén's rule sorted by name, not in order; it breaks ties between equally good sets as its solver happens to, so
sets are compared only where no tie was met, and their worth always; its maximin support solves linear programs in
floats. Whole cities: `benchmarks/counting_peer.py`.
"""

from __future__ import annotations

import pytest

from pb.counting import count, lexicographic, read_pb
from tests.counting.data import DATA, files
from tests.counting.test_pabutools import SMALL, names, peer, satisfaction

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")


def check_phragmen(path):
    from pabutools.rules import sequential_phragmen

    election = read_pb(path).election
    if election.profile.kind != "approval":
        pytest.skip("Phragmén's rule counts approvals")
    instance, profile = peer(path)

    outcome = count(election, rule="phragmen", ties=lexicographic())

    theirs = names(sequential_phragmen(instance, profile.as_multiprofile()))
    assert sorted(outcome.funded) == theirs


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_phragmen_equals_pabutools_on_small_files(path):
    check_phragmen(path)


def check_max_welfare(path):
    from pabutools.rules import max_additive_utilitarian_welfare

    election = read_pb(path).election
    if election.profile.kind == "ranking":
        pytest.skip("their Borda scores depend on the length of each ballot, ours on the longest allowed")
    instance, profile = peer(path)
    sat_class = satisfaction(election.profile.kind)[{"approval": "cardinality"}.get(election.profile.kind, "points")]

    outcome = count(election, rule="max-welfare", ties=lexicographic())

    theirs = [p for p in names(max_additive_utilitarian_welfare(instance, profile, sat_class)) if election.votes[p]]
    score = dict(zip((p.id for p in election.projects), election.scores, strict=True))
    assert sum(score[p] for p in outcome.funded) == sum(score[p] for p in theirs)
    if not outcome.ties_met:
        assert set(outcome.funded) == set(theirs)


@pytest.mark.parametrize("path", files(SMALL), ids=lambda path: path.stem)
def test_max_welfare_equals_pabutools_on_small_files(path):
    check_max_welfare(path)


def check_maximin_support(path):
    from pabutools.rules import maximin_support

    election = read_pb(path).election
    if election.profile.kind != "approval":
        pytest.skip("maximin support counts approvals")
    instance, profile = peer(path)

    outcome = count(election, rule="maximin-support", ties=lexicographic())

    assert list(outcome.funded) == [p for p in names(maximin_support(instance, profile)) if election.votes[p]]


@pytest.mark.parametrize("path", files(1_500), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_maximin_support_equals_pabutools_on_the_smallest_files(path):
    check_maximin_support(path)
