"""`pb mail deliver` and `pb mail run`: what waits in the outbox leaves by SMTP."""

from __future__ import annotations

import signal
import sys
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from pb.core.clock import now
from pb.core.outbox import Delivery, deliver_waiting, forget_old_mail, smtp_sender
from pb.core.settings import Settings

mail = AppGroup("mail", help="The outbox.")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    if settings.smtp_url is None:
        sys.exit("SMTP_URL is not set. This demonstration shows its mail at /demo/mailbox.")
    return settings


def _deliver(settings: Settings) -> Delivery:
    send = smtp_sender(settings.smtp_url or "", settings.mail_from)
    done = deliver_waiting(send, now=now(), keep_bodies=settings.demo)
    if not settings.demo:
        forget_old_mail(now=now())
    return done


def _say(done: Delivery) -> None:
    click.echo(f"Sent {done.sent}; failed {done.failed}, of which given up {done.given_up}.")


@mail.command()
def deliver() -> None:
    """Send what is due, once. Safe to repeat, and to run beside another."""
    _say(_deliver(_settings()))


@mail.command()
@click.option("--every", default=5.0, show_default=True, help="Seconds between two looks.")
def run(every: float) -> None:
    """Send what is due until stopped (Ctrl-C or SIGTERM; the message in hand is finished first)."""
    settings, stopped = _settings(), threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    while not stopped.is_set():
        try:
            done = _deliver(settings)
            if done.sent or done.failed:
                _say(done)
        except OperationalError as error:
            click.echo(f"The database is away ({type(error.orig).__name__}); trying again.", err=True)
        stopped.wait(every)


def init_app(app: Flask) -> None:
    app.cli.add_command(mail)
