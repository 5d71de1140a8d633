"""Every page a visitor can reach by links: it answers, fits a phone, weighs little, and axe finds nothing.

With LOOK=1 a page of each kind is kept as screenshots at phone and desk width under tests/artefacts/pages/.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import ARTEFACTS, DESK, PHONE, Site
from tests.browser.people import sign_in_as_resident, sign_in_as_staff

PER_KIND = {"visitor": 2}
"""Pages of one kind that are looked at; one for everybody else."""
WEIGHT_LIMIT = 60_000
REQUEST_LIMIT = 6
HTML_LIMIT = 14_000
NOT_PAGES = re.compile(r"\.(json|csv|zip|pb|ics|atom|svg|txt|pdf)$|/static/|/demo/mailbox/|/download")


@dataclass
class Crawl:
    """What one visitor found."""

    page: Page
    site: Site
    role: str
    waiting: list[str] = field(default_factory=lambda: ["/", "/rounds", "/log"])
    seen: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def run(self, at_most: int = 90) -> None:
        while self.waiting and len(self.seen) < at_most:
            path = self.waiting.pop(0)
            if path in self.seen or self.kinds[kind_of(path)] >= PER_KIND.get(self.role, 1):
                continue
            self.seen.add(path)
            self.kinds[kind_of(path)] += 1
            self.visit(path)

    def visit(self, path: str) -> None:
        try:
            answer = self.page.goto(self.site.url + path)
        except PlaywrightError as error:
            if "Download is starting" not in error.message:
                raise
            return
        assert answer is not None
        if answer.status >= 400:
            self.problems.append(f"{self.role} gets {answer.status} at {path}")
            return
        if "text/html" not in answer.headers.get("content-type", ""):
            return
        self.check(path)
        for href in self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
            self.consider(urljoin(path, href))

    def consider(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path.startswith("/") or NOT_PAGES.search(parts.path):
            return
        if not parts.path.startswith("/cy/"):
            self.waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))

    def check(self, path: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.problems.append(f"{path} is {wide} px wider than a phone")
        found = Axe().run(self.page).response["violations"]
        for one in found:
            if one["impact"] in ("serious", "critical"):
                self.problems.append(f"{path}: {one['id']} at {[node['target'] for node in one['nodes']][:3]}")
        if self.kinds[kind_of(path)] == 1 and os.environ.get("LOOK"):
            self.keep(path)

    def keep(self, path: str) -> None:
        folder = ARTEFACTS / "pages"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.role}{re.sub(r'[^a-z0-9]+', '-', kind_of(path))}".strip("-")
        self.page.screenshot(path=folder / f"{name}-390.png", full_page=True)
        self.page.set_viewport_size(DESK)
        self.page.screenshot(path=folder / f"{name}-1280.png")
        self.page.set_viewport_size(PHONE)


def kind_of(path: str) -> str:
    """The address with what singles out one thing taken away, so that one of each kind is enough."""
    path = urlsplit(path).path
    path = re.sub(r"/(rounds|propose|ballot|staff/rounds)/(?!new)[a-z0-9-]+", r"/\1/<round>", path)
    path = re.sub(r"/[A-Z]{1,3}\d{2,3}(?=/|$)", "/<code>", path)
    return re.sub(r"/(wards|log|c|q|p)/[A-Za-z0-9-]+|/\d+(?=/|$)", r"/\1/<one>", path)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("role", ["visitor", "resident", "officer"])
def test_every_page_answers_fits_and_is_accessible(phone: Page, site: Site, role: str) -> None:
    if role == "resident":
        sign_in_as_resident(phone, site)
    elif role == "officer":
        sign_in_as_staff(phone, site, "officer")
    crawl = Crawl(phone, site, role)
    if role == "officer":
        crawl.waiting[:0] = ["/staff", "/staff/rounds"]

    crawl.run()

    assert not crawl.problems, "\n".join(crawl.problems)
    assert len(crawl.kinds) >= {"visitor": 15, "resident": 15, "officer": 18}[role], sorted(crawl.kinds)


@pytest.mark.parametrize(
    "path", ["/", "/rounds", "/ballot/{voting}", "/rounds/{voting}/projects", "/rounds/{finished}/results"]
)
def test_a_first_view_is_light(browser: Browser, site: Site, path: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.goto(site.url + f"/ballot/{site.round('voting')}/check")
    page.get_by_label("Lockside").check()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Continue to the projects").click()
    cookies = context.cookies()
    context.close()
    context = browser.new_context(viewport=PHONE)  # a cold cache, and the two questions answered
    context.add_cookies([{key: one[key] for key in ("name", "value", "domain", "path")} for one in cookies])
    page = context.new_page()
    page.on("requestfinished", lambda request: sizes.__setitem__(request.url, request.sizes()["responseBodySize"]))

    page.goto(site.url + path.format(voting=site.round("voting"), finished=site.round("finished")))
    page.wait_for_load_state("networkidle")

    context.close()
    html = sizes[next(iter(sizes))]
    assert html <= HTML_LIMIT, sizes
    assert sum(sizes.values()) <= WEIGHT_LIMIT, sizes
    assert len(sizes) <= REQUEST_LIMIT, list(sizes)


def test_artefacts_are_not_in_the_repository() -> None:
    ignored = (Path(__file__).resolve().parents[2] / ".gitignore").read_text()

    assert "tests/artefacts/" in ignored
