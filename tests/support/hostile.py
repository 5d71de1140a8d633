"""Text that attacks a page, and how to see whether it succeeded: by what a real parser finds, not by what bytes say."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import html5lib

from tests.support.client import Page, StrictClient

CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z]: javascript:alert(1)",
    "[x](java\nscript:alert(1)) [y][ref]\n\n[ref]: javascript:alert(1)",
    "[x](//evil.example) [y](data:text/html;base64,PHNjcmlwdD4=)",
    "<a hx-get=/admin/close hx-trigger=load data-hx-get=/x>x</a>",
    "<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><table><mglyph><style><!--</style>",
    "![](https://tracker.example/p.gif)",
    "<form action=https://evil.example><input name=code>",
    "<a id=csrf_token>x</a>",
    "{{7*7}} {% include 'x' %} ${7*7}",
    "</title></textarea></p><h1>x</h1>",
    "\"'><b onmouseover=alert(1)>",
    ">" * 190,
    "**a" * 60,
    "[" * 190,
    "a\r\nBcc: x@evil.example",
    "\x1b[31mred \u202eright",
]
"""Security.md section 11.C, in our words."""
ALLOWED = {"blockquote", "em", "strong", "ul", "ol", "li", "br", "p", "a"}
"""What Markdown may bring into a page."""
ATTRIBUTES = {"", "rel", "href=https", "href=http", "href=mailto", "href"}


def shape(element: Element) -> set[tuple[str, str]]:
    """Every (tag, attribute) on a page, `href`s with their scheme."""
    found = set()
    for e in element.iter():
        found.add((e.tag, ""))
        for name, value in e.attrib.items():
            scheme = value.split(":")[0].strip().lower() if name in ("href", "src", "action") and ":" in value else ""
            found.add((e.tag, f"{name}={scheme}" if scheme else name))
    return found


def hostile(client: StrictClient, url: str) -> Page:
    """The page, which must be well-formed all the same. Control characters never get past the forms; here they may."""
    try:
        return client.get(url)
    except AssertionError as error:
        if "invalid-codepoint" not in str(error):
            raise
        body = client.client.get(url)
        tree = html5lib.parse(body.get_data(as_text=True), namespaceHTMLElements=False)
        return Page(body.status_code, "", tree, body)
