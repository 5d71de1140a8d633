"""How people sign in on the demonstration, for tests that begin behind the door."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.browser.conftest import Site

PASSWORD = "lantern kettle orchard bridge"
STAFF = {
    "officer": "sam.whitworth",
    "second officer": "priya.nair",
    "returning officer": "helena.marsden",
    "admin": "anwen.prosser",
}


def newest_mail(page: Page, site: Site, address: str) -> str:
    """The newest mail to an address, as shown in the demonstration mailbox: sent a moment after it is asked for."""
    other = page.context.new_page()
    letter = other.locator("article", has_text=address).first
    for _ in range(40):
        other.goto(site.url + "/demo/mailbox")
        if letter.count():
            break
        other.wait_for_timeout(250)
    words = letter.inner_text()
    other.close()
    return words


def sign_in_as_resident(page: Page, site: Site, address: str = "dev.mistry@example.org") -> None:
    """Ask for a link, open it from the mailbox, press the button."""
    page.goto(site.url + "/accounts/sign-in")
    page.get_by_label(re.compile("e-mail", re.I)).first.fill(address)
    page.get_by_role("button", name=re.compile("Send|E-mail me", re.I)).first.click()
    page.wait_for_load_state("networkidle")
    link = re.search(r"(/(?:cy/)?accounts/link/[A-Za-z0-9_-]+)", newest_mail(page, site, address))
    assert link, "no link in the newest mail"
    page.goto(site.url + link[1])
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_load_state("networkidle")


def sign_in_as_staff(page: Page, site: Site, who: str) -> None:
    """Password and the code of the moment; a code works once, so a used one is waited out."""
    name = STAFF[who]
    for _ in range(4):
        page.goto(site.url + "/demo")
        card = page.locator(".card", has_text=name).first.inner_text()
        code = re.search(r"Code now:\s*(\d{6})", card)
        assert code, card
        page.goto(site.url + "/staff/sign-in")
        page.get_by_label(re.compile("e-mail", re.I)).first.fill(f"{name}@harthwaite.example.org")
        page.get_by_label(re.compile("password", re.I)).first.fill(PASSWORD)
        page.get_by_label(re.compile("code", re.I)).first.fill(code[1])
        page.get_by_role("button", name="Sign in").last.click()
        page.wait_for_load_state("networkidle")
        if "/sign-in" not in page.url:
            return
        page.wait_for_timeout(10_000)
    raise AssertionError(f"{who} could not sign in: {page.inner_text('main')[:400]}")
