"""The demo council's words hold together, and stay true whatever day it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pb.demo.content import load
from pb.demo.shapes import Content

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(TODAY)


def test_load_places_the_end_of_voting_nine_days_ahead(content: Content) -> None:
    voting = next(r for r in content.rounds if r.key == "voting")

    assert voting.voting_ends_on == TODAY + timedelta(days=9)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2027, 12, 28), date(2028, 2, 29)])
def test_rounds_have_different_names_and_slugs_whatever_the_day(today: date) -> None:
    rounds = load(today).rounds

    assert len({r.name for r in rounds}) == len({r.slug for r in rounds}) == 3


def test_phases_run_in_order_of_time(content: Content) -> None:
    for round_ in content.rounds:
        starts = [phase.starts_on for phase in round_.phases]

        assert starts == sorted(starts)
        assert starts[-3] == round_.voting_ends_on  # counting starts as voting ends


def test_wards_share_out_all_residents(content: Content) -> None:
    assert sum(ward.share for ward in content.wards) == pytest.approx(1)
    assert {c.ward for c in content.councillors} == {w.key for w in content.wards}
    assert len(content.councillors) == 2 * len(content.wards)
