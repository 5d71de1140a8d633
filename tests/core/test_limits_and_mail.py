"""Allowances are shared; mail leaves only for what was kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pb.core.db import committed
from pb.core.limits import TooMany, check, spend
from pb.core.outbox import MAX_TRIES, Delivery, OutboxMessage, deliver_waiting, send_mail
from tests.conftest import START
from tests.core.conftest import rows


def test_spend_refuses_when_the_allowance_is_used_up(house: Flask) -> None:
    for _ in range(3):
        spend("link", "3/15 minutes", "pat@example.org")

    with pytest.raises(TooMany):
        spend("link", "3/15 minutes", "pat@example.org")
    spend("link", "3/15 minutes", "dev@example.org")


def test_check_uses_nothing(house: Flask) -> None:
    for _ in range(5):
        check("guess", "1/hour", "x")

    spend("guess", "1/hour", "x")
    with pytest.raises(TooMany):
        check("guess", "1/hour", "x")


def _one_message() -> None:
    with committed():
        send_mail(to="pat@example.org", subject="Your\r\nBcc: x", body="code 123", now=START)


def test_a_subject_cannot_carry_a_second_header(house: Flask) -> None:
    _one_message()
    seen: list[OutboxMessage] = []

    deliver_waiting(lambda message: seen.append(message), now=START)

    assert seen[0].subject == "Your Bcc: x"


def test_sent_mail_is_blanked_and_not_sent_again(house: Flask) -> None:
    _one_message()

    first = deliver_waiting(lambda message: None, now=START)
    second = deliver_waiting(lambda message: None, now=START)

    assert (first, second) == (Delivery(1, 0, 0), Delivery(0, 0, 0))
    assert rows() == 1


def test_mail_that_fails_is_tried_later_and_given_up_in_the_end(house: Flask) -> None:
    _one_message()

    def fail(_message: OutboxMessage) -> None:
        raise OSError("mail server down")

    tries = 0
    for hours in range(100):
        tries += deliver_waiting(fail, now=START + timedelta(hours=hours)).failed

    assert tries == MAX_TRIES
