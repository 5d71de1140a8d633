"""Tables of counting that hold rows keep them when the schema goes back by some steps and forth again (C12)."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from pb.core.db import db
from pb.opendata.models import BallotFiles
from pb.results import queries
from pb.results.models import CountingJob
from tests.conftest import FixedClock
from tests.support.opendata import MANY, SMALL_POT
from tests.support.results import published_round


def jobs() -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT purpose, state, done, total, problem FROM counting_job ORDER BY purpose")
        )
        return [tuple(row) for row in rows]


def test_jobs_and_files_made_ahead_go_through_migration_015(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, MANY, pots=SMALL_POT)
    (count,) = queries.official_counts(round.id)
    facts: dict[str, Any] = {"round_id": round.id, "total": 3, "started_at": clock(), "seen_at": clock()}
    for purpose, state, doing in (
        ("official", "done", {}),
        ("study", "failed", {}),
        ("files", "running", {"pot": "x"}),
    ):
        db.session.merge(CountingJob(purpose=purpose, state=state, done=1, problem="Ŵ", doing=doing, **facts))
    db.session.merge(BallotFiles(count_id=count.id, pabulib=b"META", table=b"pot"))
    db.session.commit()
    round_id, kept = round.id, (count.id, count.outcome_sha256)
    db.session.remove()

    downgrade(revision="014")
    before, tables = jobs(), set(inspect(db.engine).get_table_names())
    upgrade()

    expected = [("official", "done", 1, 3, "Ŵ"), ("study", "failed", 1, 3, "Ŵ")]
    assert (before, "ballot_files" in tables) == (expected, False)
    assert jobs() == expected
    assert [job.doing for job in db.session.query(CountingJob)] == [{}, {}]
    assert [(one.id, one.outcome_sha256) for one in queries.official_counts(round_id)] == [kept]
    assert db.session.query(BallotFiles).count() == 0
    db.session.add(CountingJob(purpose="files", state="running", done=0, problem="", doing={}, **facts))
    db.session.commit()
