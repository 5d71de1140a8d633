"""Nothing in any published file links a person to a ballot: random small rounds, every file. `SCAN=200` tries more."""

from __future__ import annotations

import csv
import io
import os
import random
import re
from collections.abc import Iterator

from flask import Flask

from pb.core.db import session
from pb.opendata.queries import files_of
from pb.results import packfile
from pb.results.queries import publications
from pb.results.secrecy import FEWEST_BALLOTS
from pb.rounds.models import Round, Ward
from pb.rounds.service import BallotPlan
from tests.conftest import FixedClock
from tests.support.opendata import SMALL_POT
from tests.support.results import certified_round, publish_certified, publish_counted, turn_out
from tests.support.rounds import make_round, make_ward
from tests.support.voting import cast, closed_and_opened, ready

SCAN = int(os.environ.get("SCAN", "4"))
CODES = ("B01", "B02", "B03")
TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
MAY_HOLD_TIMES = {"manifest.json", "config.json", "journal.jsonl", "datapackage.json"}
"""Times of decisions about the round, never of votes."""


def random_ballots(dice: random.Random, kind: str) -> list[object]:
    voters = dice.choice([1, 3, 9, 40, 199, 200, 230])
    picks = [sorted(dice.sample(CODES, dice.randint(0, 3))) for _ in range(voters)]
    return [dict.fromkeys(codes, 2) for codes in picks] if kind == "points" else list(picks)


def random_turnout(dice: random.Random, round: Round, wards: list[Ward], voters: int) -> None:
    """Everybody somewhere: in a ward, by a channel, in groups of any size."""
    channels: dict[str, dict[int, int]] = {"web": {}, "paper": {}, "assisted": {}}
    for _ in range(voters):
        by_ward = channels[dice.choices(list(channels), [8, 2, 1])[0]]
        ward = dice.choices(wards, [9, 3, 1])[0].id
        by_ward[ward] = by_ward.get(ward, 0) + 1
    turn_out(round, **channels)


def everything(round: Round) -> Iterator[tuple[str, bytes]]:
    """Every file of every version, and every file in the packs."""
    for version in publications(round.id):
        for file in files_of(version.id):
            yield file.name, file.content
            if file.name == "contest.zip":
                yield from packfile.unzip(file.content).items()


def test_no_small_group_no_few_ballots_no_times_in_any_file(sqlite_app: Flask, clock: FixedClock) -> None:
    dice = random.Random(24)
    wards = [make_ward("Quay"), make_ward("Vale"), make_ward("Mill")]
    for number in range(SCAN):
        kind = dice.choice(["approval", "points", "ranking"])
        ballots = random_ballots(dice, kind)
        rule = dice.choice([("equal-shares", "add1"), ("greedy", "none")])
        plan = BallotPlan(ballot_kind=kind, rule=rule[0], completion=rule[1])
        round = certified_round(clock, ballots, pots=SMALL_POT, plan=plan, title=f"Scan {number}")
        random_turnout(dice, round, wards, len(ballots))
        publish_certified(round, clock)
        scan(session().merge(round), len(ballots), rule[0])


def scan(round: Round, voters: int, rule: str) -> None:
    files = dict(everything(round))
    has_ballots = {name for name in files if name.endswith(".pb") or name == "ballots.csv"}
    assert bool(has_ballots) == (voters >= FEWEST_BALLOTS and rule == "equal-shares"), (voters, rule, has_ballots)
    assert {name for name, content in files.items() if TIME.search(content) and name != "contest.zip"} <= MAY_HOLD_TIMES
    for row in csv.DictReader(io.StringIO(files["turnout.csv"].decode())):
        small = row["ballots"] and 0 < int(row["ballots"]) < 10
        assert not small or row["group_by"] == "all", row
    if voters < FEWEST_BALLOTS and rule == "equal-shares":
        assert not re.search(rb'"(rivals|available|share|spent_up|endowment)"', b"".join(files.values()))


def test_a_voter_s_receipt_stands_alone(sqlite_app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    receipts = [cast(round, ["B01"], now=clock(), voter=f"{name}@voters.example").code for name in ("ada", "bo", "cy")]
    closed_and_opened(round)
    files = dict(everything(session().merge(publish_counted(round, clock))))

    beside = {name for name, content in files.items() if receipts[0].encode() in content}

    assert beside == {"receipts.txt", "contest.zip"}
    assert files["receipts.txt"].decode().split() == sorted(receipts)
    assert [name for name, content in files.items() if b"voters.example" in content] == []
