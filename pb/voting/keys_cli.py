"""`pb keys …`: the ceremonies of three key holders at the server's terminal, and the end of a key.

Passphrases are typed here and nowhere else: they never pass a browser, a log or a command line.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from pb.core.actor import SYSTEM
from pb.core.clock import council_zone, now
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.rounds.models import Round
from pb.voting import closing, custody, key_end, opening, wrapping
from pb.voting.custody import Holder
from pb.voting.errors import PassphraseWrong
from pb.voting.forget_cli import destroy_keys
from pb.voting.models import Contest
from pb.voting.queries import set_aside

keys = AppGroup("keys", help="Who can open a ballot box: ceremonies of three holders (mode S2), and the end of a key.")

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
TRIES = 3
T = TypeVar("T")


def _round(slug: str) -> Round:
    round = session().scalars(select(Round).where(Round.slug == slug)).one_or_none()
    return round or sys.exit(f"There is no round {slug!r}.")


@keys.command()
@click.argument("slug")
@click.option("--rehearsal", is_flag=True, help="Do everything and keep nothing.")
@click.option("--again", is_flag=True, help="Replace the key made before (possible until the ballot is published).")
@click.option("--record", type=click.Path(path_type=Path), help="Write the record for printing to this file.")
def create(slug: str, *, rehearsal: bool, again: bool, record: Path | None) -> None:
    """The three holders make the key of a round together. Each chooses a passphrase; any two of them can open."""
    round = _round(slug)
    _or_exit(lambda: custody.check_may_make(round, again=again or rehearsal))
    click.echo(f"The key of the ballot box of {round.title}.{' A REHEARSAL: nothing is kept.' if rehearsal else ''}\n")
    holders, passphrases = _ask_holders()
    click.echo("Making the key and trying it with every two of you …")
    key = _or_exit(lambda: custody.make_split_key(round, passphrases, cost=_cost()))
    text = record_of(round, key.public_key, holders, now(), is_rehearsal=rehearsal)
    if not rehearsal:
        db.session.rollback()
        with committed():
            _or_exit(lambda: custody.keep_split_key(_round(slug), key, holders, again=again, now=now()))
    click.echo("\n" + text)
    if record:
        record.write_text(text)
        what = "It is a rehearsal: throw it away after." if rehearsal else "Keep it with the papers of the vote."
        click.echo(f"Written to {record}. Print it and sign it. {what}")


def _ask_holders() -> tuple[list[Holder], list[str]]:
    holders: list[Holder] = []
    passphrases: list[str] = []
    for number in range(1, wrapping.HOLDERS + 1):
        click.echo(f"Holder {number} of {wrapping.HOLDERS}. The others look away.")
        name = click.prompt("  Name (for the paper record only)", type=str).strip()
        office = click.prompt("  Office (public), like “Monitoring officer”", type=str).strip()
        holders.append(Holder(name[:80], office[:80]))
        passphrases.append(_choose_passphrase(passphrases))
        click.clear()
        click.echo("\x1b[3J", nl=False)  # what a terminal keeps to scroll back to is cleared too
    return holders, passphrases


def _choose_passphrase(others: Sequence[str]) -> str:
    """A passphrase typed twice, or one made here and shown once."""
    while True:
        words = "  Passphrase (15 characters or more; Enter to be given one)"
        typed = click.prompt(words, hide_input=True, default="", show_default=False)
        if not typed:
            made = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))
            click.echo(f"  Yours is: {made}\n  Write it down and keep it apart from this server.")
            click.prompt("  Press Enter when you have written it down", default="", show_default=False)
            typed = made
        elif wrapping.plain(click.prompt("  The same once more", hide_input=True)) != wrapping.plain(typed):
            click.echo("  These two are not the same. Try again.")
            continue
        try:
            custody.check_passphrases([*others, typed])
            return typed
        except Refusal as refusal:
            click.echo(f"  {refusal}")


@keys.command("open")
@click.argument("slug")
@click.option("--rehearsal", is_flag=True, help="Try that the key opens, with a trial ballot; the box stays shut.")
def open_(slug: str, *, rehearsal: bool) -> None:
    """Two of the three holders open the box of a closed vote together."""
    round = _round(slug)
    made = _or_exit(lambda: custody.ceremony_of(round))
    if not rehearsal:
        _or_exit(lambda: opening.check_can_open(round))
    holders = custody.holders_of(made)
    for number, holder in enumerate(holders, start=1):
        click.echo(f"{number}. {holder.office} ({holder.name})")
    numbers = _ask_numbers()
    for _try in range(TRIES):
        passphrases = {n: click.prompt(f"Passphrase of holder {n}", hide_input=True) for n in numbers}
        try:
            _open(slug, passphrases, [holders[n - 1].office for n in numbers], is_rehearsal=rehearsal)
            return
        except PassphraseWrong as wrong:
            click.echo(str(wrong))
        except Refusal as refusal:
            sys.exit(str(refusal))
    sys.exit("The box stays shut. The third holder can stand in for one of you: any two can open it.")


def _ask_numbers() -> list[int]:
    while True:
        typed = click.prompt("Which two are here? Their numbers, like 1 3", type=str).replace(",", " ").split()
        numbers = sorted({int(word) for word in typed if word in ("1", "2", "3")})
        if len(numbers) == 2 and len(typed) == 2:
            return numbers
        click.echo("Type two different numbers, 1 to 3.")


def _open(slug: str, passphrases: Mapping[int, str], offices: Sequence[str], *, is_rehearsal: bool) -> None:
    """Raises: PassphraseWrong; what opening raises."""
    private = custody.unlock(_round(slug), passphrases)
    if is_rehearsal:
        with committed():
            custody.rehearse(_round(slug), private, list(passphrases), now=now())
        click.echo("The key opens. The box was not touched. This rehearsal is in the record.")
        return
    with committed():
        round = _round(slug)
        opening.open_box(round, by=SYSTEM, now=now(), key=private, holders=", ".join(offices))
        aside = set_aside(round.id)
    click.echo(f"The box is open, by {' and '.join(offices)}.")
    for reason, count in aside:
        click.echo(f"Set aside, {reason.replace('_', ' ')}: {count}")


@keys.command()
@click.argument("slug")
def status(slug: str) -> None:
    """Who holds the key of a round, when it was rehearsed, when it ends."""
    round = _round(slug)
    contest = session().get(Contest, round.id)
    click.echo(f"{round.title}: mode {round.seal_mode}")
    if round.seal_mode == "S2":
        made = _or_exit(lambda: custody.ceremony_of(round))
        click.echo(f"Key {wrapping.fingerprint(made.public_key)}, made {_when(made.held_at)}")
        for number, holder in enumerate(custody.holders_of(made), start=1):
            click.echo(f"  {number}. {holder.office} ({holder.name})")
        click.echo(f"Rehearsed: {_when(made.rehearsed_at) if made.rehearsed_at else 'not yet'}")
    if contest is not None:
        ends = key_end.day_of_destruction(round, contest, days=_challenge_days())
        over = contest.key_destroyed_at
        click.echo(f"Destroyed: {_when(over) if over else f'will be on {_when(ends)}' if ends else 'not yet due'}")


@keys.command()
@click.option("--due", is_flag=True, required=True, help="Every key whose day has come (for a daily timer).")
def destroy(*, due: bool) -> None:
    """Destroy the keys of votes whose time for a challenge is over, and clean the database's files of them."""
    assert due
    if destroy_keys(_challenge_days()) and not closing.scrub():
        sys.exit("The database is in use: run `pb vote scrub` to clean its files.")


