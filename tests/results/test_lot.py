"""The draw for ties, repeated with the very commands that the page prints; and the count tried with made-up votes."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest
from sqlalchemy import func, select

from pb.core.actor import Role
from pb.core.db import db, session
from pb.core.money import Money
from pb.journal.models import JournalEntry
from pb.results import errors, rehearsal
from pb.results.lot import Draw, draw_of, quoted
from pb.results.models import Count
from pb.results.page import results_of
from pb.rounds.models import Round
from pb.rounds.service import BallotPlan, PotPlan
from pb.voting.models import Ballot
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.results import open_box, published_round
from tests.support.rounds import make_round

TIED = [["B01"]] * 30 + [["B02"]] * 30 + [["B03"]] * 30
POT = (PotPlan("The pot", Money(21_000_00), "council"),)
BY_LOT = BallotPlan(rule="greedy", completion="none", tie_rule="votes_lot")


def draw(client: StrictClient, round: Round) -> Draw:
    with client.app.test_request_context():
        results = results_of(session().get_one(Round, round.id))
        assert results is not None
        found = draw_of(results)
    assert found is not None
    return found


def shell(command: str) -> str:
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout


def test_anybody_can_repeat_the_draw_in_a_terminal(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, TIED, pots=POT, plan=BY_LOT)

    found = draw(client, round)
    page = client.get(f"/rounds/{round.slug}/results/lot")

    assert shell(found.check_command).split()[0] == found.commitment
    assert found.commitment == json.loads(round.frozen_json or "")["ties"]["commitment"]
    assert found.ties
    for tie in found.ties:
        numbers = [shell(ticket.command).split()[0] for ticket in tie.tickets]
        assert numbers == [ticket.number for ticket in tie.tickets] == sorted(numbers)
        assert [ticket.is_chosen for ticket in tie.tickets] == [True, *[False] * (len(tie.tickets) - 1)]
        assert "the lot decided" in tie.decided_by
    in_order = [line.split()[1] for line in shell(found.order_command).splitlines()]
    assert in_order[0] == found.ties[0].tickets[0].line.code
    assert found.check_command in page.words
    assert "sha256sum" in page.words


def test_without_a_lot_there_is_no_such_page(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, plan=BallotPlan(tie_rule="cost_votes_id"))

    client.get(f"/rounds/{round.slug}/results/lot", status=404)


def test_without_a_tie_the_page_says_so(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)

    assert "the lot was not needed" in client.get(f"/rounds/{round.slug}/results/lot").words


@pytest.mark.parametrize("code", ["B01", "it's", "$(touch x)", "a b", "BO.OM.97/24"])
def test_a_code_is_taken_by_the_shell_as_it_is(code: str) -> None:
    assert shell(f"printf '%s' {quoted(code)}") == code


def test_the_lot_stays_sealed_until_the_result(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    commitment = json.loads(round.frozen_json or "")["ties"]["commitment"]
    sign_in_as(client, make_person("Olu", Role.OFFICER))

    desk = client.get(f"/staff/rounds/{round.slug}/count")
    lots = list((client.app.extensions["settings"].data_dir / "lots").glob("*.lot"))

    assert commitment in desk.words
    seeds = [lot.read_text() for lot in lots if hashlib.sha256(lot.read_bytes()).hexdigest() == commitment]
    assert len(seeds) == 1
    assert seeds[0] not in desk.html
    client.get(f"/rounds/{round.slug}/results/lot", status=404)


# -- made-up votes


@pytest.mark.parametrize("kind", ["approval", "points", "ranking", "knapsack"])
def test_made_up_votes_are_counted_and_nothing_is_kept(client: StrictClient, clock: FixedClock, kind: str) -> None:
    rule = {"rule": "greedy", "completion": "none"} if kind in ("points", "ranking", "knapsack") else {}
    round = make_round("frozen", clock, plan=BallotPlan(ballot_kind=kind, **rule))
    before = rows()

    found = rehearsal.rehearse(round, ballots=50, start=7)
    again = rehearsal.rehearse(round, ballots=50, start=7)
    other = rehearsal.rehearse(round, ballots=50, start=8)

    assert found.is_same
    assert found.pots[0].voters == 50
    assert found.pots[0].outcome == again.pots[0].outcome
    assert found.pots[0].count.facts != other.pots[0].count.facts
    assert rows() == before


def rows() -> list[int | None]:
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (Ballot, Count, JournalEntry)]


def test_the_rehearsal_is_marked_and_refused_beside_real_votes(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("frozen", clock)
    url = f"/staff/rounds/{round.slug}/count/rehearsal"
    sign_in_as(client, make_person("Olu", Role.OFFICER))

    page = client.get(f"{url}?ballots=50&start=3")
    wrong = client.get(f"{url}?ballots=7&start=-1", status=422)
    opened = open_box(make_round("counting", clock, title="Other"), TIED)
    late = client.get(f"/staff/rounds/{opened.slug}/count/rehearsal", status=409)

    assert "These votes are made up" in page.words
    assert "Counted twice: the same, letter by letter." in page.words
    assert "Enter a number from 0 to 999,999" in wrong.words
    assert "There are real votes to count now." in late.words


def test_before_the_list_of_projects_nothing_can_be_tried(client: StrictClient, clock: FixedClock) -> None:
    with pytest.raises(errors.NotFrozenYet):
        rehearsal.rehearse(make_round("informing", clock), ballots=50, start=1)
