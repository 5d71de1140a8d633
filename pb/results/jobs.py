"""Work too long for a request: a row says how far it is, a thread of this process does it.

Counts of many ballots, and the study of every count. The row is what pages show, from any web process. A job that has
been silent for five minutes (the process was stopped) may be started again: what a study had kept stays.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from threading import Thread

from flask import Flask, current_app, g

from pb.core.actor import Actor
from pb.core.clock import now as time_now
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.results import errors, queries, service, study, tally
from pb.results.models import CountingJob
from pb.rounds.models import Round

INLINE = 5_000
"""Up to this many ballots are counted inside the request."""
SILENT = timedelta(minutes=5)
LONGEST_STUDY = timedelta(minutes=10)
"""A web process gives no more time than this to explanations; `pb study` has no such limit."""


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
    return _begin(round, purpose, len(round.pots), by, now)


def begin_study(round: Round, *, by: Actor, now: datetime) -> CountingJob | None:
    """Note that the official count is to be studied once this request has been answered; None while one is."""
    job = queries.study_of(round.id)
    return None if is_running(job, now) else _begin(round, "study", 1, by, now)


def _begin(round: Round, purpose: str, total: int, by: Actor, now: datetime) -> CountingJob:
    fresh = CountingJob(round_id=round.id, purpose=purpose, state="running", total=total, started_at=now, seen_at=now)
    job = session().merge(fresh)
    job.done, job.problem = 0, ""
    session().flush()
    g.jobs_to_start = [*g.get("jobs_to_start", ()), (round.id, purpose, by)]
    return job


def run(round_id: int, purpose: str, *, by: Actor) -> None:
    """Do what the row asks for. Reading and counting hold no lock; only the last step writes the result."""
    if purpose == "study":
        _study(round_id)
        return
    job = session().get(CountingJob, (round_id, purpose))
    if job is not None and job.state == "running":
        _count(round_id, purpose, by)


def _count(round_id: int, purpose: str, by: Actor) -> None:
    round = session().get_one(Round, round_id)
    tasks = service.tasks_to_count(round, by=by)
    db.session.rollback()
    tallies: list[tally.Tally] = []
    for done, task in enumerate(tasks, start=1):
        tallies += service.run_all([task])
        with committed():
            _note(round_id, purpose, done=done)
    with committed():
        round = session().get_one(Round, round_id)
        keep = service.keep_official if purpose == "official" else service.keep_recount
        keep(round, tallies, by=by, now=time_now())
        _note(round_id, purpose, state="done")


def _study(round_id: int) -> None:
    heard = time.monotonic() - 1

    def told(done: int, total: int) -> None:
        nonlocal heard
        if done == total or time.monotonic() - heard >= 1:
            heard = time.monotonic()
            with committed():
                _note(round_id, "study", done=done, total=total)

    with committed():
        _note(round_id, "study", state="running", done=0)
    study.study(round_id, now=time_now, told=told, longest=LONGEST_STUDY)
    with committed():
        _note(round_id, "study", state="done")


def _note(round_id: int, purpose: str, **changes: object) -> None:
    now = time_now()
    job = session().get(CountingJob, (round_id, purpose)) or CountingJob(
        round_id=round_id, purpose=purpose, state="running", total=1, started_at=now
    )
    for name, value in (changes | {"seen_at": now}).items():
        setattr(job, name, value)
    session().add(job)


def run_safely(app: Flask, round_id: int, purpose: str, by: Actor) -> None:
    """What the thread does: the work, after an official count its study too; a failure is put where pages show it."""
    with app.app_context():
        if _safely(app, round_id, purpose, by) and purpose == "official":
            _safely(app, round_id, "study", by)


def _safely(app: Flask, round_id: int, purpose: str, by: Actor) -> bool:
    try:
        run(round_id, purpose, by=by)
    except Refusal as error:
        problem = str(error)[:600]
    except Exception:
        app.logger.exception("a count or its study failed")
        problem = ""
    else:
        return True
    with committed():
        _note(round_id, purpose, state="failed", problem=problem)
    return False


def _start_waiting(_error: BaseException | None = None) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for round_id, purpose, by in g.pop("jobs_to_start", ()):
        Thread(target=run_safely, args=(app, round_id, purpose, by), name=f"count-{round_id}").start()


def init_app(app: Flask) -> None:
    """Start what a request asked for when it has ended, so that its commit is behind it."""
    app.teardown_request(_start_waiting)
