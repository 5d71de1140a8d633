"""The council's colour as the four variables of the look, with contrast that can be read whatever colour is set.

Contrast and luminance as WCAG 2.2 defines them (success criterion 1.4.3, "contrast ratio", "relative luminance").
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
INK: Colour = (16, 20, 20)
PAPER: Colour = (249, 245, 235)
"""The background of every page (static/css/moothall.css)."""

TEXT, DARK, SHAPE = 4.5, 7.0, 3.0
"""Least contrast: of text; of white text on the dark colour; of buttons and bars on the page."""


@dataclass(frozen=True)
class Theme:
    """`council` is the colour set, darkened only as far as buttons need to stand out from the page."""

    council: Colour
    dark: Colour
    tint: Colour
    on_council: Colour

    def css(self) -> str:
        names = {"council": self.council, "council-dark": self.dark, "council-tint": self.tint}
        lines = "".join(f"--{name}:{in_hex(colour)};" for name, colour in names.items())
        return f":root{{{lines}--on-council:{in_hex(self.on_council)}}}\n"


def read(text: str) -> Colour:
    """`#14505a` as red, green and blue, 0 to 255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def in_hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 for black to 1 for white."""
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`share` of `colour` in `other`."""
    red, green, blue = (int(share * a + (1 - share) * b + 0.5) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _darkened(colour: Colour, against: Colour, least: float, start: float = 1.0) -> Colour:
    """The lightest shade of `colour`, from `start` of it downwards, with this contrast; black has it always."""
    shades = (mix(colour, (0, 0, 0), share / 100) for share in range(int(start * 100), -1, -1))
    return next(shade for shade in shades if contrast(shade, against) >= least)


def theme_for(council_colour: str) -> Theme:
    """The theme of a colour such as `#14505a`. Every pair in docs/look.md keeps its contrast, for any colour."""
    council = _darkened(read(council_colour), PAPER, SHAPE)
    dark = _darkened(council, WHITE, DARK, start=0.72)
    tints = (mix(council, WHITE, share / 100) for share in range(12, -1, -1))
    tint = next(colour for colour in tints if contrast(colour, dark) >= TEXT)
    on_council = WHITE if contrast(council, WHITE) >= TEXT else INK
    if contrast(council, on_council) < TEXT:
        on_council = (0, 0, 0)
    return Theme(council, dark, tint, on_council)
