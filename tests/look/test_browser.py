"""The look in a real browser: no barrier that axe can find, no sideways scrolling, focus where a person expects it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.look.gallery import create_gallery

pytestmark = pytest.mark.browser

WRONG = "<section id='part'><div class='govuk-error-summary' tabindex='-1' data-focus>Wrong</div></section>"
RIGHT = "<section id='part'><button id='press'>Pressed</button></section>"
WHOLE = "<!doctype html><html lang='en'><title>Done</title><body><main><h1>Your vote is in</h1></main></body></html>"
START = """{% extends "base.html" %}{% import "_macros/ui.html" as ui %}{% block content %}<h1>Try</h1>
<section id="part"><button hx-post="/wrong" hx-target="#part" hx-swap="outerHTML">Wrong</button>
<button hx-post="/down" hx-target="#part">Down</button><button hx-post="/whole" hx-target="#part">Whole</button>
<button id="press" hx-post="/right" hx-target="#part" hx-swap="outerHTML">Press</button></section>
{{ ui.status("") }}{% endblock %}"""


def add_answers(app: Flask) -> None:
    """Answers as rooms give them: a refused form, a changed row, a fault, a whole page."""
    answers = {"wrong": (WRONG, 422), "right": (RIGHT, 200), "down": ("", 500), "whole": (WHOLE, 404)}
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/try", view_func=lambda: app.jinja_env.from_string(START).render(**app_context(app)))
    for name, (body, status) in answers.items():
        app.add_url_rule(f"/{name}", name, lambda b=body, s=status: Response(b, s), methods=["POST"])


def app_context(app: Flask) -> dict[str, Any]:
    context: dict[str, Any] = {}
    app.update_template_context(context)
    return context


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = create_gallery()
    add_answers(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/errors", "/?lang=ur", "/error/404"])
def test_axe_finds_nothing_on_any_piece(browser: Browser, address: str, path: str, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address + path)

    found = Axe().run(page).response["violations"]

    context.close()
    assert [(one["id"], one["impact"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("width", [320, 360, 640, 1280])
@pytest.mark.parametrize("path", ["/", "/errors", "/?lang=ur"])
def test_nothing_scrolls_sideways(page: Page, address: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(address + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_to_press_is_large_enough_for_a_thumb(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + "/")

    heights = page.locator(
        "button:visible, .govuk-button, input:not([type=hidden]), select, nav a, .pages a"
    ).evaluate_all("all => all.map(one => [one.outerHTML.slice(0, 60), one.getBoundingClientRect().height])")

    assert len(heights) > 20
    assert [one for one in heights if one[1] < 43.9] == []


def test_the_gallery_obeys_the_content_policy(page: Page, address: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(address + "/errors")
    page.goto(address + "/try")
    page.get_by_role("button", name="Press").click()
    expect(page.get_by_role("button", name="Pressed")).to_be_visible()

    assert said == []


def test_the_error_summary_takes_the_focus_and_its_links_go_to_the_control(page: Page, address: str) -> None:
    page.goto(address + "/errors")
    expect(page.locator(".govuk-error-summary")).to_be_focused()

    page.get_by_role("link", name="Select who will do it").click()

    expect(page.get_by_label("We will", exact=True)).to_be_focused()


def test_characters_are_counted_down(page: Page, address: str) -> None:
    page.goto(address + "/")
    box, line = page.get_by_label("What is the problem?"), page.locator("#problem-count")

    box.fill("Dark by four 🌙")
    expect(line).to_have_text("Characters left: 586")
    box.fill("x" * 603)
    expect(line).to_have_text("Characters too many: 3")


def test_after_a_swap_focus_goes_to_the_errors_or_stays_on_the_button(page: Page, address: str) -> None:
    page.goto(address + "/try")
    page.get_by_role("button", name="Press").click()
    expect(page.locator("#press")).to_be_focused()

    page.goto(address + "/try")
    page.get_by_role("button", name="Wrong").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()


def test_a_fault_is_said_beside_the_button_and_the_page_stays(page: Page, address: str) -> None:
    page.goto(address + "/try")

    page.get_by_role("button", name="Down").click()

    expect(page.get_by_role("alert")).to_have_text("We could not save that. Try again.")
    expect(page.get_by_role("heading", name="Try")).to_be_visible()


def test_a_lost_connection_is_said_too(page: Page, address: str) -> None:
    page.goto(address + "/try")
    page.context.set_offline(True)

    page.get_by_role("button", name="Press").click()

    expect(page.get_by_role("alert")).to_have_text("We could not save that. Try again.")


def test_a_whole_page_replaces_the_page_and_not_the_part(page: Page, address: str) -> None:
    page.goto(address + "/try")

    page.get_by_role("button", name="Whole").click()

    expect(page.get_by_role("heading", name="Your vote is in")).to_be_focused()
    expect(page.locator("#part")).to_have_count(0)
    expect(page).to_have_title("Done")
