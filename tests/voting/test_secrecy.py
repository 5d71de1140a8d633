"""What somebody who holds the database, its files and its logs can learn: who has voted, and nothing of what."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from pb.core.db import Base, committed, db, session
from pb.rounds.models import Round
from pb.voting import closing, sealing
from pb.voting.choices import content_of
from pb.voting.models import Envelope, SealedBallot
from pb.voting.queries import contest_of, paper_of
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.voting import cast, closed, ready

# Long enough that no hash, ciphertext or random name spells one by chance ("b17" is in one hash of seventy).
CODES = "Kestrel{:02d}"
CANARIES = ("Kestrel17", "Kestrel23")
MAY_NAME_PROJECTS = {"project", "round"}


def files_of(app: Flask) -> dict[str, bytes]:
    """Every file of the installation but its keys: the database, its log, the counts of tries."""
    folder = app.extensions["settings"].data_dir
    return {f.name: f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.parent.name != "keys"}


def mentions(app: Flask) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, content in files_of(app).items():
        for canary in CANARIES:
            for spelling in (canary, canary.encode().hex(), canary.lower()):
                found[f"{name} {spelling}"] += content.count(spelling.encode())
    return +found


def test_no_cell_of_any_table_but_the_ballots_names_a_pick_before_the_opening(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock, projects=30, codes=CODES)
    ready(round)
    for canary in CANARIES:
        cast(round, [canary], now=clock.at)
    closed(round)

    named = set()
    for table in Base.metadata.sorted_tables:
        for row in session().execute(text(f'SELECT * FROM "{table.name}"')):
            if any(canary in str(cell) for cell in row for canary in CANARIES):
                named.add(table.name)

    assert named <= MAY_NAME_PROJECTS


def test_every_sealed_ballot_has_the_same_size_and_two_equal_ones_differ(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock, projects=12)
    ready(round)
    for picks in ([], ["B01"], ["B01"], [f"B{n:02d}" for n in range(1, 11)]):
        cast(round, picks, now=clock.at)

    sealed = [envelope.sealed or b"" for envelope in session().scalars(select(Envelope))]

    assert len({len(blob) for blob in sealed}) == 1
    assert len(set(sealed)) == 4


def _truth(round: Round) -> dict[str, str]:
    """receipt → hash of its sealed ballot, while the link still exists."""
    return {e.receipt: sealing.hash_of(e.sealed or b"") for e in session().scalars(select(Envelope))}


def test_after_the_close_order_of_rows_relinks_no_more_than_chance(app: Flask, clock: FixedClock) -> None:
    """The attacker pairs the n-th envelope with the n-th sealed ballot in every order the database can give."""
    round = make_round("voting", clock, projects=12)
    ready(round)
    for n in range(80):
        cast(round, [f"B{n % 12 + 1:02d}"], now=clock.at)
    truth = _truth(round)
    closed(round)
    closing.scrub()
    is_sqlite = db.engine.dialect.name == "sqlite"
    orders = [""] if is_sqlite else ["", "ORDER BY ctid", "ORDER BY xmin::text::bigint, ctid"]

    worst = 0
    for order in orders:
        for left_table in ("envelope", "receipt_in_box"):
            left = [row[0] for row in session().execute(text(f"SELECT receipt FROM {left_table} {order}"))]
            right = [row[0] for row in session().execute(text(f"SELECT sealed_sha256 FROM sealed_ballot {order}"))]
            for guess in (right, right[::-1]):
                worst = max(worst, sum(truth[a] == b for a, b in zip(left, guess, strict=True)))

    assert worst <= 1 + 3 * math.sqrt(1) + 1  # matches of a random pairing: mean 1, variance 1


def test_the_vote_tables_of_sqlite_have_no_rowid(sqlite_app: Flask) -> None:
    for table in ("entitlement", "envelope", "idempotency_key", "sealed_ballot", "receipt_in_box", "ballot"):
        sql = session().scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})

        assert "WITHOUT ROWID" in sql, table


def test_scrubbing_leaves_each_sealed_ballot_once_in_the_file_and_empties_the_log(
    sqlite_app: Flask, clock: FixedClock
) -> None:
    """Once: in the box. The copy that was linked to an entitlement is gone from the bytes too."""
    round = make_round("voting", clock, projects=12)
    ready(round)
    for n in range(30):
        cast(round, [f"B{n % 12 + 1:02d}"], now=clock.at)
    closed(round)

    assert closing.scrub()

    path = Path(str(db.engine.url.database))
    content = path.read_bytes()
    sealed = list(session().scalars(select(SealedBallot.sealed)))
    session().rollback()
    assert len(sealed) == 30
    assert {content.count(blob[:64]) for blob in sealed} == {1}
    log = path.with_name(path.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_the_keys_in_use_are_four_different_secrets_in_files_only_we_can_read(app: Flask, clock: FixedClock) -> None:
    from pb.core.keys import key_folder, pepper, site_key

    round = make_round("voting", clock)
    contest = ready(round)
    private = bytes(sealing.private_key(round.id, contest.seal_public_key))

    secrets_in_use = {pepper(), bytes(site_key()), private, app.config["SECRET_KEY"].encode()}

    assert len(secrets_in_use) == 4
    assert {f.stat().st_mode & 0o777 for f in key_folder().iterdir()} == {0o400}
    assert key_folder().stat().st_mode & 0o077 == 0


def test_the_longest_ballot_of_a_paper_still_fits_its_envelope(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock, projects=40)
    with committed():
        round.max_picks = None
    contest = ready(round)
    paper = paper_of(round)

    content = content_of(paper, dict.fromkeys((line.code for line in paper.lines), 1))

    sealed = sealing.seal(content, public_key=contest.seal_public_key, size=contest.sealed_size)
    assert len(sealed) == contest_of(round.id).sealed_size
