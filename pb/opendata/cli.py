"""`pb data publish`: files for versions that were published without them."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from pb.core.actor import SYSTEM
from pb.core.db import committed
from pb.core.errors import Refusal
from pb.opendata import service
from pb.opendata.elsewhere import issuer
from pb.rounds.queries import round_by_slug

data = AppGroup("data", help="Published files.")


@data.command()
@click.argument("slug")
def publish(slug: str) -> None:
    """Make the files of every version of the round SLUG that has none. Files that are there stay as they are."""
    try:
        with committed():
            made = service.publish_missing(round_by_slug(slug, viewer=SYSTEM), issuer())
    except Refusal as refusal:
        sys.exit(f"pb: {refusal}")
    click.echo(f"Files made for {made} versions.")


def init_app(app: Flask) -> None:
    app.cli.add_command(data)
