"""A real server with the demonstration council, and Debian's Chromium: as a person would meet us.

One seeded site serves a whole run (all browser tests run in one worker). Screenshots go to tests/artefacts/.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pb.demo.content import load

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "tests" / "artefacts"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Site:
    """Where the demonstration is served, and where its data lies."""

    url: str
    data_dir: Path

    def round(self, which: str) -> str:
        """The slug of the demonstration's round that is `finished`, `voting` or `proposing`."""
        return next(round.slug for round in load(datetime.now(UTC).date()).rounds if round.key == which)

    def command(self, *words: str) -> str:
        """Run `pb …` against this site's data."""
        environment = {**os.environ, "DATA_DIR": str(self.data_dir), "BASE_URL": self.url}
        done = subprocess.run(
            [sys.executable, "-m", "pb", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`make demo`, with its own data and port; or a demonstration already served: MOOTHALL_SITE="URL FOLDER"."""
    if given := os.environ.get("MOOTHALL_SITE"):
        url, folder = given.split()
        yield Site(url, Path(folder))
        return
    port, data = free_port(), tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "PORT": str(port), "DEMO_DIR": str(data)}
    server = subprocess.Popen(
        ["./bin/demo"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server)
        yield Site(url, data)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(1500):
        assert server.poll() is None, "make demo stopped by itself"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the demonstration did not start within five minutes")


class Visitor:
    """A person at a browser: goes by addresses and clicks by what buttons and links say."""

    def __init__(self, context: BrowserContext, site: Site, name: str, *, has_javascript: bool) -> None:
        self.context, self.site, self.name, self.has_javascript = context, site, name, has_javascript
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: self._listen(message.type, message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))

    def _listen(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.problems.append(text)

    def goes_to(self, path: str) -> Visitor:
        self.page.goto(self.site.url + path)
        return self

    def clicks(self, name: str | re.Pattern[str], role: str = "button", nth: int = 0) -> Visitor:
        self.page.get_by_role(role, name=name).nth(nth).click()  # type: ignore[arg-type]
        self.settles()
        return self

    def settles(self) -> None:
        """Wait until what a click began has ended, be it a new page or a swapped part of this one."""
        if self.has_javascript:
            self.page.wait_for_timeout(60)
            self.page.wait_for_function("() => !document.querySelector('.htmx-request')")
        self.page.wait_for_load_state("networkidle")

    def follows(self, name: str | re.Pattern[str], nth: int = 0) -> Visitor:
        return self.clicks(name, "link", nth)

    def types(self, label: str | re.Pattern[str], text: str) -> Visitor:
        self.page.get_by_label(label).first.fill(text)
        return self

    def ticks(self, label: str | re.Pattern[str]) -> Visitor:
        self.page.get_by_label(label).first.check()
        return self

    def sees(self, text: str | re.Pattern[str]) -> Visitor:
        words = " ".join(self.page.inner_text("main").split())
        found = text.search(words) if isinstance(text, re.Pattern) else text in words
        assert found, f"{self.name} does not see {text!r} at {self.page.url} in: {words[:1500]}"
        return self

    def looks(self, label: str) -> Visitor:
        """Keep a screenshot."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{label}.png", full_page=True)
        return self

    def reads_mail_to(self, address: str) -> str:
        """The newest mail to an address in the demonstration's mailbox."""
        other = self.context.browser
        assert other is not None
        page = other.new_page()
        page.goto(self.site.url + "/demo/mailbox")
        words = page.locator("article", has_text=address).first.inner_text()
        page.close()
        return words


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Callable[[str], Visitor]]:
    """Make visitors at phone width, with and without JavaScript; any page error fails the test."""
    made: list[Visitor] = []

    def make(name: str) -> Visitor:
        context = browser.new_context(viewport=PHONE, java_script_enabled=request.param, locale="en-GB")
        made.append(Visitor(context, site, name, has_javascript=request.param))
        return made[-1]

    yield make
    problems = [problem for one in made for problem in one.problems]
    for one in made:
        one.context.close()
    assert problems == []
