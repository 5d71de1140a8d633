"""Macros are tested like functions: draw one, parse it strictly, look at the elements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template_string

from tests.look.gallery import create_gallery

Draw = Callable[..., Element]


@pytest.fixture
def app() -> Iterator[Flask]:
    app = create_gallery()
    with app.test_request_context("/"):
        yield app


@pytest.fixture
def draw(app: Flask) -> Draw:
    """`draw("{{ ui.tag('Late') }}")` gives the parsed fragment; broken HTML and doubled ids fail."""
    imports = '{% import "_macros/forms.html" as forms %}{% import "_macros/ui.html" as ui %}'

    def drawn(source: str, **context: object) -> Element:
        html = render_template_string(imports + source, **context)
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        fragment = parser.parseFragment(html)
        ids = [element.get("id") for element in fragment.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), f"ids are used twice: {ids}"
        return fragment

    return drawn


def words(element: Element) -> str:
    """All text of an element, spaces collapsed."""
    return " ".join("".join(element.itertext()).split())
