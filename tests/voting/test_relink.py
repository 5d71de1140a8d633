"""After the opening somebody holds everything: tables in every order, every file byte by byte, the public record.

They try to say which person cast which ballot. Every order the database can give of people is laid beside every order
of ballots; chance gives one hit a try on average. The same attack on a town that kept its order finds everybody.
(security.md, C20)
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from pb.core.db import committed, db, session
from pb.journal.models import JournalEntry
from pb.rounds.models import Round
from pb.voting import closing, opening
from pb.voting.models import Ballot, Envelope
from pb.voting.queries import last_moment
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.voting import OFFICER, cast, closed, ready

VOTERS = 120
PICKS = random.Random(7).sample(list(itertools.combinations([f"B{n:02d}" for n in range(1, 13)], 3)), VOTERS)
"""In the order of casting, which says nothing of what is picked."""
MOST_HITS = 8
"""Of 120, in one of some hundred tries: chance gives one on average, and more than eight once in 900,000 tries."""
MOST_CORRELATION = 5 / math.sqrt(VOTERS - 1)
"""Five standard errors of the rank correlation of two orders that know nothing of each other."""

Truth = dict[str, str]
"""A receipt and an entitlement's id, each with the text of the ballot cast under it."""


@pytest.fixture
def town(app: Flask, clock: FixedClock) -> tuple[Round, Truth]:
    """Everybody has voted for something of their own; the vote is closed, cleaned and opened."""
    round = make_round("voting", clock, projects=12)
    ready(round)
    round_id, truth = round.id, {}
    for picks in PICKS:
        receipt = cast(round, picks, now=clock.at).code
        truth[receipt] = json.dumps(list(picks), separators=(",", ":"))
    for envelope in session().scalars(select(Envelope)):
        truth[envelope.entitlement_id] = truth[envelope.receipt]
    closed(round)
    assert closing.scrub()
    with committed():
        here = session().get_one(Round, round_id)
        opening.open_box(here, by=OFFICER, now=last_moment(here))
    return session().get_one(Round, round_id), truth


def orders(table: str, column: str) -> dict[str, list[str]]:
    """A column in every order the database itself can give."""
    ways = [""]
    if db.engine.dialect.name == "postgresql":
        ways += ["ORDER BY ctid", "ORDER BY xmin::text::bigint, ctid", "ORDER BY md5(t::text)"]
    found = {}
    for way in ways:
        rows = session().execute(text(f"SELECT {column} FROM {table} AS t {way}"))
        found[f"{table} {way}"] = [str(row[0]) for row in rows]
    return found


def in_files(values: Sequence[str], folder: Path) -> dict[str, list[str]]:
    """The values in the order in which each file holds them, where it holds them all."""
    found = {}
    for file in (file for file in folder.rglob("*") if file.is_file()):
        content = file.read_bytes()
        at = {value: content.find(value.encode()) for value in values}
        if all(place >= 0 for place in at.values()):
            found[f"file {file.name}"] = sorted(at, key=lambda value: at[value])
    return found


def attack(people: dict[str, list[str]], ballots: dict[str, list[str]], truth: Truth) -> list[tuple[str, int, float]]:
    """(which orders, hits, rank correlation) of each try: the n-th person with the n-th ballot, both ways round."""
    tries = []
    for (left, owners), (right, texts) in itertools.product(people.items(), ballots.items()):
        place = {ballot: n for n, ballot in enumerate(texts)}
        ranks = [place[truth[owner]] for owner in owners]
        size = len(ranks)
        apart = sum((n - rank) ** 2 for n, rank in enumerate(ranks))
        correlation = 1 - 6 * apart / (size * (size**2 - 1))
        hits = max(sum(n == rank for n, rank in enumerate(ranks)), sum(size - 1 - n == r for n, r in enumerate(ranks)))
        tries.append((f"{left} / {right}", hits, correlation))
    return tries


def folder_of(app: Flask, request: pytest.FixtureRequest) -> Path:
    if db.engine.dialect.name == "sqlite":
        folder: Path = app.extensions["settings"].data_dir
        return folder
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
    data: Path = request.getfixturevalue("postgres").folder
    return data


def test_who_holds_everything_after_the_opening_links_no_better_than_chance(
    app: Flask, town: tuple[Round, Truth], request: pytest.FixtureRequest
) -> None:
    _, truth = town
    receipts, owners = session().execute(select(Envelope.receipt, Envelope.entitlement_id)).all(), "entitlement_id"
    texts = list(session().scalars(select(Ballot.choices)))
    assert sorted(texts) == sorted(set(truth.values()))
    people = (
        orders("envelope", "receipt")
        | {f"{name} by owner": order for name, order in orders("envelope", owners).items()}
        | orders("receipt_in_box", "receipt")
        | orders("entitlement", "id")
        | {"receipts sorted": sorted(row.receipt for row in receipts)}
        | {"owners sorted": sorted(row.entitlement_id for row in receipts)}
    )
    ballots = orders("ballot", "choices") | {"sorted": sorted(texts)}
    db.session.rollback()
    folder = folder_of(app, request)
    people |= {f"receipts in {name}": order for name, order in in_files([r.receipt for r in receipts], folder).items()}
    people |= {f"owners in {n}": order for n, order in in_files([r.entitlement_id for r in receipts], folder).items()}
    ballots |= in_files(texts, folder)

    tries = attack(people, ballots, truth)

    assert len(tries) >= 12, "the attacker has something to try"
    assert [one for one in tries if one[1] > MOST_HITS or abs(one[2]) > MOST_CORRELATION] == []


def test_no_table_keeps_the_order_of_casting(app: Flask, town: tuple[Round, Truth]) -> None:
    _, truth = town
    as_cast = {"as cast": [json.dumps(list(picks), separators=(",", ":")) for picks in PICKS]}
    people = (
        orders("envelope", "receipt")
        | {f"{name} by owner": order for name, order in orders("envelope", "entitlement_id").items()}
        | orders("receipt_in_box", "receipt")
        | orders("entitlement", "id")
    )

    tries = attack(people, as_cast, truth)

    assert [one for one in tries if one[1] > MOST_HITS or abs(one[2]) > MOST_CORRELATION] == []


def test_the_record_has_no_line_for_a_vote(app: Flask, town: tuple[Round, Truth]) -> None:
    _, truth = town
    whole = " ".join(f"{entry.kind} {entry.facts} {entry.subject}" for entry in session().scalars(select(JournalEntry)))

    assert not [known for known in truth if known in whole]
    assert "['B01'" not in whole


def test_the_same_attack_finds_everybody_where_an_order_was_kept(app: Flask, town: tuple[Round, Truth]) -> None:
    """A box that numbers ballots as they were cast: what the peers' tables do."""
    _, truth = town
    receipts = sorted(row.receipt for row in session().execute(select(Envelope.receipt)))

    (tried,) = attack({"as cast": receipts}, {"as cast": [truth[receipt] for receipt in receipts]}, truth)

    assert tried[1:] == (VOTERS, 1.0)
