"""`pb demo prepare`, `pb demo seed` and `pb demo who`: the demonstration council for `make demo`."""

from __future__ import annotations

import logging
import re
import sys
from datetime import datetime, timedelta

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from pb.accounts.demo_routes import PASSWORD
from pb.core.clock import council_zone, now
from pb.core.db import session
from pb.core.settings import Settings
from pb.demo import preparing
from pb.demo.clock import TravellingClock
from pb.demo.content import RESIDENT_DOMAIN, load
from pb.rounds.models import Phase
from pb.rounds.phases import phase_of
from pb.rounds.queries import public_rounds

demo = AppGroup("demo", help="The demonstration council.")


@demo.command()
def prepare() -> None:
    """Make the demonstration's tables and its town (once), then say where it is and who can sign in."""
    _seed()
    _say_who()
    _say_age()
    click.echo("Stop with Ctrl+C; what you did is kept. `make demo-reset` starts over.")


@demo.command()
def seed() -> None:
    """Make the town if it was never made. Safe to repeat: a finished one stays as it is."""
    if not _seed():
        click.echo("The demonstration is there already; nothing was changed.")


@demo.command()
def who() -> None:
    """Say who can sign in as what."""
    _say_who()


@demo.command()
@click.argument("when")
def travel(when: str) -> None:
    """Move the demonstration's clock: `2026-12-01T17:05`, `+9d`, `+30m`, or `back`."""
    clock = current_app.extensions["clock"]
    if not isinstance(clock, TravellingClock):
        sys.exit("DEMO is not 1: a real council's clock is not moved.")
    step = re.fullmatch(r"\+(\d{1,3})([dhm])", when)
    if when == "back":
        clock.come_back()
    elif step:
        clock.go_to(
            clock()
            + int(step[1]) * {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}[step[2]]
        )
    else:
        clock.go_to(datetime.fromisoformat(when).replace(tzinfo=council_zone()))
    click.echo(f"It is now {clock().astimezone(council_zone()):%H:%M on %A %d %B %Y} in the demonstration.")


def _seed() -> bool:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return preparing.prepare(lambda line: click.echo(f"  {line}"))
    except preparing.NotADemonstration:
        sys.exit("DEMO is not 1: this is not a demonstration, so nothing is seeded into it.")


def _say_who() -> None:
    settings: Settings = current_app.extensions["settings"]
    content = load(now().astimezone(council_zone()).date())
    click.echo(f"\n{settings.council_name}: {settings.base_url}\n")
    click.echo(f"Staff sign in at {settings.base_url}/staff/sign-in with the password “{PASSWORD}”")
    click.echo(f"and the code of the moment, shown at {settings.base_url}/demo:")
    for member in content.staff:
        click.echo(f"  {member.email:<46} {member.job_title}")
    click.echo(f"Residents sign in with any address, such as {content.residents[0].email} (writes for Canal Friends)")
    click.echo(f"or you@{RESIDENT_DOMAIN}. Their mail, with links and codes, is at {settings.base_url}/demo/mailbox\n")


def _say_age() -> None:
    """A demonstration that is weeks old has no vote open any more: say so before somebody looks for it."""
    moment = now()
    if not any(phase_of(round, moment) is Phase.VOTING for round in public_rounds(moment)):
        click.echo("The demonstration's vote has ended since it was made. `make demo-reset` makes one that is open.")
    session().rollback()


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)
