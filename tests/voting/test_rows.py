"""Rows of the ballot are shared by voters, and hold nothing of any of them."""

from __future__ import annotations

from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.rounds import make_round
from tests.support.voting import ready


def begin(client: StrictClient) -> None:
    page = client.get("/ballot/together-for-quay/check")
    client.submit(page, page.one("form", action="/ballot/together-for-quay/check"), old_enough="yes")


def test_every_voter_has_their_own_token_and_picks(client: StrictClient, clock: FixedClock) -> None:
    ready(make_round("voting", clock))
    other = StrictClient(client.app)
    for one in (client, other):
        begin(one)
    client.post("/ballot/together-for-quay/add/B01", {})

    for one, buttons in ((client, 1), (other, 0), (client, 1)):
        page = one.get("/ballot/together-for-quay")
        tokens = {i.get("value") for i in page.all("input", name="csrf_token")}
        assert len(tokens) == 1
        assert len(page.all("form", action="/ballot/together-for-quay/remove/B01")) == buttons
        one.post("/ballot/together-for-quay/add/B02", {"csrf_token": tokens.pop()})
        one.post("/ballot/together-for-quay/remove/B02", {})


def test_a_row_says_what_it_says_now(client: StrictClient, clock: FixedClock) -> None:
    from pb.core.db import committed, session
    from pb.rounds.models import Project

    round = make_round("voting", clock)
    ready(round)
    begin(client)
    assert "Renamed" not in client.get("/ballot/together-for-quay").words

    with committed():
        session().query(Project).filter_by(round_id=round.id, code="B01").one().title = "Renamed"

    assert "Renamed" in client.get("/ballot/together-for-quay").words
