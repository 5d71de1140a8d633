"""Finding rounds and wards, by addresses and postcodes of every shape."""

from __future__ import annotations

import pytest
from flask import Flask

from pb.core.actor import ANYONE
from pb.core.db import db
from pb.core.errors import NotFound
from pb.rounds.models import WardPostcode
from pb.rounds.queries import public_rounds, round_by_slug, rounds_in_ward, ward_by_gss, ward_of_postcode
from tests.conftest import FixedClock
from tests.support.rounds import OFFICER, make_round, make_ward


def test_a_draft_is_found_by_staff_only(app: Flask, clock: FixedClock) -> None:
    draft = make_round("draft", clock)

    assert round_by_slug(draft.slug, viewer=OFFICER) is draft
    with pytest.raises(NotFound):
        round_by_slug(draft.slug, viewer=ANYONE)
    assert public_rounds(clock.at) == []


@pytest.mark.parametrize("slug", ["", "nothing", "a" * 5000, "<svg>", "' OR 1=1 --", "../../etc/passwd", "\x00"])
def test_hostile_slugs_are_not_found(sqlite_app: Flask, slug: str) -> None:
    with pytest.raises(NotFound):
        round_by_slug(slug)


def test_a_slug_with_something_after_it_is_not_found(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock, title="a" * 80)

    with pytest.raises(NotFound):
        round_by_slug(round.slug + "b")


@pytest.mark.parametrize(
    ("text", "ward"),
    [
        ("WN2 3AA", "Hill"),  # the whole postcode decides over its sector
        ("wn23aa", "Hill"),
        (" w n 2 - 3ab ", "Quay"),
        ("WN2 9ZZ", "Moor"),
        ("WN2", "Moor"),
        ("WN21 3AA", None),  # another district that begins with the same letters
        ("M1 1AA", None),
        ("", None),
        ("not a postcode", None),
        ("<script>alert(1)</script>", None),
        ("９９９", None),
        ("W" * 10_000, None),
    ],
)
def test_ward_of_postcode_takes_the_nearest_area(app: Flask, text: str, ward: str | None) -> None:
    for area, name in (("WN2 3AA", "Hill"), ("WN2 3", "Quay"), ("WN2", "Moor")):
        db.session.add(WardPostcode(area=area, ward_id=make_ward(name).id))
    db.session.commit()

    found = ward_of_postcode(text)

    assert (found and found.name) == ward


def test_rounds_in_ward_are_the_public_ones_with_money_for_it(app: Flask, clock: FixedClock) -> None:
    quay, hill = make_ward("Quay"), make_ward("Hill")
    everywhere = make_round("voting", clock, title="Everywhere")
    make_round("draft", clock, title="Draft")
    only_hill = make_round("proposing", clock, title="Only Hill", wards=(hill,))

    assert rounds_in_ward(quay.id, clock.at) == [everywhere]
    assert set(rounds_in_ward(hill.id, clock.at)) == {everywhere, only_hill}


def test_ward_by_gss_is_exact(app: Flask) -> None:
    ward = make_ward("Quay", "E05000123")

    assert ward_by_gss("E05000123") is ward
    for wrong in ("E05000124", "E050001234", "e05000123", "'", ""):
        with pytest.raises(NotFound):
            ward_by_gss(wrong)
