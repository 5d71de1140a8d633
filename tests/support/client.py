"""A strict visitor without a browser: parses every page, and the test names the status it expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def text_of(element: Element) -> str:
    """All words inside an element, single-spaced."""
    return " ".join(" ".join(element.itertext()).split())


@dataclass
class Page:
    """A parsed answer."""

    status: int
    html: str
    tree: Element
    response: TestResponse

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.tree.iter(tag) if all(e.get(k) == v for k, v in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements <{tag} {attributes}> in:\n{self.html[:3000]}"
        return found[0]

    @property
    def title(self) -> str:
        return text_of(self.one("title"))

    @property
    def h1(self) -> str:
        return text_of(self.one("h1"))

    @property
    def words(self) -> str:
        """The visible words of the main part."""
        return text_of(self.one("main")) if self.all("main") else text_of(self.tree)

    def fields(self, form: Element) -> dict[str, Any]:
        """What a browser would send from a form as it stands."""
        data: dict[str, Any] = {}
        for element in form.iter():
            name = element.get("name")
            if not name or element.get("disabled") is not None:
                continue
            if element.tag == "textarea":
                data[name] = element.text or ""
            elif element.tag == "select":
                options = list(element.iter("option"))
                chosen = [o for o in options if o.get("selected") is not None] or options[:1]
                data[name] = chosen[0].get("value", "") if chosen else ""
            elif element.tag == "input" and element.get("type") in ("checkbox", "radio"):
                if element.get("checked") is not None:
                    data[name] = element.get("value", "on")
            elif element.tag == "input" and element.get("type") != "submit":
                data[name] = element.get("value", "")
        return data


def forget_request() -> None:
    """Empty `g`: tests keep an app context open, and requests inside it would share who acts and what time it is."""
    if has_app_context():
        for name in list(g):
            g.pop(name)


class OneAtATime(FlaskClient):
    """Flask's client, each request beginning with an empty `g`, as on a real server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        forget_request()
        return super().open(*args, **kwargs)


class StrictClient:
    """Get and post like a browser without JavaScript; every HTML page is checked before the test sees it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = OneAtATime(app, app.response_class, use_cookies=True)

    def get(self, url: str, *, status: int = 200, **options: Any) -> Page:
        return self._page(self.client.get(url, **options), status, is_fragment=self._is_fragment(options))

    def post(self, url: str, data: dict[str, Any], *, status: int = 303, **options: Any) -> Page:
        """Post with the CSRF token of this session, fetched like a browser would have."""
        data = {"csrf_token": self.csrf_token(), **data}
        return self._page(self.client.post(url, data=data, **options), status, is_fragment=self._is_fragment(options))

    def submit(self, page: Page, form: Element, *, status: int = 303, url: str | None = None, **changes: Any) -> Page:
        """Send a form as it stands on a page, with some fields changed."""
        action = form.get("action") or url or page.response.request.path
        data = {**page.fields(form), **changes}
        return self._page(self.client.post(action, data=data), status)

    def follow(self, page: Page) -> Page:
        """Go where a redirect points."""
        return self.get(page.response.headers["Location"])

    def csrf_token(self) -> str:
        with self.client.session_transaction() as session:
            kept = session.get("csrf_token")
        if not kept:
            self.client.get("/accounts/sign-in")
        from flask_wtf.csrf import generate_csrf

        with self.client.session_transaction() as session:
            raw = session.get("csrf_token")
        forget_request()
        with self.app.test_request_context():
            from flask import session as request_session

            request_session["csrf_token"] = raw
            return str(generate_csrf())

    @staticmethod
    def _is_fragment(options: dict[str, Any]) -> bool:
        return "HX-Request" in (options.get("headers") or {})

    def _page(self, response: TestResponse, status: int, *, is_fragment: bool = False) -> Page:
        body = response.get_data(as_text=True) if response.mimetype.startswith(("text/", "application/json")) else ""
        assert response.status_code == status, f"{response.status_code} instead of {status}: {_excerpt(body)}"
        if response.mimetype != "text/html" or response.status_code in (301, 302, 303, 304):
            return Page(response.status_code, body, Element("html"), response)
        parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=False)
        tree = parser.parse(body) if not is_fragment else parser.parseFragment(body)
        errors = [error for error in parser.errors if error[1] not in TOLERATED]
        assert not errors or is_fragment, f"invalid HTML: {errors[:3]}"
        page = Page(response.status_code, body, tree, response)
        check_page(page, is_fragment=is_fragment)
        return page


TOLERATED = {"expected-doctype-but-got-start-tag"}


def _excerpt(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))[:600]


def check_page(page: Page, *, is_fragment: bool) -> None:
    """What every page must have: one h1, a title, a language, unique ids, labelled fields, forms with a method."""
    ids = [e.get("id") for e in page.tree.iter() if e.get("id")]
    doubled = {i for i in ids if ids.count(i) > 1}
    assert not doubled, f"ids used twice: {doubled}"
    for element in page.tree.iter():
        assert not any(name.startswith("on") or name == "style" for name in element.keys()), "inline script or style"  # noqa: SIM118
    if is_fragment:
        return
    assert page.title, "a page without a title"
    assert len(page.all("h1")) == 1, f"{len(page.all('h1'))} h1"
    assert page.one("html").get("lang")
    labelled = {e.get("for") for e in page.tree.iter("label")}
    for element in page.tree.iter():
        if element.tag in ("input", "select", "textarea") and element.get("type") not in ("hidden", "submit", "button"):
            has_name = element.get("id") in labelled or element.get("aria-label") or element.get("aria-labelledby")
            assert has_name, f"field {element.get('name')} has no label"
    for form in page.tree.iter("form"):
        if form.get("method", "get").lower() == "post":
            assert any(i.get("name") == "csrf_token" for i in form.iter("input")), "a form without a CSRF token"
