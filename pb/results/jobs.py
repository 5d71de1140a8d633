"""Work too long for a request: a row says how far it is, a thread of this process does it.

Counts of many ballots, the study of every count, and the files of many ballots before they are published. The row is
what pages show, from any web process. A job that has been silent for five minutes (the process was stopped) may be
started again; studies and files are, by whichever web process first sees it, and go on from what was kept.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from fractions import Fraction
from threading import Thread
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import select, update

from pb.core import slots
from pb.core.actor import SYSTEM, Actor
from pb.core.clock import now as time_now
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.results import errors, queries, service, study, tally
from pb.results.models import CountingJob
from pb.rounds.models import Round

INLINE = 5_000
"""Up to this many ballots are counted, and their files made, inside the request."""
SILENT = timedelta(minutes=5)
LOOK_EVERY = 60.0
"""Seconds after which a web process looks again for work that another one left behind."""
LONGEST_REST = 2.0
"""A study rests after each piece as long as the piece took, at most these seconds: visitors come first."""
ALONE = ("study", "files")
"""What goes on by itself when it was interrupted. A count is begun by a person."""


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


def begin_files(round: Round, *, by: Actor, now: datetime) -> CountingJob | None:
    """Note that the files of its ballots are to be made; None while they are, and where none must be made ahead."""
    job = queries.files_job_of(round.id)
    if is_running(job, now) or not service.lacks_files(round):
        return None
    return _begin(round, "files", len(round.pots), by, now)


def begin_what_is_left(round: Round, *, by: Actor, now: datetime) -> None:
    """After a certification and a publication: the files if they are wanted, the study if it is not finished."""
    if service.is_certified(queries.certifications(round.id, service.mark_of(queries.official_counts(round.id)))):
        begin_files(round, by=by, now=now)
    if not is_finished(queries.study_of(round.id)):
        begin_study(round, by=by, now=now)


def is_finished(job: CountingJob | None) -> bool:
    return job is not None and job.state == "done" and job.done >= job.total


def _begin(round: Round, purpose: str, total: int, by: Actor, now: datetime) -> CountingJob:
    fresh = CountingJob(round_id=round.id, purpose=purpose, state="running", total=total, started_at=now, seen_at=now)
    job = session().merge(fresh)
    job.done, job.problem, job.doing = 0, "", {}
    session().flush()
    g.jobs_to_start = [*g.get("jobs_to_start", ()), (round.id, purpose, by)]
    return job


def run(round_id: int, purpose: str, *, by: Actor) -> None:
    """Do what the row asks for. Reading and counting hold no lock; only the last step writes the result."""
    if purpose in ALONE:
        _run_alone(round_id, purpose)
        return
    job = session().get(CountingJob, (round_id, purpose))
    if job is not None and job.state == "running":
        _count(round_id, purpose, by)


def _count(round_id: int, purpose: str, by: Actor) -> None:
    round = session().get_one(Round, round_id)
    tasks, names = service.tasks_to_count(round, by=by), [pot.name for pot in round.pots]
    db.session.rollback()
    tallies: list[tally.Tally] = []
    for done, (task, pot) in enumerate(zip(tasks, names, strict=True), start=1):
        listener = Listener(round_id, purpose, pot, task)
        listener.note()
        tallies += service.run_all([task], listener)
        with committed():
            _note(round_id, purpose, done=done, doing={})
    with committed():
        round = session().get_one(Round, round_id)
        keep = service.keep_official if purpose == "official" else service.keep_recount
        keep(round, tallies, by=by, now=time_now())
        _note(round_id, purpose, state="done")


class Listener:
    """Hears from the engine how far a voter's share has been raised, and puts it where pages show it, once a second."""

    def __init__(self, round_id: int, purpose: str, pot: str, task: tally.Task) -> None:
        voters = sum(task.choices.values())
        self.job, self.heard = (round_id, purpose), time.monotonic()
        self.doing: dict[str, Any] = {"pot": pot, "ballots": voters, "began": task.amount // voters if voters else 0}

    def __call__(self, share: Fraction) -> None:
        if time.monotonic() - self.heard >= 1:
            self.note(share=int(share))

    def note(self, **more: int) -> None:
        self.heard = time.monotonic()
        with committed():
            _note(*self.job, doing=self.doing | more)


def _run_alone(round_id: int, purpose: str) -> None:
    noted = piece = time.monotonic()

    def told(done: int, total: int) -> None:
        nonlocal noted, piece
        now = time.monotonic()
        if done == total or now - noted >= 1:
            noted = now
            with committed():
                _note(round_id, purpose, done=done, total=total)
        if purpose == "study" and done < total:
            time.sleep(min(now - piece, LONGEST_REST))
        piece = time.monotonic()

    with committed():
        _note(round_id, purpose, state="running", done=0)
    if purpose == "study":
        study.study(round_id, now=time_now, told=told)
    else:
        slots.gathered("results.files_wanted", round_id=round_id, told=told)
    with committed():
        _note(round_id, purpose, state="done")


def _note(round_id: int, purpose: str, **changes: object) -> None:
    now = time_now()
    job = session().get(CountingJob, (round_id, purpose)) or CountingJob(
        round_id=round_id, purpose=purpose, state="running", total=1, started_at=now
    )
    for name, value in (changes | {"seen_at": now}).items():
        setattr(job, name, value)
    session().add(job)


def note_study(round_id: int, *, done: int, total: int) -> None:
    """Let the desk know how far a command has studied."""
    with committed():
        _note(round_id, "study", state="done", done=done, total=total)


def run_safely(app: Flask, round_id: int, purpose: str, by: Actor) -> None:
    """What the thread does: the work, after an official count its study too; a failure is put where pages show it."""
    with app.app_context():
        if _safely(app, round_id, purpose, by) and purpose == "official":
            _safely(app, round_id, "study", by)


def take_up(app: Flask) -> None:
    """Go on with studies and files that a stopped process left behind. Of several web processes one gets each."""
    with app.app_context():
        now = time_now()
        left = select(CountingJob.round_id, CountingJob.purpose, CountingJob.seen_at).where(
            CountingJob.purpose.in_(ALONE), CountingJob.state == "running", CountingJob.seen_at <= now - SILENT
        )
        for round_id, purpose, seen_at in session().execute(left.order_by(CountingJob.round_id)).all():
            mine = update(CountingJob).where(
                CountingJob.round_id == round_id, CountingJob.purpose == purpose, CountingJob.seen_at == seen_at
            )
            with committed():
                taken: Any = session().execute(mine.values(seen_at=now))
            if taken.rowcount:
                _safely(app, round_id, purpose, SYSTEM)


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
    if time.monotonic() >= app.extensions["jobs_look_at"]:
        app.extensions["jobs_look_at"] = time.monotonic() + LOOK_EVERY
        Thread(target=take_up, args=(app,), name="count-left-behind", daemon=True).start()


def init_app(app: Flask) -> None:
    """Start what a request asked for when it has ended, so that its commit is behind it."""
    app.extensions["jobs_look_at"] = time.monotonic() + LOOK_EVERY
    app.teardown_request(_start_waiting)
