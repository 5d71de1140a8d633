"""The made-up residents and ballots are plausible, legal, and the same every time."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance, Project
from pabutools.rules import method_of_equal_shares

from pb.demo.content import load
from pb.demo.generator import DemoBallot, DemoVotes, draw_voters, make_ballots, make_demo_votes, make_residents
from pb.demo.shapes import Content

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(TODAY)


@pytest.fixture(scope="module")
def votes(content: Content) -> DemoVotes:
    return make_demo_votes(content)


def test_same_seed_makes_the_same_people_and_ballots(content: Content, votes: DemoVotes) -> None:
    assert make_demo_votes(content) == votes


def test_another_seed_makes_others(content: Content, votes: DemoVotes) -> None:
    assert make_demo_votes(content, seed=1).residents != votes.residents


def test_another_day_makes_the_same_people_and_ballots(votes: DemoVotes) -> None:
    assert make_demo_votes(load(date(2031, 3, 1))) == votes


def test_another_hash_seed_makes_the_same_ballots(votes: DemoVotes) -> None:
    code = (
        "from datetime import date; from pb.demo.content import load; from pb.demo.generator import make_demo_votes;"
        "print([b.approvals for b in make_demo_votes(load(date(2026, 11, 22))).voting])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "77"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert shown.strip() == str([b.approvals for b in votes.voting])


def test_there_are_as_many_as_promised_each_with_an_address_of_their_own(content: Content, votes: DemoVotes) -> None:
    emails = [r.email for r in votes.residents]

    assert (len(votes.residents), len(votes.finished), len(votes.voting)) == (1650, 1500, 600)
    assert len(set(emails)) == 1650
    assert not set(emails) & ({r.email for r in content.residents} | {g.email for g in content.groups})
    assert {email.rpartition("@")[2] for email in emails} == {"example.org", "example.com", "example.net"}


def test_every_ballot_picks_real_projects_of_its_round_within_the_limit(content: Content, votes: DemoVotes) -> None:
    for key, ballots in (("finished", votes.finished), ("voting", votes.voting)):
        codes = {p.code for p in content.ballot_of(key)}
        for ballot in ballots:
            assert set(ballot.approvals) <= codes
            assert len(ballot.approvals) == len(set(ballot.approvals)) <= 10
            assert list(ballot.approvals) == sorted(ballot.approvals)


def test_nobody_votes_twice_in_a_round(votes: DemoVotes) -> None:
    for ballots in (votes.finished, votes.voting):
        assert len({b.voter.email for b in ballots}) == len(ballots)


def test_picks_are_few_with_a_bump_at_the_limit(votes: DemoVotes) -> None:
    sizes = [len(b.approvals) for b in votes.finished]

    assert median(sizes) in (3, 4)
    assert Counter(sizes)[10] > Counter(sizes)[9]  # people who use all they are given
    assert 0 < Counter(sizes)[0] < 30  # "I do not want to pick any" is a counted ballot


def test_people_lean_to_their_own_ward_and_their_themes(content: Content, votes: DemoVotes) -> None:
    wards = {p.code: p.ward for p in content.ballot_of("finished")}
    themes = {p.code: p.theme for p in content.ballot_of("finished")}

    own_ward = mean(wards[code] == b.voter.ward for b in votes.finished for code in b.approvals)
    own_theme = mean(themes[code] in b.voter.themes for b in votes.finished for code in b.approvals)

    assert 0.3 < own_ward < 0.65  # by chance it would be about 0.2
    assert 0.3 < own_theme < 0.65  # by chance about 0.25


def test_friends_pick_their_groups_project(content: Content, votes: DemoVotes) -> None:
    friends = [b for b in votes.finished if b.voter.group == "st-oswin" and b.approvals]
    others = [b for b in votes.finished if b.voter.group != "st-oswin" and b.approvals]

    assert mean("A04" in b.approvals for b in friends) > 3 * mean("A04" in b.approvals for b in others)


def test_wards_turn_out_near_their_share(content: Content, votes: DemoVotes) -> None:
    turned_out = Counter(b.voter.ward for b in votes.finished)

    for ward in content.wards:
        assert turned_out[ward.key] / 1500 == pytest.approx(ward.share, abs=0.04)


def test_paper_and_help_are_used_most_by_the_old(votes: DemoVotes) -> None:
    def offline(ballots: list[DemoBallot]) -> float:
        return mean(b.channel != "online" for b in ballots)

    old = [b for b in votes.finished if b.voter.age >= 70]
    young = [b for b in votes.finished if b.voter.age < 70]

    assert offline(old) > 2 * offline(young) > 0


def test_a_lower_limit_is_kept(content: Content) -> None:
    rng = random.Random(3)
    voters = make_residents(rng, content, 50)

    ballots = make_ballots(rng, voters, content.ballot_of("finished"), max_picks=2)

    assert max(len(b.approvals) for b in ballots) == 2


def test_projects_without_codes_are_refused(content: Content) -> None:
    with pytest.raises(ValueError, match="projects with codes"):
        make_ballots(random.Random(1), [], content.proposals_of("proposing"), max_picks=5)


def test_more_voters_than_residents_are_refused(content: Content) -> None:
    rng = random.Random(1)

    with pytest.raises(ValueError, match=r"[Ss]ample"):
        draw_voters(rng, make_residents(rng, content, 3), 4)


@pytest.mark.filterwarnings("ignore")
def test_the_count_funds_exactly_the_projects_of_the_log(content: Content, votes: DemoVotes) -> None:
    """Counted by a library that is not ours, so that the log's story does not lean on our own counting."""
    round_ = next(r for r in content.rounds if r.key == "finished")
    projects = {p.code or "": Project(p.code, p.cost) for p in content.ballot_of("finished")}
    instance = Instance(projects.values(), budget_limit=round_.amount)
    ballots = [ApprovalBallot([projects[code] for code in b.approvals]) for b in votes.finished]
    profile = ApprovalProfile(ballots, instance=instance).as_multiprofile()

    # Add1 adds one pound a step to every voter's share.
    funded = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, voter_budget_increment=100)

    assert {project.name for project in funded} == {entry.project for entry in content.log}
