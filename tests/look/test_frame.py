"""The frame of every page, its weight, and that nothing in it needs an exception from the content policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask.testing import FlaskClient

from tests.look.gallery import ROOT, create_gallery

STYLES = ("vendor/govuk-frontend/govuk.css", "css/moothall.css")
SCRIPTS = ("vendor/htmx.min.js", "js/app.js")


@pytest.fixture
def client() -> FlaskClient:
    return create_gallery().test_client()


def parsed(client: FlaskClient, path: str) -> Element:
    html = client.get(path).get_data(as_text=True)
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


@pytest.mark.parametrize("path", ["/", "/errors", "/?lang=ur", "/error/404"])
def test_every_page_is_good_html_with_one_heading_and_tied_labels(client: FlaskClient, path: str) -> None:
    page = parsed(client, path)

    ids = [e.get("id") for e in page.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    headings = 1 if "/error/" in path else 2  # the gallery also shows a receipt
    assert len(list(page.iter("h1"))) == headings
    assert {e.get("for") for e in page.iter("label")} <= set(ids)
    described = {name for e in page.iter() for name in (e.get("aria-describedby") or "").split()}
    assert described <= set(ids)


@pytest.mark.parametrize("path", ["/", "/errors", "/error/404"])
def test_no_page_has_inline_style_or_script(client: FlaskClient, path: str) -> None:
    page = parsed(client, path)

    assert [e.tag for e in page.iter() if "style" in e.attrib or any(name.startswith("on") for name in e.attrib)] == []
    assert [e.tag for e in page.iter("style")] == []
    assert all(e.get("src") for e in page.iter("script"))


def test_the_title_says_that_there_is_an_error(client: FlaskClient) -> None:
    titles = ["".join(next(parsed(client, path).iter("title")).itertext()) for path in ("/", "/errors")]

    assert titles == [
        "Together for Hindley 2026 – Exampleshire Council",
        "Error: Together for Hindley 2026 – Exampleshire Council",
    ]


def test_help_comes_right_after_the_main_part_on_every_page(client: FlaskClient) -> None:
    for path in ("/", "/error/404"):
        body = next(parsed(client, path).iter("body"))
        tags = [(child.tag, child.get("id")) for child in body]
        assert tags[-3:] == [("main", "main"), ("section", "help"), ("footer", None)]


def test_a_right_to_left_page_says_so(client: FlaskClient) -> None:
    page = next(parsed(client, "/?lang=ur").iter("html"))

    assert (page.get("lang"), page.get("dir")) == ("ur", "rtl")


def squeezed(paths: tuple[str, ...]) -> int:
    return sum(len(gzip.compress((ROOT / "static" / path).read_bytes(), 9)) for path in paths)


def test_styles_and_scripts_stay_light() -> None:
    assert squeezed(STYLES) <= 15_000
    assert squeezed(SCRIPTS) <= 19_000
    assert squeezed(("js/app.js",)) <= 2_048


@pytest.mark.parametrize("path", STYLES)
def test_styles_fetch_nothing_and_carry_no_crown_font_or_brand(path: str) -> None:
    text = (ROOT / "static" / path).read_text()

    addresses = re.findall(r"url\(\s*['\"]?([^'\")]{1,12})", text)
    assert [address for address in addresses if not address.startswith("data:")] == []
    assert re.findall(r"(?i)transport|@font-face|#1d70b8|crown", text) == []


def test_styles_have_no_physical_sides() -> None:
    for path in STYLES:
        text = (ROOT / "static" / path).read_text()
        assert re.findall(r"[;{ ](?:(?:margin|padding|border)-)?(?:left|right)\s*:", text) == []


def test_licences_lie_beside_what_they_cover() -> None:
    vendor = Path(ROOT / "static/vendor")

    assert "MIT" in (vendor / "govuk-frontend/LICENSE.txt").read_text()
    assert "Zero-Clause BSD" in (vendor / "htmx.LICENSE.txt").read_text()
