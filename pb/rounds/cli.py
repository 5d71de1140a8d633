"""`pb import-postcodes FILE.csv`: which postcodes lie in which ward."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from pb.core.actor import SYSTEM
from pb.core.clock import now
from pb.core.db import committed
from pb.rounds.postcodes import WrongLine, set_postcodes


@click.command("import-postcodes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def import_postcodes(file: Path) -> None:
    """Replace the table of postcodes by FILE, lines of "WN2 3AA,E05000123" without a heading.

    A line may also name a sector ("WN2 3") or a district ("WN2") that lies wholly in one ward.
    """
    with file.open(newline="", encoding="utf-8") as source:
        lines = [(row[0].strip().upper(), row[1].strip()) for row in csv.reader(source) if len(row) >= 2]
    try:
        with committed():
            number = set_postcodes(lines=lines, by=SYSTEM, now=now())
    except WrongLine as line:
        click.echo(f"Nothing was changed: “{line}” is not a postcode and one of our wards.", err=True)
        sys.exit(1)
    click.echo(f"{number} postcodes are known now.")


def init_app(app: Flask) -> None:
    app.cli.add_command(import_postcodes)
