"""What a person keys of one paper: digits into marks, and back. Pure.

Projects are keyed by the digits of their codes, for the number keys: `1 12 22` is H01, H12 and H22. Where two codes of
a pot share their digits the letter comes first. Points are `1*4 12*6`; a ranking is typed in its order; `0` is the box
"I do not want to pick any".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.core.errors import Refusal
from pb.paper.errors import AmbiguousNumber, NothingTyped, NotValidOnPaper, TypedTwice, UnknownNumber
from pb.voting.choices import BallotPaper, Line, Marks, PotOnPaper, check_marks

REASONS: Mapping[str, LazyString] = {
    "no_mark": _l("No mark at all"),
    "unclear": _l("The marks cannot be read"),
    "too_many": _l("Too many marks, or sums that do not fit"),
    "wrong_area": _l("A ballot of another ward or round"),
    "named": _l("A name or a sign that tells whose it is"),
    "damaged": _l("Torn or incomplete"),
}
"""Why a paper is set aside; counts of each are published."""

_SEPARATORS = re.compile(r"[\s,;+./-]+")
_TOKEN = re.compile(r"([A-Za-z]{0,3})0*([0-9]{1,4})(?:[*=:xX]([0-9]{1,3}))?\Z")


@dataclass(frozen=True)
class Reading:
    """One paper as one person read it: marks (none is "I do not want to pick any"), or why it is set aside."""

    marks: Marks
    aside: str = ""

    def text(self) -> str:
        """Canonical: two people who read the same wrote the same."""
        return json.dumps({"a": self.aside, "m": dict(self.marks)}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Reading:
        data = json.loads(text)
        return cls(data["m"], data["a"])


def box_of(pot: PotOnPaper) -> str:
    """The name of a pot's box on the keying page."""
    return f"pot_{pot.id}"


def read_paper(paper: BallotPaper, typed: Mapping[str, str], aside: str = "") -> Reading:
    """What was typed, as a reading that is a ballot of this paper or set aside.

    typed: what stands in each pot's box, by `box_of`

    Raises: UnknownNumber, AmbiguousNumber, TypedTwice at their pot's box; NothingTyped; NotValidOnPaper
    """
    if aside in REASONS:
        return Reading({}, aside)
    words = {pot: _SEPARATORS.sub(" ", typed.get(box_of(pot), "")).split() for pot in paper.pots}
    tokens_typed = [token for tokens in words.values() for token in tokens]
    if not tokens_typed:
        raise NothingTyped
    if not any(token.strip("0") for token in tokens_typed):
        return Reading({})
    marks: dict[str, int] = {}
    for pot, tokens in words.items():
        marks |= _marks_of(paper, pot, tokens)
        try:
            check_marks(paper, marks)
        except Refusal as rule:
            raise NotValidOnPaper(rule, box_of(pot)) from rule
    return Reading(marks)


def _marks_of(paper: BallotPaper, pot: PotOnPaper, tokens: list[str]) -> dict[str, int]:
    marks: dict[str, int] = {}
    for place, token in enumerate(tokens, start=1):
        line, number = _line_of(paper, pot, token)
        if line.code in marks:
            raise TypedTwice(line.code, box_of(pot))
        marks[line.code] = {"points": number, "ranking": place}.get(paper.kind, 1)
    return marks


def _line_of(paper: BallotPaper, pot: PotOnPaper, token: str) -> tuple[Line, int]:
    """The project a token means and the points typed with it (0 when none were)."""
    found = _TOKEN.match(token)
    if found is None:
        raise UnknownNumber(token[:20], box_of(pot))
    letters, digits, points = found[1].upper(), found[2], int(found[3] or 0)
    lines = [line for line in paper.lines_of(pot) if _digits(line.code) == digits]
    if letters:
        lines = [line for line in lines if _letters(line.code) == letters]
    if not lines:
        raise UnknownNumber(token[:20], box_of(pot))
    if len(lines) > 1:
        raise AmbiguousNumber(digits, ", ".join(line.code for line in lines), box_of(pot))
    return lines[0], points


def _digits(code: str) -> str:
    return re.sub(r"\D", "", code).lstrip("0")


def _letters(code: str) -> str:
    return re.sub(r"[^A-Za-z]", "", code).upper()


def typed_of(paper: BallotPaper, reading: Reading) -> dict[str, str]:
    """A reading as it would be typed, by pot box: for going back to a paper."""
    boxes: dict[str, str] = {}
    for pot in paper.pots:
        codes = [line.code for line in paper.lines_of(pot) if line.code in reading.marks]
        codes.sort(key=lambda code: (reading.marks[code] if paper.kind == "ranking" else 0, code))
        with_points = [f"{code}*{reading.marks[code]}" for code in codes]
        boxes[box_of(pot)] = " ".join(with_points if paper.kind == "points" else codes)
    return boxes


def example_of(paper: BallotPaper, pot: PotOnPaper) -> str:
    """What typing two of this pot's projects looks like: digits alone where they are enough."""
    lines = paper.lines_of(pot)
    digits = [_digits(line.code) for line in lines]
    keys = [d if digits.count(d) == 1 else f"{_letters(lines[n].code).lower()}{d}" for n, d in enumerate(digits)]
    first, last = keys[0] if keys else "1", keys[-1] if keys else "2"
    if paper.kind == "points":
        return f"{first}*{paper.points_total // 2} {last}*{paper.points_total - paper.points_total // 2}"
    return f"{first} {last}"
