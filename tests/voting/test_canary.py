"""Votes with marked picks, of all four kinds: the marks are nowhere before the opening, and are found after it.

Searched: every byte the database keeps (tables, its log of writes, temporary files), a backup taken while voting is
open, the app's own files and its log lines. Keys are left out: they are what opens the votes.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from pb.core.db import committed, db
from pb.core.money import Money
from pb.rounds.models import Round
from pb.rounds.service import PotPlan
from pb.voting import closing
from pb.voting.choices import Marks, content_of
from pb.voting.queries import paper_of
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.rounds import make_round, make_ward
from tests.support.voting import cast, closed_and_opened, ready
from tests.voting.test_routes import BALLOT, pick, prove, start
from tests.voting.test_secrecy import CANARIES, CODES, mentions

# No two alike: one database serves all these tests, and keeps what an earlier one opened.
MARKED: dict[str, Marks] = {
    "approval": {"Kestrel17": 1, "Kestrel23": 1},
    "knapsack": {"Kestrel18": 1, "Kestrel23": 1},
    "points": {"Kestrel17": 7, "Kestrel23": 3},
    "ranking": {"Kestrel23": 1, "Kestrel17": 2},
}
TEXTS = {
    "approval": b'["Kestrel17","Kestrel23"]',
    "knapsack": b'["Kestrel18","Kestrel23"]',
    "points": b'{"Kestrel17":7,"Kestrel23":3}',
    "ranking": b'["Kestrel23","Kestrel17"]',
}


def round_of(kind: str, clock: FixedClock) -> Round:
    made = make_round(
        "voting", clock, projects=30, codes=CODES, pots=(PotPlan("The pot", Money(90_000_00), "Council"),)
    )
    with committed():
        made.ballot_kind = kind
    ready(made)
    return made


def kept_bytes(app: Flask, request: pytest.FixtureRequest) -> Iterator[tuple[Path, bytes]]:
    """Every file of the installation and of its database, but the keys."""
    folders = [app.extensions["settings"].data_dir]
    if db.engine.dialect.name == "postgresql":
        folders.append(request.getfixturevalue("postgres").folder)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and file.parent.name != "keys":
                yield file, file.read_bytes()


@pytest.mark.parametrize("kind", list(MARKED))
def test_no_ballot_is_readable_in_any_file_before_the_opening(
    app: Flask, clock: FixedClock, kind: str, request: pytest.FixtureRequest
) -> None:
    round = round_of(kind, clock)
    other = dict(zip(("Kestrel01", "Kestrel02"), MARKED[kind].values(), strict=True))
    cast(round, MARKED[kind], now=clock.at, voter="ann")
    cast(round, other, now=clock.at, voter="ben")
    cast(round, MARKED[kind], now=clock.at, voter="ben", sees_version=1)
    content = content_of(paper_of(round), MARKED[kind])
    db.session.rollback()
    assert TEXTS[kind] in content, "what is searched for is what is sealed"

    found = [file.name for file, kept in kept_bytes(app, request) if TEXTS[kind] in kept or content in kept]

    assert found == []
    closed_and_opened(round)
    db.session.rollback()
    assert any(TEXTS[kind] in kept for _, kept in kept_bytes(app, request)), "the search finds what is there"


@pytest.mark.parametrize("kind", list(MARKED))
def test_the_whole_way_of_every_kind_leaves_no_pick_in_files_backups_and_logs(
    client: StrictClient, clock: FixedClock, caplog: pytest.LogCaptureFixture, tmp_path: Path, kind: str
) -> None:
    ward = make_ward("Quay")
    round_of(kind, clock)
    assert closing.scrub(), "the log of writes begins empty, so that only what is written now is in it"
    file = Path(str(db.engine.url.database))
    before, backup_before = mentions(client.app), mentions_in_backup(file, tmp_path / "before.sqlite")
    assert before, "the frozen ballot itself names the projects"
    logging.getLogger("moothall").propagate = True

    with caplog.at_level(logging.DEBUG):
        start(client, ward)
        pick(client, *CANARIES)
        if kind == "points":
            share(client, {"Kestrel17": 7, "Kestrel23": 3})
        if kind == "ranking":
            client.post(f"{BALLOT}/move/Kestrel23/up", {})
        assert prove(client).response.headers["Location"].endswith("/done")

    assert mentions(client.app) == before
    assert mentions_in_backup(file, tmp_path / "after.sqlite") == backup_before
    assert not [line for line in caplog.messages if any(canary in line for canary in CANARIES)]


def share(client: StrictClient, points: dict[str, int]) -> Page:
    """Type points into their boxes and go on."""
    from pb.voting.forms import box_name

    page = client.get(f"{BALLOT}/points")
    boxes = {box_name(code): str(number) for code, number in points.items()}
    return client.submit(page, page.one("form", action=f"{BALLOT}/points"), do="continue", **boxes)


def mentions_in_backup(file: Path, copy: Path) -> dict[str, int]:
    """How often an online backup of the database names each marked project."""
    source, target = sqlite3.connect(file), sqlite3.connect(copy)
    with source, target:
        source.backup(target)
    source.close()
    target.close()
    content = copy.read_bytes()
    return {canary: content.count(canary.encode()) for canary in CANARIES}
