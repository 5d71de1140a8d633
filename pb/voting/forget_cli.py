"""`pb forget --due`: what is kept no longer than its day is deleted, in every room; for a daily timer."""

from __future__ import annotations

import sys

import click
from flask import Flask, current_app

from pb.accounts.service import forget_old_sign_ins
from pb.core.actor import SYSTEM
from pb.core.clock import now
from pb.core.db import committed, session
from pb.core.outbox import forget_old_mail
from pb.electorate import forgetting
from pb.rounds.models import Round
from pb.voting import closing, key_end


@click.command()
@click.option("--due", is_flag=True, required=True, help="All whose day has come (for a daily timer).")
def forget(*, due: bool) -> None:
    """Delete names and addresses of voters some weeks after the results, keys of ballot boxes on theirs, old tokens."""
    assert due
    settings = current_app.extensions["settings"]
    with committed():
        forget_old_sign_ins(now=now())
        forgetting.forget_leftovers(now=now())
    forget_old_mail(now=now())
    names = _forget_names(settings.names_days)
    keys = destroy_keys(settings.challenge_days)
    if (names or keys) and not closing.scrub(*forgetting.TABLES):
        sys.exit("The database is in use: run `pb vote scrub` to clean its files.")


def _forget_names(days: int) -> int:
    due = [round.id for round in forgetting.rounds_due(now(), days=days)]
    for round_id in due:
        with committed():
            round = session().get_one(Round, round_id)
            slug = round.slug
            forgetting.forget_voters(round, days=days, by=SYSTEM, now=now())
        click.echo(f"{slug}: names and addresses of voters are deleted.")
    return len(due)


def destroy_keys(days: int) -> int:
    """Destroy every key whose day has come, and say so; how many there were."""
    due = [round.id for round in key_end.keys_due(now(), days=days)]
    for round_id in due:
        with committed():
            round = session().get_one(Round, round_id)
            slug = round.slug
            key_end.destroy_key(round, by=SYSTEM, now=now())
        click.echo(f"{slug}: the key is destroyed.")
    return len(due)


def init_app(app: Flask) -> None:
    app.cli.add_command(forget)
