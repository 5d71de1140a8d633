"""Money, dates, text and forms as people read and type them."""

from __future__ import annotations

from datetime import UTC, datetime

import html5lib
import pytest
from babel.messages.pofile import read_po
from flask import Flask

from pb.core.filters import clock_time, days_left, moment, money
from pb.core.forms import tidy
from pb.core.i18n import UNFINISHED
from pb.core.money import NotMoney, parse_pounds
from pb.core.text import to_html
from pb.factory import ROOT


@pytest.mark.parametrize(
    ("typed", "pence"),
    [("1250", 125_000), ("£1,250.50", 125_050), (" 1 250 ", 125_000), ("0.5", 50), ("18000.00", 1_800_000), ("0", 0)],
)
def test_parse_pounds_reads_what_people_type(typed: str, pence: int) -> None:
    assert parse_pounds(typed) == pence


@pytest.mark.parametrize("typed", ["", "-5", "1e6", "1.234", "1,25", "５００", "12 pounds", "1,2500", "9" * 13, "NaN"])
def test_parse_pounds_refuses_the_rest(typed: str) -> None:
    with pytest.raises(NotMoney):
        parse_pounds(typed)


def test_money_and_dates_read_as_in_a_letter(house: Flask) -> None:
    five = datetime(2026, 6, 28, 16, 0, tzinfo=UTC)

    with house.test_request_context("/"):
        assert (money(125_000), money(125_050), money(-300)) == ("£1,250", "£1,250.50", "-£3")
        assert moment(five) == "5pm on Sunday 28 June 2026"
        assert clock_time(datetime(2026, 1, 5, 14, 10, tzinfo=UTC)) == "2:10pm"
        assert clock_time(datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) == "noon"
        assert days_left(five) == "27 days left"


def test_the_language_switch_keeps_page_and_query(house: Flask) -> None:
    answer = house.test_client().get("/cy/test/page?a=1")

    assert 'href="/test/page?a=1"' in answer.text


def test_an_unfinished_language_says_so_and_does_not_mix(house: Flask) -> None:
    words = house.test_client().get("/cy/test/page").text

    assert '<html lang="en"' in words
    assert '<header lang="cy">' in words
    assert "Nid yw’r dudalen hon wedi’i chyfieithu eto" in words
    assert "Angen help, neu’n well gennych bapur?" in words


@pytest.mark.parametrize("code", ["cy"])
def test_a_language_is_finished_or_marked_unfinished(code: str) -> None:
    with (ROOT / "pb" / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)

    untranslated = [message.id for message in catalogue if message.id and not message.string]

    assert code in UNFINISHED or untranslated == []


NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](//evil.example)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<a hx-get=/admin/close hx-trigger=load>",
    "<svg><style><img src=x onerror=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "![](https://tracker.example/p.gif)",
    "<form action=https://evil.example><input name=code>",
    "<a id=csrf_token>",
    "{{7*7}}",
    "[a]: javascript:alert(1)\n[a]",
]


@pytest.mark.parametrize("text", NASTY)
def test_residents_markdown_has_no_element_but_the_plain_ones(text: str) -> None:
    tree = html5lib.parseFragment(str(to_html(text)), namespaceHTMLElements=False)

    for element in tree.iter():
        assert element.tag in {"DOCUMENT_FRAGMENT", "p", "br", "em", "strong", "ul", "ol", "li", "a", "blockquote"}
        assert set(element.keys()) <= {"href", "rel"}
        assert (element.get("href") or "https:").startswith(("https:", "http:", "mailto:"))


def test_tidy_takes_out_what_hides_or_reorders() -> None:
    assert tidy("  caf\u0065\u0301\u202e\u200b\x00 \r\n ok ") == "café \n ok"
