"""`pb journal verify`: does the chain hold?"""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from pb.journal import queries, service

journal = AppGroup("journal", help="The public decision record.")


@journal.command()
def verify() -> None:
    """Check every entry's order, link and content. Exit 1 with the first break."""
    broken = service.verify(queries.whole_chain())
    if broken:
        click.echo(f"Broken at entry {broken.seq}: {broken.what}.", err=True)
        sys.exit(1)
    click.echo("The journal holds.")


def init_app(app: Flask) -> None:
    app.cli.add_command(journal)
