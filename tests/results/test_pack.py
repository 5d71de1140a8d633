"""The pack: the same bytes everywhere, signed, counted again; and nothing in it about a person."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Actor, Role
from pb.core.db import committed, db
from pb.journal.queries import whole_chain
from pb.journal.service import record
from pb.journal.service import verify as verify_chain
from pb.results import packfile, verify
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from pb.voting.models import Ballot
from tests.conftest import FixedClock, empty_tables, environment_for
from tests.support.opendata import ISSUER, MANY, SMALL_POT, pack_bytes, seal_lot
from tests.support.results import certified_round, publish_certified, publish_counted, published_round
from tests.support.rounds import make_round
from tests.support.voting import cast, closed_and_opened, ready

ROOT = Path(__file__).resolve().parents[2]


def packed(clock: FixedClock, ballots: list[list[str]] = MANY, **options: object) -> bytes:
    return pack_bytes(published_round(clock, ballots, pots=SMALL_POT, **options))


def answers(pack: bytes) -> dict[str, bool | None]:
    return {finding.question: finding.holds for finding in verify.check(pack)}


def test_a_published_round_verifies(sqlite_app: Flask, clock: FixedClock) -> None:
    pack = packed(clock)

    found = answers(pack)

    assert False not in found.values(), verify.check(pack)
    assert [question for question, holds in found.items() if holds is None] == ["Do receipts and ballots add up?"]
    assert "242 ballots counted again, 2 funded, the same to the byte" in verify.check(pack)[-1].words


@pytest.mark.parametrize("kind", ["points", "ranking", "knapsack"])
def test_every_kind_of_ballot_is_counted_again_from_the_pack(sqlite_app: Flask, clock: FixedClock, kind: str) -> None:
    points = [{"B01": 7, "B02": 3}] * 110 + [{"B03": 10}] * 100 + [{}]
    first = ["B02", "B01"] if kind == "ranking" else ["B01", "B02"]
    ballots = points if kind == "points" else [first] * 110 + [["B03"]] * 100 + [[]]
    round = published_round(clock, ballots, pots=SMALL_POT, plan=BallotPlan(ballot_kind=kind))

    found = verify.check(pack_bytes(round))

    assert [finding for finding in found if finding.holds is False] == []
    assert "211 ballots counted again" in found[-1].words


def test_votes_really_cast_add_up_with_their_receipts(sqlite_app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    receipts = [cast(round, picks, now=clock()).code for picks in (["B01", "B02"], ["B01"], ["B03"])]
    closed_and_opened(round)
    pack = pack_bytes(publish_counted(round, clock))

    files = packfile.unzip(pack)

    assert files["receipts.txt"].decode().split() == sorted(receipts)
    assert answers(pack)["Do receipts and ballots add up?"] is True
    assert "pot-1.pb" not in files
    assert b"B01,B02" not in b"".join(files.values()), "too few ballots to publish any"


def test_too_few_ballots_are_published_as_totals_alone(sqlite_app: Flask, clock: FixedClock) -> None:
    pack = packed(clock, [["B01", "B02"]] * 150 + [["B03"]] * 49)

    files = packfile.unzip(pack)

    (pot,) = json.loads(files["result.json"])["pots"]
    assert (pot["ballots_file"], pot["ballots_withheld"], pot["outcome_is_whole"]) == (None, "too_few", False)
    assert not {"share", "spent_up", "available", "rivals"} & {key for step in pot["outcome"]["steps"] for key in step}
    assert answers(pack)["Does counting again give the same result?"] is None


def test_by_most_votes_the_totals_are_enough_to_count_again(sqlite_app: Flask, clock: FixedClock) -> None:
    pack = packed(clock, plan=BallotPlan(rule="greedy", completion="none"))

    files = packfile.unzip(pack)

    assert json.loads(files["result.json"])["pots"][0]["ballots_withheld"] == "totals_are_enough"
    assert not [name for name in files if name.endswith(".pb")]
    assert answers(pack)["Does counting again give the same result?"] is True


# -- the same bytes


def test_the_same_bytes_on_both_databases_and_in_any_order_of_rows(
    app_on: Callable[[str], Flask], clock: FixedClock
) -> None:
    packs = []
    for name in ("sqlite", "postgresql"):
        with app_on(name).app_context():
            empty_tables()
            seal_lot("together-for-quay")
            round = published_round(clock, MANY, pots=SMALL_POT)
            number_ballots_anew(round)
            packs.append(pack_bytes(round))
            db.session.rollback()

    assert [file for file in packfile.unzip(packs[0]) if differs(packs, file)] == []
    assert packs[0] == packs[1]


def differs(packs: list[bytes], file: str) -> bool:
    return packfile.unzip(packs[0])[file] != packfile.unzip(packs[1])[file]


def number_ballots_anew(round: Round) -> None:
    """The ballots of SQLite backwards: their numbers, and so the order of the rows, are another."""
    if db.engine.dialect.name == "sqlite":
        ballots = db.session.scalars(select(Ballot).order_by(Ballot.n)).all()
        texts = [ballot.choices for ballot in ballots]
        for ballot, text in zip(ballots, reversed(texts), strict=True):
            ballot.choices = text
        db.session.commit()


MAKE = """
import os, sys, hashlib
from pb.core.settings import load_settings
from pb.factory import create_app
from pb.rounds.queries import round_by_slug
from tests.support.opendata import pack_bytes
with create_app(load_settings(os.environ)).app_context():
    print(hashlib.sha256(pack_bytes(round_by_slug(sys.argv[1]))).hexdigest())