def record_of(
    round: Round, public_key: bytes, holders: Sequence[Holder], at: datetime, *, is_rehearsal: bool = False
) -> str:
    """The record of a ceremony, for printing: who, when, which key, what to do on the day, places to sign."""
    title = "REHEARSAL, NOT VALID" if is_rehearsal else "RECORD OF THE KEY CEREMONY"
    lines = [
        title,
        f"{current_app.extensions['settings'].council_name}, {_when(at)}",
        "",
        f"Round: {round.title} ({round.slug})",
        f"Public key: {public_key.hex()}",
        f"In short: {wrapping.fingerprint(public_key)}",
        "",
        "Any two of these three can open the ballot box. One alone cannot. If two are lost, the votes are lost.",
        "",
    ]
    for number, holder in enumerate(holders, start=1):
        lines += [f"  {number}. {holder.name}, {holder.office}", "     Signed: ______________________", ""]
    lines += [
        "On the day: after the vote is closed, two holders come to the server’s terminal and run",
        f"    pb keys open {round.slug}",
        f"Before voting opens, try it: pb keys open {round.slug} --rehearsal",
        "A holder keeps the passphrase on paper in a sealed envelope, apart from this server and from the other two,",
        "and has no access to its database.",
        "",
        "Witnessed by: ______________________      Date: ______________",
        "",
    ]
    return "\n".join(lines)


def _when(moment: datetime) -> str:
    return moment.astimezone(council_zone()).strftime("%-d %B %Y, %H:%M")


def _challenge_days() -> int:
    days: int = current_app.extensions["settings"].challenge_days
    return days


def _cost() -> wrapping.Cost:
    """What a guess costs; tests, which hold many ceremonies, make it cheap."""
    cost: wrapping.Cost = current_app.config.get("CEREMONY_COST", wrapping.CEREMONY)
    return cost


def _or_exit(act: Callable[[], T]) -> T:
    """What `act` gives; a refusal is said in one line instead of a traceback."""
    try:
        return act()
    except Refusal as refusal:
        sys.exit(str(refusal))
