"""Mail leaves by real SMTP, on both databases: once each, tried again while the server is down, doubled at most."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from pb.core.db import committed, session
from pb.core.outbox import KEEP_SENT, MAX_TRIES, Delivery, OutboxMessage, deliver_waiting, forget_old_mail, send_mail
from pb.core.outbox import smtp_sender as sender
from tests.conftest import START, environment_for

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Letterbox:
    """A real SMTP server that keeps what it is given, and can be told to refuse or to do something first."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 OK"
        self.before_answer: Callable[[], None] = lambda: None
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        self.before_answer()
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"


@pytest.fixture
def letterbox(socket_enabled: None) -> Iterator[Letterbox]:
    box = Letterbox()
    box.controller.start()
    yield box
    box.controller.stop()


def write(*subjects: str) -> None:
    with committed():
        for subject in subjects:
            send_mail(to="ann@people.example", subject=subject, body="Tŷ a thŷ: 123 456", now=START)


def kept() -> list[OutboxMessage]:
    session().rollback()
    return list(session().scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_each_message_arrives_once_and_its_body_is_blanked(app: Flask, letterbox: Letterbox) -> None:
    write("One", "Croeso ŵ")

    first = deliver_waiting(sender(letterbox.url, "council@council.example"), now=START)
    second = deliver_waiting(sender(letterbox.url, "council@council.example"), now=START + timedelta(days=1))

    assert (first, second) == (Delivery(2, 0, 0), Delivery(0, 0, 0))
    mail = letterbox.mails[0]
    assert (mail["To"], mail["From"], mail["Subject"]) == ("ann@people.example", "council@council.example", "One")
    assert mail.get_payload(decode=True) == "Tŷ a thŷ: 123 456\r\n".encode()
    assert [(m.body, m.sent_at) for m in kept()] == [("", START), ("", START)]


def test_a_refusing_server_gets_the_message_again_later(app: Flask, letterbox: Letterbox) -> None:
    write("One")
    letterbox.answer = "451 busy"

    refused = deliver_waiting(sender(letterbox.url, "c@c.example"), now=START)
    too_soon = deliver_waiting(sender(letterbox.url, "c@c.example"), now=START + timedelta(seconds=30))
    letterbox.answer = "250 OK"
    later = deliver_waiting(sender(letterbox.url, "c@c.example"), now=START + timedelta(minutes=1))

    assert [refused, too_soon, later] == [Delivery(0, 1, 0), Delivery(0, 0, 0), Delivery(1, 0, 0)]
    assert len(letterbox.mails) == 1


def test_a_server_that_is_down_is_given_up_after_eight_tries(app: Flask, socket_enabled: None) -> None:
    write("One")
    nowhere = sender("smtp://127.0.0.1:9", "c@c.example")

    done = [deliver_waiting(nowhere, now=START + timedelta(hours=3 * n)) for n in range(MAX_TRIES + 1)]

    assert [d.failed for d in done] == [1] * MAX_TRIES + [0]
    assert sum(d.given_up for d in done) == 1
    assert kept()[0].given_up_at is not None


def test_nothing_is_locked_while_a_server_is_slow(app: Flask) -> None:
    write("One")

    def slow(_message: OutboxMessage) -> None:
        write("written meanwhile")

    assert deliver_waiting(slow, now=START, at_most=1) == Delivery(1, 0, 0)
    assert [m.subject for m in kept()] == ["One", "written meanwhile"]


def test_a_demonstration_keeps_the_words(app: Flask) -> None:
    write("One")

    deliver_waiting(lambda _message: None, now=START, keep_bodies=True)

    assert kept()[0].body == "Tŷ a thŷ: 123 456"


def test_old_mail_is_forgotten(app: Flask) -> None:
    write("One", "Two")
    deliver_waiting(lambda _message: None, now=START, at_most=1)

    assert forget_old_mail(now=START + KEEP_SENT) == 0
    assert forget_old_mail(now=START + KEEP_SENT + timedelta(seconds=1)) == 1
    assert [m.subject for m in kept()] == ["Two"]


def run_command(app: Flask, tmp_path: Path, letterbox: Letterbox) -> subprocess.Popen[bytes]:
    """`pb mail deliver` in a process of its own, on this test's database."""
    settings = app.extensions["settings"]
    url = settings.database_url.replace("postgresql+psycopg:", "postgresql:")
    environment = environment_for(tmp_path, url) | {"SMTP_URL": letterbox.url, "MAIL_FROM": "c@c.example"}
    command = [sys.executable, "-m", "pb", "mail", "deliver"]
    return subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.PIPE)


def make_due_again() -> None:
    with committed() as database:
        for message in database.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))):
            message.next_try_at = START


@pytest.mark.slow
def test_killed_between_sending_and_noting_it_doubles_that_message_only(
    app: Flask, letterbox: Letterbox, tmp_path: Path
) -> None:
    write("One", "Two", "Three")
    running: list[subprocess.Popen[bytes]] = []

    def kill_at_the_second() -> None:
        if len(letterbox.mails) == 2:
            os.kill(running[0].pid, signal.SIGKILL)

    letterbox.before_answer = kill_at_the_second
    running.append(run_command(app, tmp_path, letterbox))
    running[0].communicate(timeout=60)
    killed = running[0].returncode
    letterbox.before_answer = lambda: None
    make_due_again()
    again = run_command(app, tmp_path, letterbox)
    said, _ = again.communicate(timeout=60)

    assert (killed, again.returncode, said) == (-signal.SIGKILL, 0, b"Sent 2; failed 0, of which given up 0.\n")
    assert sorted(str(mail["Subject"]) for mail in letterbox.mails) == ["One", "Three", "Two", "Two"]
    assert all(m.sent_at for m in kept())
