"""Rung 3: facts that the list holds, then a code to the address on it. Nobody learns who is on the list."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core.db import session
from pb.core.outbox import OutboxMessage
from pb.electorate.desk import listed_in_person
from pb.electorate.errors import NotOnList
from pb.electorate.models import Entitlement
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from pb.voting.models import Envelope
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.electorate import imported, supplier_list, two_officers
from tests.support.rounds import make_round, make_ward
from tests.support.voting import ready

BALLOT = "/ballot/together-for-quay"
LIST = (
    "Number,Name,Address,Postcode,E-mail,Ward,Date of birth\n"
    "1,Siân Ŵyn,1 High St,WN2 3AA,sian@home.example,Quay,28/02/1990\n"
    "2,Bob,2 High St,WN2 3AB,,Quay,01/01/2000\n"
)


def listed_round(clock: FixedClock) -> Round:
    ward = make_ward("Quay")
    made = make_round("voting", clock, wards=(ward,), plan=BallotPlan(identity_rung=2, other_rungs=(1, 3)))
    ready(made)
    imported(made, LIST, now=clock(), asks_for=("born_on",))
    return made


@pytest.fixture
def round(client: StrictClient, clock: FixedClock) -> Round:
    return listed_round(clock)


def to_choice(client: StrictClient) -> Page:
    page = client.get(f"{BALLOT}/check")
    ward = page.all("input", name="ward")[0].get("value")
    client.submit(page, page.one("form", action=f"{BALLOT}/check"), ward=ward, old_enough="yes")
    client.post(f"{BALLOT}/add/B01", {})
    page = client.get(f"{BALLOT}/review")
    return client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/review")))


def say(client: StrictClient, name: str, postcode: str, born_on: str, *, status: int = 303) -> Page:
    page = client.get(f"{BALLOT}/who/details")
    form = page.one("form", action=f"{BALLOT}/who/details")
    return client.submit(page, form, name=name, postcode=postcode, born_on=born_on, status=status)


def mailed() -> str:
    message = session().scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message is not None
    found = re.search(r"\b\d{3} \d{3}\b", message.body)
    assert found
    return found[0]


def envelopes() -> int:
    return session().scalar(select(func.count()).select_from(Envelope)) or 0


def test_facts_then_the_code_from_the_lists_mailbox_vote(client: StrictClient, round: Round) -> None:
    assert to_choice(client).h1 == "How do you want to prove who you are?"

    page = client.follow(say(client, "SIAN WYN", "wn23aa", "28.02.1990"))
    done = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/code"), code=mailed()))

    assert done.h1 == "Your vote is in"
    assert "sian@home.example" not in page.html


def test_whoever_is_or_is_not_on_the_list_sees_the_same(client: StrictClient, round: Round) -> None:
    to_choice(client)
    pages = []
    for facts in (
        ("Siân Ŵyn", "WN2 3AA", "28/02/1990"),
        ("Bob", "WN2 3AB", "01/01/2000"),
        ("Eve", "WN2 3AA", "01/01/1980"),
    ):
        page = client.follow(say(client, *facts))
        pages.append(re.sub(r'value="[^"]{20,}"', "", page.html))

    assert pages[0] == pages[1] == pages[2]
    assert session().scalars(select(OutboxMessage.to)).all() == ["sian@home.example"]


def test_a_day_that_is_none_is_said_beside_its_box(client: StrictClient, round: Round) -> None:
    to_choice(client)

    refused = say(client, "Siân Ŵyn", "WN2 3AA", "30/02/1990", status=422)

    assert "Enter your date of birth, like 28/02/1990" in refused.words


def test_letter_mailbox_and_facts_are_one_vote(client: StrictClient, round: Round, clock: FixedClock) -> None:
    code = supplier_list(round, by=(two := two_officers())[0], second=two[1], now=clock())["Siân Ŵyn"]
    to_choice(client)
    page = client.get(f"{BALLOT}/who/letter")
    client.submit(page, page.one("form", action=f"{BALLOT}/who/letter"), code=code)
    by_mail = StrictClient(client.app)
    to_choice(by_mail)
    page = by_mail.get(f"{BALLOT}/who")
    page = by_mail.follow(by_mail.submit(page, page.one("form", action=f"{BALLOT}/who"), email="SIAN@home.example"))

    asked = by_mail.submit(page, page.one("form", action=f"{BALLOT}/code"), code=mailed(), status=409)

    assert "already voted" in asked.words
    assert envelopes() == 1


def test_a_mailbox_that_is_not_on_the_list_votes_for_nobody(client: StrictClient, round: Round) -> None:
    to_choice(client)
    page = client.get(f"{BALLOT}/who")
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/who"), email="eve@home.example"))

    refused = client.submit(page, page.one("form", action=f"{BALLOT}/code"), code=mailed(), status=422)

    assert "does not have this address" in refused.words
    assert envelopes() == 0


def test_staff_who_see_somebody_reach_the_same_entry_or_nobody(app: Flask, clock: FixedClock) -> None:
    round = listed_round(clock)
    officers = two_officers()
    code = supplier_list(round, by=officers[0], second=officers[1], now=clock())["Siân Ŵyn"]
    before = session().scalar(select(func.count()).select_from(Entitlement))

    by_code = listed_in_person(round_id=round.id, code=code.lower(), email="")
    by_mail = listed_in_person(round_id=round.id, code="", email="SIAN@home.example")

    assert by_code.id == by_mail.id
    with pytest.raises(NotOnList):
        listed_in_person(round_id=round.id, code="", email="eve@home.example")
    assert session().scalar(select(func.count()).select_from(Entitlement)) == before
