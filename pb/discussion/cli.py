"""`pb talk run`: what talk does by itself: digests, and items that nobody decided about in time."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from pb.core.clock import now
from pb.core.db import committed
from pb.discussion import appeals, election, notices

talk = AppGroup("talk", help="Talk about projects.")


@talk.command()
def run() -> None:
    """Write the digests that are due and show again what was reported and nobody decided about in 48 hours.

    Safe to repeat; every ten minutes is often enough. Before an election no digest leaves.
    """
    moment = now()
    with committed():
        returned = appeals.return_overdue(now=moment)
        base = current_app.extensions["settings"].base_url
        letters = 0 if election.is_on(None, moment) else notices.send_digests(base_url=base, now=moment)
    click.echo(f"Digests written: {letters}. Shown again: {returned}.")


def init_app(app: Flask) -> None:
    app.cli.add_command(talk)
