"""The journalist's page: what won, what nearly won, who decided, what changed; and nothing early."""

from __future__ import annotations

from datetime import timedelta

from pb.core.actor import Role
from pb.core.db import committed, session
from pb.results.decisions import decide
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.opendata import MANY, SMALL_POT
from tests.support.people import actor_for, make_person
from tests.support.results import certified_round, published_round
from tests.support.rounds import make_round


def test_a_reporter_finds_what_won_and_what_nearly_won_with_a_link_to_cite(
    client: StrictClient, clock: FixedClock
) -> None:
    round = published_round(clock, MANY, pots=SMALL_POT)

    page = client.get(f"/rounds/{round.slug}/press")

    won, _heading, nearly = page.words.partition("What nearly won")
    assert "Project 2" in won
    assert "Project 1" in won
    assert "Project 3" in nearly.partition("Who decided")[0]
    assert f"http://localhost/rounds/{round.slug}/results?version=1" in page.words
    assert "Nothing in the result. What you read is what was published." in page.words
    links = {link.get("href") for link in page.tree.iter("a")}
    assert {f"/data/rounds/{round.slug}/v1/results.csv", f"/rounds/{round.slug}/results/B03"} <= links
    client.get(f"/rounds/{round.slug}/results?version=1")


def test_what_was_decided_since_stands_there_with_its_reason(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, MANY, pots=SMALL_POT)
    clock.at += timedelta(days=2)
    with committed():
        decide(
            session().merge(round),
            decided_by="The ward panel",
            is_agreed=False,
            reason="The lane is not ours to dig up.",
            by=actor_for(make_person("Olu", Role.OFFICER)),
            now=clock(),
        )

    words = client.get(f"/rounds/{round.slug}/press").words

    assert "The lane is not ours to dig up." in words.partition("What changed since publication")[2]


def test_before_publication_the_page_gives_the_time_and_nothing_else(client: StrictClient, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)

    words = client.get(f"/rounds/{round.slug}/press").words

    assert "They are announced for" in words
    assert "Nobody gets them before everybody does" in words
    assert "Project" not in words.replace("Projects", "")


def test_a_draft_has_no_page_for_journalists(client: StrictClient, clock: FixedClock) -> None:
    client.get(f"/rounds/{make_round('draft', clock).slug}/press", status=404)
