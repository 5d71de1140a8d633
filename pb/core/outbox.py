"""Mail is written to an outbox in the same transaction as what it tells of, and delivered later, with retries.

So mail that is down never stops a vote, and nobody is told of something that was rolled back. `pb mail deliver` sends
what is waiting; a demonstration has no SMTP and shows its mail at /demo/mailbox instead.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pb.core.db import Base, committed, session

MAX_TRIES = 8
KEEP_SENT = timedelta(days=1)


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


def deliver_waiting(send: Callable[[OutboxMessage], None], *, now: datetime, at_most: int = 100) -> tuple[int, int]:
    """Send what is due, each message in its own transaction, so that a crash repeats at most one.

    Returns: how many were sent, and how many failed and will be tried again (waiting 1, 2, 4 … minutes).
    """
    sent = failed = 0
    for _ in range(at_most):
        with committed() as database:
            message = _next_due(database, now)
            if message is None:
                break
            message.tries += 1
            try:
                send(message)
            except (OSError, smtplib.SMTPException):
                failed += 1
                message.next_try_at = now + timedelta(minutes=2 ** (message.tries - 1))
                message.given_up_at = now if message.tries >= MAX_TRIES else None
            else:
                sent += 1
                message.sent_at, message.body = now, ""
    return sent, failed


def _next_due(database: Session, now: datetime) -> OutboxMessage | None:
    waiting = OutboxMessage.sent_at.is_(None) & OutboxMessage.given_up_at.is_(None)
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