"""


def test_the_same_bytes_in_other_processes_zones_and_locales(sqlite_app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, MANY, pots=SMALL_POT)
    here = hashlib.sha256(pack_bytes(round)).hexdigest()
    settings = sqlite_app.extensions["settings"]
    given = environment_for(settings.data_dir, settings.database_url) | {"PATH": os.environ["PATH"]}
    places = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONOPTIMIZE": "0"},
    )

    there = [run([sys.executable, "-c", MAKE, round.slug], cwd=ROOT, env=given | place) for place in places]

    assert [line.stdout.strip() for line in there] == [here] * len(places)


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, **options)  # type: ignore[call-overload,no-any-return]


# -- the signature and the commands, as others use them


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_openssl_checks_the_signature(sqlite_app: Flask, clock: FixedClock, tmp_path: Path) -> None:
    for name, content in packfile.unzip(packed(clock)).items():
        (tmp_path / name).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest.json -sigfile signature.ed25519"

    assert "Signature Verified Successfully" in run(command.split(), cwd=tmp_path).stdout


def test_pb_verify_works_without_settings(sqlite_app: Flask, clock: FixedClock, tmp_path: Path) -> None:
    (tmp_path / "contest.zip").write_bytes(packed(clock))
    (tmp_path / "council.pem").write_bytes(packfile.pem_of(bytes(ISSUER.key.verify_key)))
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pb", "verify", "contest.zip", "--key", "council.pem"]

    said = run(command, cwd=tmp_path, env=bare).stdout

    assert "contest.zip: everything that can be checked holds." in said
    assert "NO" not in said


# -- secrecy


def test_nothing_in_the_pack_points_at_a_person(sqlite_app: Flask, clock: FixedClock) -> None:
    files = packfile.unzip(packed(clock))

    ballots = files["pot-1.pb"].decode().partition("VOTES\n")[2].splitlines()

    assert ballots[0] == "voter_id;vote"
    assert [line.partition(";")[0] for line in ballots[1:]] == [str(n) for n in range(1, 243)]
    votes = [line.partition(";")[2] for line in ballots[1:]]
    assert votes == sorted(votes), "numbered after sorting"
    times = {name: set(re.findall(rb"\d\d:\d\d:\d\d", content)) for name, content in files.items()}
    assert {name for name, found in times.items() if found} <= {"manifest.json", "config.json", "journal.jsonl"}


def test_residents_have_no_number_in_the_record(sqlite_app: Flask, clock: FixedClock) -> None:
    by = Actor(id=77, name="Ada", roles=frozenset({Role.RESIDENT}))
    round = certified_round(clock, MANY, pots=SMALL_POT)
    with committed():
        for _ in range(2):
            record("round.held", by=by, now=clock(), round_id=round.id)

    files = packfile.unzip(pack_bytes(publish_certified(round, clock)))

    acted = [json.loads(line) for line in files["journal.jsonl"].splitlines()]
    marks = [entry["actor"] for entry in acted if entry["actor_role"] == "resident"]
    assert len({*marks}) == 2, "a mark of each entry alone"
    assert 77 not in marks
    assert verify_chain(whole_chain()) is None
