"""Points on the map as people copy them from maps."""

from __future__ import annotations

import pytest

from pb.core.points import latitude_and_longitude, parse

SPELLINGS = [
    ("53.5311, -2.5412", "53.53110, -2.54120"),
    ("53.5311,-2.5412", "53.53110, -2.54120"),
    ("  53.5311 -2.5412 ", "53.53110, -2.54120"),
    ("(53.5311° ; \N{MINUS SIGN}2.5412°)", "53.53110, -2.54120"),
    ("+53.531099999999999, -0.000001", "53.53110, 0.00000"),
    ("-90, 180", "-90.00000, 180.00000"),
]


@pytest.mark.parametrize(("typed", "kept"), SPELLINGS)
def test_a_point_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert parse(typed) == kept
    assert parse(kept) == kept
    assert len(kept) <= 24


@pytest.mark.parametrize(
    "typed",
    ["", "x", "53.5", "91, 0", "0, 181", "5, 2, 3", "1e2, 3", "nan, 0", "٥٣, ٢", "=1, 2", "53,5 2,5", "5" * 999],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the form has the sentence
        parse(typed)


def test_no_point_has_no_degrees() -> None:
    assert latitude_and_longitude("") == ("", "")
    assert latitude_and_longitude("53.53110, -2.54120") == ("53.53110", "-2.54120")
