"""Mail is written to an outbox in the same transaction as what it tells of, and delivered later, with retries.

So mail that is down never stops a vote, and nobody is told of something that was rolled back. `pb mail deliver` sends
what is waiting; a demonstration has no SMTP and shows its mail at /demo/mailbox instead.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy import String, Text, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from pb.core.db import Base, committed, session

MAX_TRIES = 8
KEEP_SENT = timedelta(days=1)
KEEP_GIVEN_UP = timedelta(days=30)


@dataclass(frozen=True)
class Delivery:
    """How many messages were sent; failed (and wait for another try, unless given up); and were given up."""

    sent: int
    failed: int
    given_up: int


class OutboxMessage(Base):
    """One e-mail waiting, sent or given up. Sent bodies are blanked: they can hold codes."""

    __tablename__ = "outbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


def send_mail(*, to: str, subject: str, body: str, now: datetime) -> None:
    """Put a plain-text e-mail in the outbox. It leaves only if this transaction commits."""
    one_line = " ".join(subject.split())[:200]
    session().add(OutboxMessage(to=to, subject=one_line, body=body, created_at=now, next_try_at=now))


def deliver_waiting(
    send: Callable[[OutboxMessage], None], *, now: datetime, at_most: int = 100, keep_bodies: bool = False
) -> Delivery:
    """Send what is due, one message at a time; a message that fails waits 1, 2, 4 … minutes, and is given up after 8.

    No transaction is open while a mail server is spoken to: a slow one must not hold the lock that votes need. So a
    message is first put off to its next try and that is committed; then it is sent; then it is marked as sent. Killed
    between sending and marking, it leaves once more at its next try: nothing is lost, at most one message is doubled.
    """
    sent = failed = given_up = 0
    for _ in range(at_most):
        message = _take_next(now)
        if message is None:
            break
        try:
            send(message)
        except (OSError, smtplib.SMTPException, ValueError):
            failed += 1
            given_up += message.tries >= MAX_TRIES
            _mark(message.id, given_up_at=now if message.tries >= MAX_TRIES else None)
        else:
            sent += 1
            _mark(message.id, sent_at=now, body=message.body if keep_bodies else "")
    return Delivery(sent, failed, given_up)


def _take_next(now: datetime) -> OutboxMessage | None:
    """The next message that is due, this try counted and the next one put off, on its own (no session holds it)."""
    with committed() as database:
        message = _next_due(database, now)
        if message is not None:
            message.tries += 1
            message.next_try_at = now + timedelta(minutes=2 ** (message.tries - 1))
            database.flush()
            database.expunge(message)
        return message


def _mark(message_id: int, **changes: object) -> None:
    with committed() as database:
        database.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**changes))


def forget_old_mail(*, now: datetime) -> int:
    """Delete what was sent a day ago and what was given up a month ago; returns how many."""
    with committed() as database:
        is_old = (OutboxMessage.sent_at < now - KEEP_SENT) | (OutboxMessage.given_up_at < now - KEEP_GIVEN_UP)
        forgotten: int = database.execute(delete(OutboxMessage).where(is_old)).rowcount  # type: ignore[attr-defined]
        return forgotten


def _next_due(database: Session, now: datetime) -> OutboxMessage | None:
    waiting = OutboxMessage.sent_at.is_(None) & (OutboxMessage.tries < MAX_TRIES)
    due = select(OutboxMessage).where(waiting, OutboxMessage.next_try_at <= now)
    first = due.order_by(OutboxMessage.next_try_at, OutboxMessage.id).limit(1)
    return database.scalars(first.with_for_update(skip_locked=True)).first()


def smtp_sender(url: str, mail_from: str) -> Callable[[OutboxMessage], None]:
    """A sender over SMTP: `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://…`."""
    parts = urlsplit(url)
    port = parts.port or (465 if parts.scheme == "smtps" else 587)

    def send(message: OutboxMessage) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = mail_from, message.to, message.subject
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        secure = ssl.create_default_context()
        host = parts.hostname or "localhost"
        connection: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, port, timeout=20, context=secure)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=20)
        )
        with connection:
            if parts.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=secure)
            if parts.username:
                connection.login(unquote(parts.username), unquote(parts.password or ""))
            connection.send_message(mail)

    return send
