"""Printed ballots: every project once in each version, in orders of the lot, with codes, stub and Welsh letters."""

from __future__ import annotations

import re

import pytest

from pb.core.money import Money
from pb.paper.ballot_pdf import VERSIONS, Press, ballots, lines_for
from pb.rounds.models import Round
from pb.voting.choices import BallotPaper, Line, PotOnPaper
from tests.support.client import StrictClient

POT = PotOnPaper(1, "Y Gronfa", Money(60_000_00), None)


def press(count: int = 40, size: int = 16, kind: str = "approval") -> Press:
    lines = tuple(
        Line(n, 1, f"H{n:02d}", f"Tŷ Ŵyn {n}", "", Money(9_000_00), "Stryd Fawr", "", None, "", "", is_withdrawn=n == 2)
        for n in range(1, count + 1)
    )
    paper = BallotPaper(1, kind, 10, 0, 10, (POT,), lines)
    round = Round(title="Gyda’n gilydd", who_may_vote="Anyone aged 11 or over", identity_rung=1)
    return Press(round, paper, "Cwm", "Cyngor", b"s" * 32, "https://vote.example/ballot/gyda", size)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_every_version_has_each_project_once_and_an_order_of_its_own() -> None:
    orders = [[line.code for line in lines_for(press(), version, POT)] for version in VERSIONS]

    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(f"H{n:02d}" for n in range(1, 41) if n != 2))}
    assert len({tuple(order) for order in orders}) == len(VERSIONS)
    assert orders[0] == [line.code for line in lines_for(press(), "A", POT)]


@pytest.mark.parametrize(("count", "size"), [(3, 16), (40, 16), (120, 24)])
def test_ballots_of_any_length_are_printed_with_our_font_inside(client: StrictClient, count: int, size: int) -> None:
    with client.app.test_request_context():
        pdf = ballots(press(count, size), "AB", language="cy")

    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) % 2 == 0
    assert pages_of(pdf) >= 2 * max(1, count // 25)
    assert b"/FontFile2" in pdf
