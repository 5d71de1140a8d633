"""Commands for operators: make staff, give roles, end sessions. Safe to repeat."""

from __future__ import annotations

import sys

import click
import segno
from flask import Flask, current_app

from pb.accounts import queries, second_factor, service
from pb.accounts.mailbox import normalise
from pb.accounts.models import Person
from pb.core.actor import SYSTEM, Role
from pb.core.clock import now
from pb.core.db import committed
from pb.core.errors import Refusal

ROLES = click.Choice([role.value for role in service.GIVEN_ROLES])


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password (15 characters or more)", hide_input=True, confirmation_prompt=True)
    return password


def _ward_id(name: str | None) -> int | None:
    if name is None:
        return None
    known = {ward.casefold(): ward_id for ward_id, ward in queries.wards()}
    if name.casefold() not in known:
        raise click.UsageError(f"There is no ward {name!r}. Known: {', '.join(sorted(known)) or 'none yet'}.")
    return known[name.casefold()]


def _find(email: str) -> Person:
    person = queries.person_by_mailbox(normalise(email))
    if person is None:
        raise click.UsageError(f"Nobody has the address {email}.")
    return person


@click.command("create-staff")
@click.option("--email", prompt="E-mail address", help="Their work address.")
@click.option("--name", prompt="Name", help="The name colleagues and the public see.")
@click.option("--role", prompt="Role", type=ROLES, default=Role.OFFICER.value, show_default=True)
@click.option("--title", prompt="Title the public reads", help='For example "Engagement officer".')
@click.option("--ward", help="Name of the ward a councillor serves.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def create_staff(email: str, name: str, role: str, title: str, ward: str | None, password_stdin: bool) -> None:
    """Make a member of staff, or give one a new password and authenticator. Prints the authenticator's QR code."""
    password = _password(password_stdin)
    try:
        with committed():
            made = service.create_staff(
                email=email,
                display_name=name,
                password=password,
                role=Role(role),
                title=title,
                ward_id=_ward_id(ward),
                by=SYSTEM,
                now=now(),
            )
            address = made.person.email or ""
    except Refusal as refusal:
        sys.exit(str(refusal))
    issuer = current_app.extensions["settings"].council_name
    uri = second_factor.address_for_app(made.totp_secret, email=address, issuer=issuer)
    click.echo("Scan this with an authenticator app. It is shown only now.\n")
    segno.make(uri, micro=False).terminal(out=sys.stdout, compact=True)
    click.echo(f"\n{uri}\n\n{name} <{address}> can sign in at /staff/sign-in.")


@click.command("grant-role")
@click.argument("email")
@click.argument("role", type=ROLES)
@click.option("--title", required=True, help="The title the public reads.")
@click.option("--ward", help="Name of the ward a councillor serves.")
def grant_role(email: str, role: str, title: str, ward: str | None) -> None:
    """Give a role to somebody who has signed in before. Written to the public record; ends their sessions."""
    try:
        with committed():
            person = _find(email)
            ward_id = _ward_id(ward)
            service.grant_role(person, role=Role(role), title=title, ward_id=ward_id, by=SYSTEM, now=now())
    except Refusal as refusal:
        sys.exit(str(refusal))
    click.echo(f"{email} is now {title}.")


@click.command("end-sessions")
@click.argument("email")
def end_sessions(email: str) -> None:
    """Sign somebody out everywhere, for a lost phone or a leaver."""
    try:
        with committed():
            ended = service.end_sessions(person_id=_find(email).id, now=now())
    except Refusal as refusal:
        sys.exit(str(refusal))
    click.echo(f"{ended} sessions ended.")


def init_app(app: Flask) -> None:
    for command in (create_staff, grant_role, end_sessions):
        app.cli.add_command(command)
