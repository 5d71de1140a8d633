"""The letter as it lies in its envelope: what a printer and a reader get."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

import pytest
from flask import Flask
from fontTools.ttLib import TTFont

from pb.core.printing import FONTS, finished, new_document, write
from pb.electorate import letters
from pb.electorate.letters import Addressee, Facts, letters_pdf, words_in

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LONG = Addressee(
    "RPQ2J90VX7T1",
    "Siân Ŵyn Llŷr-Featherstonehaugh",
    ("Flat 12", "Penrhyn House", "14–16 Heol y Gŵr", "Llanfairpwllgwyngyll", "Ynys Môn", "Gwynedd"),
    "LL61 5UJ",
)


def facts(*languages: str) -> Facts:
    return Facts(
        council="Exampleshire Council",
        round="Together for Quay",
        url="https://vote.example.gov.uk/ballot/together-for-quay",
        opens_at=NOW,
        closes_at=NOW,
        phone="01234 567 890",
        hours="Monday to Friday",
        key=b"k" * 32,
        languages=languages,
    )


def drawn(pdf: bytes) -> list[list[tuple[float, float]]]:
    """For each page the places, in millimetres from the upper left, where text begins."""
    pages = []
    for stream in re.findall(rb"stream\n(.*?)endstream", pdf, re.S):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            continue
        places = [(float(x), float(y)) for x, y in re.findall(rb"BT ([0-9.]+) ([0-9.]+) Td", content)]
        if places:
            pages.append([(x * 25.4 / 72, 297 - y * 25.4 / 72) for x, y in places])
    return pages


@pytest.mark.parametrize("letter", [LONG, Addressee("RPQ2J90VX7T1", "Bob", ("1 High St",), "WN2 3AA")])
def test_the_window_shows_the_address_whole_and_nothing_else(sqlite_app: Flask, letter: Addressee) -> None:
    for page in drawn(letters_pdf([letter], facts("en", "cy"), now=NOW)):
        for x, y in page:
            could_show = 10 <= x <= 110 and 46 <= y <= 92
            always_shows = 20 <= x <= 100 and 60 <= y <= 81
            assert not could_show or always_shows, (x, y)


def test_the_code_lies_inside_the_fold(sqlite_app: Flask) -> None:
    front, back = drawn(letters_pdf([LONG], facts("en", "cy"), now=NOW))

    for page in (front, back):
        below_address = sorted(y for _x, y in page if y > 92)
        assert below_address[0] > letters.FOLDS[0] + 3


def test_every_letter_of_wales_and_its_neighbours_is_in_the_font() -> None:
    needed = set("ŵŷẁẃẅỳŴŶÂÊÎÔÛŵâêîôûáéíóúàèìòùäëïöüÿ’‘“”–—£€•łńśźżćęąđřőűğışАБВабвΑΒαβ")

    for file in FONTS.glob("*.ttf"):
        assert not needed - {chr(code) for code in TTFont(file).getBestCmap()}


def test_long_addresses_share_lines_and_lose_none() -> None:
    lines = letters._address_lines(LONG)

    assert lines == [
        LONG.name,
        "Flat 12, Penrhyn House",
        "14–16 Heol y Gŵr",
        "Llanfairpwllgwyngyll",
        "Ynys Môn, Gwynedd",
        "LL61 5UJ",
    ]


def test_each_language_has_every_sentence_and_only_known_blanks() -> None:
    english, welsh = words_in("en"), words_in("cy")

    assert set(english) == set(welsh)
    for key, sentence in english.items():
        blanks = sorted(re.findall(r"\{(\w+)\}", str(sentence)))
        assert sorted(re.findall(r"\{(\w+)\}", str(welsh[key]))) == [b for b in blanks if b != "hours"], key


def test_a_letter_has_a_page_for_each_language_and_english_alone_without(sqlite_app: Flask) -> None:
    assert len(drawn(letters_pdf([LONG, LONG], facts("en", "cy"), now=NOW))) == 4
    assert len(drawn(letters_pdf([LONG], facts("en", "pl"), now=NOW))) == 1


def test_wrapped_lines_stay_in_their_column(sqlite_app: Flask) -> None:
    pdf = new_document("a test", now=NOW)
    pdf.add_page()

    below = write(pdf, "one two three four five six seven eight nine ten " * 4, 20, 20, 60)

    assert below > 40
    assert finished(pdf).startswith(b"%PDF-")
