"""The council's colour stays readable, whatever colour it is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.pages.theme import DARK, PAPER, SHAPE, TEXT, WHITE, Theme, contrast, in_hex, luminance, read, theme_for


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), WHITE) == 21
    assert round(contrast(read("#777777"), WHITE), 2) == 4.48
    assert round(contrast(read("#767676"), WHITE), 2) == 4.54
    assert luminance(WHITE) == 1


def assert_readable(theme: Theme) -> None:
    assert contrast(theme.council, theme.on_council) >= TEXT
    assert contrast(theme.dark, WHITE) >= DARK
    assert contrast(theme.tint, theme.dark) >= TEXT
    assert contrast(theme.council, PAPER) >= SHAPE
    assert contrast(theme.dark, PAPER) >= TEXT


def test_every_corner_of_the_colours_is_readable() -> None:
    steps = (0, 51, 102, 153, 204, 255)
    for colour in itertools.product(steps, steps, steps):
        assert_readable(theme_for(in_hex(colour)))


@settings(max_examples=300, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_colour_is_readable(colour: tuple[int, int, int]) -> None:
    assert_readable(theme_for(in_hex(colour)))


@pytest.mark.parametrize("colour", ["#14505a", "#1d5c4b", "#6f1d1b", "#003078", "#000000"])
def test_a_colour_that_stands_out_stays_as_the_council_chose_it(colour: str) -> None:
    assert in_hex(theme_for(colour).council) == colour


def test_a_pale_colour_is_darkened_only_as_far_as_needed() -> None:
    theme = theme_for("#ffdd00")

    assert SHAPE <= contrast(theme.council, PAPER) < SHAPE + 0.2


def test_the_style_sets_the_four_variables() -> None:
    assert theme_for("#14505a").css() == (
        ":root{--council:#14505a;--council-dark:#0e3a41;--council-tint:#e3eaeb;--on-council:#ffffff}\n"
    )
