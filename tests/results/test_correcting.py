"""What residents read of a corrected result."""

from __future__ import annotations

from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from pb.core.money import Money
from pb.results import decisions, queries
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.results import correct, published_round

SMALL = (PotPlan("The pot", Money(12_000_00), "council"),)
"""Enough for one project: B02, or B01 once the ballots for B02 alone say B01."""


def test_a_correction_says_what_it_changed_and_why(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)
    note = "A bundle of paper votes was typed in under the wrong code."
    correct(round, clock, was='["B02"]', becomes='["B01"]', note=note)

    overview = client.get(f"/rounds/{round.slug}/results")
    dropped = client.get(f"/rounds/{round.slug}/results/B02")
    added = client.get(f"/rounds/{round.slug}/results/B01")
    untouched = client.get(f"/rounds/{round.slug}/results/B03")
    first = client.get(f"/rounds/{round.slug}/results?version=1")

    titles = {project.code: project.title for project in queries.projects_of(round.id)}
    assert f"Now funded: {titles['B01']} (B01)" in overview.words
    assert f"No longer funded: {titles['B02']} (B02)" in overview.words
    assert f"The version before said that it was funded. What was wrong: {note}" in dropped.words
    assert f"The version before said that it was not funded. What was wrong: {note}" in added.words
    assert "The version before" not in untouched.words
    assert "No longer funded" not in first.words


def test_a_departure_that_a_correction_meets_is_no_departure_any_more(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, pots=SMALL)
    winner = next(p for p in queries.projects_of(round.id) if p.code == "B02")
    by = Actor(id=None, name="Sam", roles=frozenset({Role.OFFICER}))

    def decide(*, funds: bool) -> None:
        decided = {"decided_by": "Cabinet", "is_agreed": False, "reason": "The ground is contaminated."}
        with committed():
            here, project = session().merge(round), session().merge(winner)
            decisions.decide(here, project=project, funds=funds, by=by, now=clock(), **decided)

    decide(funds=False)
    correct(round, clock, was='["B02"]', becomes='["B01"]', note="Typed in under the wrong code.")
    now_page, then_page = (client.get(f"/rounds/{round.slug}/results{q}") for q in ("", "?version=1"))
    assert "Cabinet decided" not in now_page.words
    assert "Cabinet decided on 1 June 2026 not to fund" in then_page.words

    decide(funds=True)
    assert "Cabinet decided on 1 June 2026 to fund" in client.get(f"/rounds/{round.slug}/results").words
