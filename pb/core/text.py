"""Residents' words made safe: a little Markdown, no HTML, no images, links only to the web.

Markdown is parsed without HTML and the result goes through an allow-list all the same (security.md section 8, C32).
"""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

MAX_CHARACTERS = 5_000
_TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "a", "blockquote"}
_markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "list", "link", "newline", "blockquote", "escape", "autolink"]
)


_SPECIAL = re.compile(r"[*_\[\]\\<>&]|^[-+0-9]")


def _is_plain(text: str) -> bool:
    """One line in which no character means anything to Markdown or HTML: most of what people write."""
    return text.isprintable() and text.strip() == text and not _SPECIAL.search(text)


def to_html(text: str) -> Markup:
    """Residents' Markdown as safe HTML. Longer text than 5,000 characters is cut: forms refuse it before."""
    if text and len(text) <= MAX_CHARACTERS and _is_plain(text):
        return Markup(f"<p>{text}</p>\n")  # noqa: S704 -- nothing in it is special; a test compares with the long way
    return _cleaned(text)


def _cleaned(text: str) -> Markup:
    html = _markdown.render(text[:MAX_CHARACTERS])
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow ugc noopener",
    )
    return Markup(clean)  # noqa: S704 -- cleaned by the allow-list above
