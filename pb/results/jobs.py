"""Counts too long for a request: a row says how far one is, a thread of this process does it.

The row is what the desk shows, from any web process. A job that has been silent for five minutes (the process was
stopped) may be started again: nothing of it was kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from flask import Flask, current_app, g

from pb.core.actor import Actor
from pb.core.clock import now as time_now
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.results import errors, queries, service, tally
from pb.results.models import CountingJob
from pb.rounds.models import Round

INLINE = 5_000
"""Up to this many ballots are counted inside the request."""
SILENT = timedelta(minutes=5)


def is_running(job: CountingJob | None, now: datetime) -> bool:
    return job is not None and job.state == "running" and now - job.seen_at < SILENT


def begin(round: Round, *, purpose: str, by: Actor, now: datetime) -> CountingJob:
    """Note that a count is to run; it starts once this request has been answered and committed.

    Raises: NotYours; BoxNotOpened; CountRunning; NotCounted for a recount without a count
    """
    session().refresh(round, with_for_update=True)
    service.check_countable(round, by=by)
    if purpose == "recount" and not queries.official_counts(round.id):
        raise errors.NotCounted
    if is_running(queries.job_of(round.id), now):
        raise errors.CountRunning
    fresh = CountingJob(
        round_id=round.id, purpose=purpose, state="running", pots=len(round.pots), started_at=now, seen_at=now
    )
    job = session().merge(fresh)
    job.pots_done, job.problem = 0, ""
    session().flush()
    g.jobs_to_start = [*g.get("jobs_to_start", ()), (round.id, by)]
    return job


def run(round_id: int, *, by: Actor) -> None:
    """Do what the row asks for. Reading and counting hold no lock; only the last step writes the result."""
    job = queries.job_of(round_id)
    if job is None or job.state != "running":
        return
    purpose = job.purpose
    round = session().get_one(Round, round_id)
    tasks = service.tasks_to_count(round, by=by)
    db.session.rollback()
    tallies: list[tally.Tally] = []
    for done, task in enumerate(tasks, start=1):
        tallies += service.run_all([task])
        with committed():
            _note(round_id, pots_done=done)
    with committed():
        round = session().get_one(Round, round_id)
        keep = service.keep_official if purpose == "official" else service.keep_recount
        keep(round, tallies, by=by, now=time_now())
        _note(round_id, state="done")


def _note(round_id: int, **changes: object) -> None:
    job = session().get_one(CountingJob, round_id)
    for name, value in (changes | {"seen_at": time_now()}).items():
        setattr(job, name, value)


def run_safely(app: Flask, round_id: int, by: Actor) -> None:
    """What the thread does: count, and put any failure where the desk shows it."""
    with app.app_context():
        try:
            run(round_id, by=by)
        except Refusal as error:
            with committed():
                _note(round_id, state="failed", problem=str(error)[:600])
        except Exception:
            with committed():
                _note(round_id, state="failed", problem="")
            app.logger.exception("a count failed")


def _start_waiting(_error: BaseException | None = None) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for round_id, by in g.pop("jobs_to_start", ()):
        Thread(target=run_safely, args=(app, round_id, by), name=f"count-{round_id}").start()


def init_app(app: Flask) -> None:
    """Start what a request asked for when it has ended, so that its commit is behind it."""
    app.teardown_request(_start_waiting)
