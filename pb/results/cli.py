"""`pb import-pabulib`: a finished round of a public file. `pb count`, `recount`, `study`: the desk for a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask, current_app

from pb.core import slots
from pb.core.actor import SYSTEM
from pb.core.clock import now
from pb.core.db import committed, db, let_go
from pb.core.errors import Refusal
from pb.counting import RULES, ParseError
from pb.results import jobs, pabulib, queries, sentences, service, study, tally
from pb.rounds.models import Round
from pb.rounds.queries import round_by_slug

AT_ONCE = timedelta(minutes=1)
"""How long a command that counts goes on explaining before it leaves the rest to `pb study`."""


@click.command("import-pabulib")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", help="What the round is called. Default: the place and year in the file.")
@click.option("--slug", help="Its address, /rounds/SLUG.")
@click.option("--rule", type=click.Choice(sorted(RULES)), help="Count by this rule. Default: the one the file names.")
@click.option("--completion", help="For equal-shares: what to do with the money left over. Default: add1.")
@click.option("--replace", is_flag=True, help="If this file is here already, import it afresh.")
def import_pabulib(
    file: Path, title: str | None, slug: str | None, rule: str | None, completion: str | None, replace: bool
) -> None:
    """Make a finished, counted round of a Pabulib FILE.

    Its results page shows the winners the file published beside the winners we count. The same file twice does nothing
    but say so. Progress goes to standard error, the address to standard output.
    """
    say = _progress()
    say(f"Reading {file.name}")
    try:
        source = pabulib.read(file)
    except (ParseError, OSError) as error:
        sys.exit(f"pb: {error}")
    say(f"{source.file.election.num_voters:,} ballots, {len(source.file.projects):,} projects")
    wish = pabulib.Wish(title, slug, rule, completion)
    earlier = pabulib.found_again(source)
    if earlier and not replace:
        click.echo(f"Imported already: {_address(earlier)}. Use --replace to import it afresh.")
        _make_files(earlier.id, say)
        return
    db.session.rollback()
    try:
        click.echo(_import(source, wish, say))
    except Refusal as refusal:
        sys.exit(f"pb: {refusal}")


def _import(source: pabulib.Source, wish: pabulib.Wish, say: pabulib.Say) -> str:
    say(f"Counting by {pabulib.rule_of(source, wish)[0]}")
    counted = pabulib.count(source, wish)
    with committed():
        round = pabulib.store(source, counted, wish, by=SYSTEM, now=now(), say=say)
        address, round_id = _address(round), round.id
    _make_files(round_id, say)
    _study(round_id, AT_ONCE)
    say(f"Done: {len(counted.outcome.funded)} projects funded")
    return address


def _make_files(round_id: int, say: pabulib.Say) -> None:
    """After the round is there, so that nobody elsewhere waits for it; an import that was stopped here goes on here."""
    told = lambda done, total: say(f"Making files of ballots: {done} of {total}")  # noqa: E731
    slots.gathered("results.imported", round_id=round_id, told=told)


def _progress() -> pabulib.Say:
    started = time.monotonic()
    return lambda words: click.echo(f"{time.monotonic() - started:6.1f} s  {words}", err=True)


def _address(round: Round) -> str:
    base: str = current_app.extensions["settings"].base_url
    return f"{base}/rounds/{round.slug}/results"


@click.command()
@click.argument("slug")
def count(slug: str) -> None:
    """Count the opened ballots of the round SLUG and keep the count. People certify and publish it at the desk.

    Afterwards it is compared and explained for at most a minute; `pb study` does the rest.
    """
    with _counted(slug) as (round, tallies):
        for kept in service.keep_official(round, tallies, by=SYSTEM, now=now()):
            funded = len(tally.outcome_of(kept.outcome_json).funded)
            click.echo(f"{kept.pot.name}: {kept.ballots:,} ballots, {funded} projects funded, {kept.outcome_sha256}")
        round_id = round.id
    _study(round_id, AT_ONCE)


@click.command("study")
@click.argument("slug", required=False)
def study_command(slug: str | None) -> None:
    """Compare the count of the round SLUG with other ways to count, and work out what would have changed each result.

    Without SLUG every counted round. What is kept already is not done again. Nothing of it changes a count. Progress
    goes to standard error.
    """
    try:
        for round_id in [round_by_slug(slug, viewer=SYSTEM).id] if slug else queries.counted_rounds():
            _study(round_id)
    except Refusal as refusal:
        sys.exit(f"pb: {refusal}")


def _study(round_id: int, longest: timedelta | None = None) -> None:
    say = _progress()
    db.session.rollback()
    heard = (0, 1)

    def told(done: int, total: int) -> None:
        nonlocal heard
        heard = (done, total)
        say(f"Studied: {done} of {total}")

    finished = study.study(round_id, now=now, told=told, longest=longest)
    jobs.note_study(round_id, done=heard[0], total=heard[1])
    if not finished:
        click.echo("Not all projects are explained yet: `pb study` goes on.", err=True)


@click.command()
@click.argument("slug")
def recount(slug: str) -> None:
    """Count the round SLUG again and compare with the official count, byte for byte. Exit 1 if it differs."""
    with _counted(slug) as (round, tallies):
        is_same = service.keep_recount(round, tallies, by=SYSTEM, now=now()).is_same
    click.echo(sentences.counted_again(is_same=is_same))
    if not is_same:
        sys.exit(1)


@contextmanager
def _counted(slug: str) -> Iterator[tuple[Round, list[tally.Tally]]]:
    """The round in a transaction that began only after its ballots were counted, so that no lock is held meanwhile.

    A refusal is one line on standard error and exit 1.
    """
    try:
        round = round_by_slug(slug, viewer=SYSTEM)
        tasks = service.tasks_to_count(round, by=SYSTEM)
        with let_go():
            tallies = service.run_all(tasks)
        with committed():
            yield round_by_slug(slug, viewer=SYSTEM), tallies
    except Refusal as refusal:
        sys.exit(f"pb: {refusal}")


def init_app(app: Flask) -> None:
    for command in (import_pabulib, count, recount, study_command):
        app.cli.add_command(command)
