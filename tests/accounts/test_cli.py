"""The operators' commands."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from pb.accounts import queries, second_factor, service
from pb.accounts.models import SignedInSession
from pb.core.actor import Role
from pb.core.db import committed, session
from tests.conftest import START
from tests.support.people import make_person

PASSWORD = "four unusual words together"
FACTS = ["--email", "sam@council.example", "--name", "Sam", "--role", "admin", "--title", "Administrator"]


def test_create_staff_prints_a_secret_that_signs_in(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["create-staff", *FACTS, "--password-stdin"], input=PASSWORD + "\n")

    assert result.exit_code == 0, result.output
    secret = re.search(r"secret=([A-Z2-7]+)", result.output)
    assert secret
    assert "otpauth://totp/Exampleshire%20Council:sam%40council.example?" in result.output
    with committed():
        code = second_factor.code_at(secret[1], START)
        assert service.sign_in_staff(email="sam@council.example", password=PASSWORD, code=code, network="n", now=START)


def test_create_staff_says_what_is_wrong(app: Flask) -> None:
    runner = app.test_cli_runner()

    short = runner.invoke(args=["create-staff", *FACTS, "--password-stdin"], input="short\n")
    ward = runner.invoke(args=["create-staff", *FACTS, "--ward", "Nowhere", "--password-stdin"], input=PASSWORD)

    assert (short.exit_code, short.output) == (
        1,
        "The password must have 15 characters or more. Four unusual words together are good.\n",
    )
    assert "There is no ward 'Nowhere'" in ward.output
    assert queries.person_by_mailbox("sam@council.example") is None


def test_grant_role_and_end_sessions(app: Flask) -> None:
    ann = make_person("Ann", email="ann@people.example")
    with committed():
        service.start_session(person_id=ann.id, is_staff=False, now=START)
    runner = app.test_cli_runner()

    ended = runner.invoke(args=["end-sessions", "ann@people.example"])
    granted = runner.invoke(args=["grant-role", "ann@people.example", "officer", "--title", "Parks officer"])
    again = runner.invoke(args=["grant-role", "ann@people.example", "officer", "--title", "Parks officer"])
    nobody = runner.invoke(args=["end-sessions", "nobody@people.example"])

    assert ended.output == "1 sessions ended.\n"
    assert granted.output == "ann@people.example is now Parks officer.\n"
    assert (again.exit_code, again.output) == (1, "This person has that role already.\n")
    assert "Nobody has the address" in nobody.output
    session().rollback()
    assert [role.role for role in queries.person(ann.id).roles] == [Role.OFFICER]
    assert session().scalars(select(SignedInSession.ended_at)).all() == [START]
