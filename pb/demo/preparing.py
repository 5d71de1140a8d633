"""Make the demonstration once: tables, then the town. Killed half way, the next run starts clean."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, func, select, update

from pb.core.clock import now
from pb.core.db import committed, db, session
from pb.core.outbox import OutboxMessage
from pb.core.settings import Settings
from pb.demo.content import load
from pb.demo.generator import make_demo_votes
from pb.demo.seeding import checks, log, moderation, people, proposals, results, rounds, talk, votes
from pb.demo.seeding.story import tell
from pb.demo.seeding.town import Town
from pb.rounds.models import Round

Say = Callable[[str], None]
ROOMS = (people, rounds, proposals, checks, talk, moderation, votes, results, log)
KEPT_MAIL = 8


class NotADemonstration(Exception):
    """The settings say that this is a real council: nothing is ever seeded into it."""


def prepare(say: Say) -> bool:
    """Bring the tables up to date and seed them if that was never finished; True when it was done now.

    Raises: NotADemonstration
    """
    settings = _settings()
    if not settings.demo:
        raise NotADemonstration
    if _unfinished().exists():
        say("The last preparation was interrupted: starting over.")
        _start_over(settings)
    upgrade()
    if _is_seeded():
        return False
    _unfinished().touch()
    began = time.perf_counter()
    seed(now(), say)
    _unfinished().unlink()
    say(f"Made in {time.perf_counter() - began:.0f} seconds.")
    return True


def seed(today: datetime, say: Say) -> None:
    """Live the town's years up to `today`."""
    town = town_of(today)
    tell([step for room in ROOMS for step in room.steps(town)], say)
    with committed():
        _tidy_mail(today)


def town_of(today: datetime) -> Town:
    """The town before anything of it is made."""
    settings = _settings()
    zone = ZoneInfo(settings.time_zone)
    content = load(today.astimezone(zone).date())
    return Town(content, make_demo_votes(content), today, zone, settings.base_url)


def _tidy_mail(today: datetime) -> None:
    """Nobody waits for last year's letters: the newest few stay to be read, as sent."""
    newest = (
        select(OutboxMessage.id).order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(KEPT_MAIL)
    )
    kept = session().scalars(newest).all()
    session().execute(delete(OutboxMessage).where(OutboxMessage.id.not_in(kept)))
    session().execute(update(OutboxMessage).values(sent_at=today))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _unfinished() -> Path:
    """There while the town is being made."""
    return _settings().data_dir / "demo-unfinished"


def _is_seeded() -> bool:
    found = session().scalar(select(func.count(Round.id))) or 0
    db.session.rollback()
    return found > 0


def _start_over(settings: Settings) -> None:
    """Undo every migration, which removes the half-made rows too, and forget the keys and lots of half-made votes."""
    upgrade()
    downgrade(revision="base")
    for folder in ("keys", "lots"):
        shutil.rmtree(settings.data_dir / folder, ignore_errors=True)
