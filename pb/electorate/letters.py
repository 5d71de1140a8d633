"""The letter with the code as A4 PDF, each of its languages on a page of its own, for printing on both sides.

Folded in three it fits a DL window envelope (window 90 × 35 mm, 20 mm from the left and 18 mm from the bottom). A sheet
slides in its envelope by 11 mm up and down and 10 mm across, so the address stands in the part that always shows
(x 20 to 100, y 57 to 81 mm), nothing else where the window can come (x 10 to 110, y 46 to 92 mm), and the code in the
middle third, folded inside.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.dates import format_datetime

from pb.core.clock import council_zone
from pb.core.printing import FONT, draw_qr, finished, fitting, new_document, qr_image, write
from pb.electorate.codes import in_groups

if TYPE_CHECKING:
    from fpdf import FPDF

ADDRESS_X, ADDRESS_Y, ADDRESS_WIDTH, ADDRESS_LINE, ADDRESS_LINES = 22.0, 57.5, 77.0, 3.9, 6
FOLDS = (99.0, 198.0)
_WORDS = Path(__file__).with_name("letter_words")
_TRANSLATED = frozenset(file.stem for file in _WORDS.glob("*.toml"))
_LEFT, _WIDTH = 22.0, 166.0


@dataclass(frozen=True)
class Addressee:
    """One letter. Without name and lines it is a card to hand out."""

    code: str
    name: str = ""
    lines: tuple[str, ...] = ()
    postcode: str = ""


@dataclass(frozen=True)
class Facts:
    """What is the same in every letter of a run. `url`: the ballot's address; `key`: our public signing key."""

    council: str
    round: str
    url: str
    opens_at: datetime
    closes_at: datetime
    phone: str
    hours: str
    key: bytes
    languages: tuple[str, ...] = ("en",)


@cache
def words_in(language: str) -> dict[str, Any]:
    """The letter's words in one of the languages that have their own."""
    return tomllib.loads((_WORDS / f"{language}.toml").read_text(encoding="utf-8"))


def letters_pdf(letters: Sequence[Addressee], facts: Facts, *, now: datetime) -> bytes:
    """All letters of a run as one PDF, a page for each language of each letter."""
    known = [language for language in facts.languages if language in _TRANSLATED] or ["en"]
    pdf = new_document(f"{facts.council}: {facts.round}", language=known[0], now=now)
    square = qr_image(facts.url)
    for number, letter in enumerate(letters, start=1):
        mark = f"{run_mark(now)} · {number}/{len(letters)}"
        for side, language in enumerate(known):
            pdf.add_page()
            _outside(pdf, letter, facts, mark, is_front=side == 0)
            _inside(pdf, letter, facts, words_in(language), square, is_bilingual=len(known) > 1)
    return finished(pdf)


def run_mark(made_at: datetime) -> str:
    """What tells a run apart, on paper and at the desk: the minute it was made, in the council's time."""
    return made_at.astimezone(council_zone()).strftime("%Y-%m-%d %H:%M")


def _outside(pdf: FPDF, letter: Addressee, facts: Facts, mark: str, *, is_front: bool) -> None:
    """The upper third: who writes, and on the front to whom."""
    write(pdf, facts.council, _LEFT, 18, _WIDTH, size=15, bold=True)
    write(pdf, facts.round, _LEFT, 26, _WIDTH, size=11)
    write(pdf, mark, _LEFT, 284, _WIDTH, size=8)
    pdf.set_draw_color(150)
    for fold in FOLDS:
        pdf.line(4, fold, 9, fold)
    if is_front:
        for row, line in enumerate(_address_lines(letter)):
            size = fitting(pdf, line, ADDRESS_WIDTH)
            pdf.set_font(FONT, size=size)
            pdf.text(ADDRESS_X, ADDRESS_Y + (row + 0.85) * ADDRESS_LINE, line)


def _address_lines(letter: Addressee) -> list[str]:
    """Name, address, postcode in at most six lines: the shortest share a line where there are more, none is lost."""
    lines = [line for line in letter.lines if line]
    while len(lines) > ADDRESS_LINES - 2:
        at = min(range(len(lines) - 1), key=lambda n: len(lines[n]) + len(lines[n + 1]))
        lines[at : at + 2] = [f"{lines[at]}, {lines[at + 1]}"]
    return [line for line in (letter.name, *lines, letter.postcode) if line]


def _inside(
    pdf: FPDF, letter: Addressee, facts: Facts, words: dict[str, Any], square: bytes, *, is_bilingual: bool
) -> None:
    """The two thirds that are folded inside: the code, what to do with it, where help is."""
    fill = _fill(facts, words) | {"name": letter.name or words["anybody"]}
    y = write(pdf, words["heading"], _LEFT, 104, _WIDTH, size=20, bold=True)
    y = write(pdf, words["lead"].format(**fill), _LEFT, y + 2, _WIDTH)
    y = _code_box(pdf, words["code"], letter.code, y + 5)
    draw_qr(pdf, square, 150, y + 4, 38, meaning=words["square"])
    y += 5
    for number, step in enumerate(words["steps"], start=1):
        write(pdf, f"{number}.", _LEFT, y, 8, size=12, bold=True)
        y = write(pdf, step.format(**fill), _LEFT + 8, y, 116, size=12) + 1.5
    y = max(y, 199) + 2
    for name in ("private", "change", "help", "lost", "wrong"):
        y = write(pdf, words[name].format(**fill), _LEFT, y, _WIDTH, bold=name in ("private", "help")) + 2
    y = write(pdf, words["key"].format(**fill), _LEFT, y + 2, _WIDTH, size=8)
    if is_bilingual:
        write(pdf, words["other"], _LEFT, 277, _WIDTH, bold=True)


def _code_box(pdf: FPDF, label: str, code: str, y: float) -> float:
    """The code, large enough to copy by hand, in its frame."""
    pdf.set_draw_color(0)
    pdf.set_line_width(0.6)
    pdf.rect(_LEFT, y, _WIDTH, 21)
    write(pdf, label, _LEFT + 4, y + 2.5, 60, size=9)
    write(pdf, in_groups(code), _LEFT + 4, y + 6.5, _WIDTH - 8, size=29, bold=True)
    pdf.set_line_width(0.2)
    return y + 21


def _fill(facts: Facts, words: dict[str, Any]) -> dict[str, str]:
    return {
        "round": facts.round,
        "address": facts.url.split("://", 1)[-1],
        "opens": _when(facts.opens_at, words),
        "closes": _when(facts.closes_at, words),
        "phone": facts.phone,
        "hours": facts.hours,
        "key": key_mark(facts.key),
    }


def _when(at: datetime, words: dict[str, Any]) -> str:
    text = str(format_datetime(at.astimezone(council_zone()), words["when"], locale=words["locale"]))
    return text.replace(":00am", "am").replace(":00pm", "pm")


def key_mark(public_key: bytes) -> str:
    """Sixteen characters of the SHA-256 of our signing key, in groups: short enough to print, hard to forge."""
    digits = hashlib.sha256(public_key).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))
