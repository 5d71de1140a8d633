"""Rung 4: voting with an account at the council's own provider, and every answer that is none (C29)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb.core import provider as providers
from pb.core.db import session
from pb.core.provider import Provider
from pb.electorate.models import Entitlement
from pb.electorate.service import account_source, person_key
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan
from pb.voting.models import Envelope
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.electorate import imported, supplier_list, two_officers
from tests.support.provider import LoopbackProvider, goes_there
from tests.support.rounds import make_round, make_ward
from tests.support.voting import ready

BALLOT = "/ballot/together-for-quay"
LIST = (
    "Number,Name,Address,Postcode,E-mail,Ward,Account\n"
    "1,Siân Ŵyn,1 High St,WN2 3AA,sian@home.example,Quay,sub-sian\n"
    "2,Cai,2 High St,WN2 3AB,,Quay,\n"
)


@pytest.fixture(scope="module")
def loopback() -> Iterator[LoopbackProvider]:
    made = LoopbackProvider()
    yield made
    made.stop()


@pytest.fixture
def at_provider(loopback: LoopbackProvider, monkeypatch: pytest.MonkeyPatch) -> LoopbackProvider:
    loopback.spoils = ""
    return loopback


def installed(app: Flask, at_provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "provider", Provider(at_provider.settings))


def account_round(clock: FixedClock) -> Round:
    made = make_round("voting", clock, plan=BallotPlan(identity_rung=4))
    ready(made)
    return made


@pytest.fixture
def round(
    client: StrictClient, clock: FixedClock, at_provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> Round:
    installed(client.app, at_provider, monkeypatch)
    return account_round(clock)


def to_review(client: StrictClient, *, pick: str = "B01") -> Page:
    page = client.get(f"{BALLOT}/check")
    wards = page.all("input", name="ward")
    ward = {"ward": wards[0].get("value")} if wards else {}
    client.submit(page, page.one("form", action=f"{BALLOT}/check"), **ward, old_enough="yes")
    client.post(f"{BALLOT}/add/{pick}", {})
    page = client.get(f"{BALLOT}/review")
    return client.submit(page, page.one("form", action=f"{BALLOT}/review"))


def sent_away(client: StrictClient) -> str:
    return client.get(f"{BALLOT}/who/account/go", status=303).response.headers["Location"]


def comes_back(client: StrictClient, person: str, *, status: int = 303) -> Page:
    return client.get(goes_there(sent_away(client), person), status=status)


def submit(client: StrictClient, *, status: int = 303) -> Page:
    page = client.get(f"{BALLOT}/who/account")
    return client.submit(page, page.one("form", action=f"{BALLOT}/who/account"), status=status)


def envelopes() -> int:
    return session().scalar(select(func.count()).select_from(Envelope)) or 0


# The way there and back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_account_votes(app: Flask, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, algorithm: str) -> None:
    council = LoopbackProvider(algorithm)
    try:
        installed(app, council, monkeypatch)
        round, client = account_round(clock), StrictClient(app)
        asked = client.follow(to_review(client))
        assert asked.h1 == "Show who you are with your account"
        assert "MyExampleshire" in asked.words

        back = client.follow(comes_back(client, "Siân Ŵyn"))
        assert back.h1 == "You are signed in. Now submit your vote"
        assert (envelopes(), session().scalars(select(Entitlement)).all()) == (0, [])
        done = client.follow(submit(client))

        assert done.h1 == "Your vote is in"
        mark = person_key(round.id, account_source(council.issuer, "sub-sian"))
        assert session().scalars(select(Entitlement.person_key)).all() == [mark]
    finally:
        council.stop()


def test_the_browser_leaves_with_proof_of_itself_and_nothing_of_the_ballot(
    client: StrictClient, round: Round, at_provider: LoopbackProvider
) -> None:
    to_review(client)

    address = sent_away(client)

    assert address.startswith(f"{at_provider.issuer}/authorize?")
    for part in ("code_challenge_method=S256", "response_type=code", "scope=openid", "prompt=login"):
        assert part in address
    assert "redirect_uri=http%3A%2F%2Flocalhost%2Fballot%2Faccount%2Fback" in address
    assert "B01" not in address
    assert round.slug not in address


def test_the_same_person_on_another_device_replaces_their_one_vote(client: StrictClient, round: Round) -> None:
    to_review(client)
    comes_back(client, "Siân Ŵyn")
    first = client.follow(submit(client))
    other = StrictClient(client.app)
    to_review(other, pick="B02")
    comes_back(other, "Siân Ŵyn")

    asked = submit(other, status=409)
    again = other.follow(other.submit(asked, asked.one("form", action=f"{BALLOT}/replace")))

    assert envelopes() == 1
    assert (
        first.one("strong", class_="receipt__reference").text == again.one("strong", class_="receipt__reference").text
    )
    to_review(bob := StrictClient(client.app))
    comes_back(bob, "Bob")
    submit(bob)
    assert envelopes() == 2


def test_account_letter_and_mailbox_of_a_list_are_one_vote_and_strangers_none(
    client: StrictClient, clock: FixedClock, at_provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(client.app, at_provider, monkeypatch)
    plan = BallotPlan(identity_rung=2, other_rungs=(1, 4))
    round = make_round("voting", clock, wards=(make_ward("Quay"),), plan=plan)
    ready(round)
    imported(round, LIST, now=clock())
    code = supplier_list(round, by=(two := two_officers())[0], second=two[1], now=clock())["Siân Ŵyn"]
    to_review(client)
    page = client.get(f"{BALLOT}/who/letter")
    client.submit(page, page.one("form", action=f"{BALLOT}/who/letter"), code=code)

    to_review(other := StrictClient(client.app))
    comes_back(other, "Siân Ŵyn")
    assert "already voted" in submit(other, status=409).words
    to_review(stranger := StrictClient(client.app))
    comes_back(stranger, "Bob")
    refused = submit(stranger, status=422)

    assert "does not have this account" in refused.words
    assert envelopes() == 1


def test_the_round_says_how_voters_are_checked_and_by_whom(client: StrictClient, round: Round) -> None:
    page = client.get(f"/rounds/{round.slug}")

    assert "You sign in with your account at MyExampleshire. One vote for each account." in page.words


# Answers that are none ----------------------------------------------------------------------------------------------


SPOILT = (
    *("nonce", "issuer", "audience", "two audiences", "for another party", "no subject", "subject is a number"),
    *("expired", "old", "not yet"),
    *("none", "HS256", "RS512", "key of somebody else", "changed after signing"),
)


def test_a_false_identity_is_refused_and_the_picks_are_kept(
    client: StrictClient, round: Round, at_provider: LoopbackProvider
) -> None:
    to_review(client)
    for spoils in SPOILT:
        at_provider.spoils = spoils
        refused = comes_back(client, "Siân Ŵyn", status=400)

        assert "We could not check what the sign-in service told us" in refused.words, spoils
        assert client.get(f"{BALLOT}/who/account").h1 == "Show who you are with your account", spoils
    assert "B01" in client.get(f"{BALLOT}/review").words
    at_provider.spoils = ""
    assert comes_back(client, "Siân Ŵyn").status == 303


def test_a_changed_answer_is_refused(client: StrictClient, round: Round) -> None:
    to_review(client)
    changes = {"state=": "state=x", "iss=http": "iss=https", "code=": "code=x", "&code": "&kode", "?": "?x"}
    for part, instead in changes.items():
        back = goes_there(sent_away(client), "Siân Ŵyn")
        assert part in back

        client.get(back.replace(part, instead), status=400)

        assert client.get(f"{BALLOT}/who/account").h1 == "Show who you are with your account"


def test_an_answer_works_once_and_only_in_the_browser_that_asked(client: StrictClient, round: Round) -> None:
    to_review(client)
    back = goes_there(sent_away(client), "Siân Ŵyn")
    other = StrictClient(client.app)
    to_review(other)
    assert "Start again" in other.get(back, status=400).words
    sent_away(other)
    assert "Start again" in other.get(back, status=400).words
    client.get(back, status=303)

    assert "Start again" in client.get(back, status=400).words


def test_a_code_the_provider_has_seen_before_is_refused(
    client: StrictClient, round: Round, at_provider: LoopbackProvider
) -> None:
    to_review(client)
    address = sent_away(client)
    errand = client.client.get_cookie("errand")
    back = goes_there(address, "Siân Ŵyn")
    client.get(back, status=303)
    assert errand is not None
    client.client.set_cookie("errand", errand.value)

    client.get(back, status=400)


def test_who_cancels_keeps_their_picks_and_has_ways_on(client: StrictClient, round: Round) -> None:
    to_review(client)

    page = comes_back(client, "nobody", status=422)

    assert "You came back without signing in" in page.words
    assert [link.get("href") for link in page.one("main").iter("a")] == [f"{BALLOT}/who/account", f"{BALLOT}/review"]


def test_a_provider_that_is_away_or_another_is_said_in_one_sentence(
    client: StrictClient, round: Round, at_provider: LoopbackProvider
) -> None:
    to_review(client)
    for spoils in ("away", "other issuer in discovery"):
        at_provider.spoils = spoils
        page = client.get(f"{BALLOT}/who/account/go", status=503)
        assert "cannot be reached just now. Your picks are kept" in page.words
    at_provider.spoils = ""
    back = goes_there(sent_away(client), "Siân Ŵyn")
    at_provider.spoils = "away"
    assert "cannot be reached just now" in client.get(back, status=503).words


def test_a_slow_provider_is_not_waited_for(
    client: StrictClient, round: Round, at_provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PATIENCE_S", (0.3, 0.3))
    to_review(client)
    at_provider.spoils = "slow"

    assert "cannot be reached" in client.get(f"{BALLOT}/who/account/go", status=503).words


def test_few_wait_for_the_provider_at_once(client: StrictClient, round: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "WAIT_S", 0.01)
    to_review(client)
    ours: Provider = client.app.extensions["provider"]
    for _waiting in range(providers.AT_ONCE):
        ours._places.acquire()

    assert "cannot be reached" in client.get(f"{BALLOT}/who/account/go", status=503).words


def test_new_keys_of_the_provider_are_fetched_for_a_token_signed_by_them(
    client: StrictClient, round: Round, at_provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_review(client)
    comes_back(client, "Siân Ŵyn")
    monkeypatch.setattr(providers, "NEW_KEYS_AFTER_S", 0)
    monkeypatch.setattr(at_provider, "key", LoopbackProvider().key)

    assert comes_back(client, "Bob").status == 303


def test_a_shared_screen_sends_nobody_to_the_provider(client: StrictClient, round: Round) -> None:
    to_review(client)
    client.client.set_cookie("kiosk", round.slug)

    page = client.follow(client.get(f"{BALLOT}/who/account/go", status=303))

    assert page.h1 == "Not on this shared screen"


def test_a_round_without_accounts_has_no_such_page(client: StrictClient, clock: FixedClock) -> None:
    ready(make_round("voting", clock))
    to_review(client)

    client.get(f"{BALLOT}/who/account", status=404)
    client.get(f"{BALLOT}/who/account/go", status=404)
    assert "Start again" in client.get("/ballot/account/back?code=1&state=2", status=400).words
