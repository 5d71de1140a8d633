"""`pb vote …`: close and look at a vote from the command line; safe to repeat. Opening takes two people."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup

from pb.core.actor import SYSTEM
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.rounds.models import Round
from pb.rounds.queries import round_by_slug
from pb.voting import closing, forget_cli
from pb.voting.keys_cli import keys
from pb.voting.queries import contest_of, contests_to_act_on, last_moment, set_aside, turnout_by_channel, turnout_of

vote = AppGroup("vote", help="The vote of a round: status, close, scrub.")


def _round(slug: str) -> Round:
    try:
        return round_by_slug(slug)
    except Refusal:
        sys.exit(f"There is no public round {slug!r}.")


@vote.command()
@click.argument("slug")
def status(slug: str) -> None:
    """Print where the vote of a round stands: state, turnout by channel, never a pick."""
    round = _round(slug)
    contest = contest_of(round.id)
    click.echo(f"{round.title}: {contest.state}, sealed in mode {contest.seal_mode}")
    click.echo(f"Votes are taken until {last_moment(round).isoformat()}")
    click.echo(f"Voters: {turnout_of(round.id)}")
    for channel, count in turnout_by_channel(round.id):
        click.echo(f"  {channel}: {count}")
    if contest.box_sha256:
        click.echo(f"Hash of the frozen list: {contest.box_sha256}")
    for reason, count in set_aside(round.id):
        click.echo(f"Set aside, {reason}: {count}")


@vote.command()
@click.argument("slug", required=False)
@click.option("--due", is_flag=True, help="Close every vote whose last moment has passed (for a timer).")
def close(slug: str | None, due: bool) -> None:
    """Close the vote of a round after its last moment, and take the cut links out of the database's files."""
    if due:
        for round, _state in contests_to_act_on():
            closing.close_late(round.id, now=now())
        return
    if slug is None:
        sys.exit("Name a round, or say --due.")
    _try_to(lambda: closing.close_now(_round(slug).id, by=SYSTEM, now=now()))
    click.echo("Voting is closed. Names and votes are separated.")


@vote.command()
def scrub() -> None:
    """Take deleted links out of the database's files again, if the close could not (exit 1 while it still cannot)."""
    if not closing.scrub():
        sys.exit("The database is in use: run this again.")
    click.echo("The files are clean.")


def _try_to(act: Callable[[], object]) -> None:
    """Say a refusal in one line instead of a traceback."""
    try:
        act()
    except Refusal as refusal:
        sys.exit(str(refusal))


def init_app(app: Flask) -> None:
    app.cli.add_command(vote)
    app.cli.add_command(keys)
    forget_cli.init_app(app)
