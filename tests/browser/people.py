"""How people sign in on the demonstration, for tests that begin behind the door."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page

from pb.accounts import tokens
from tests.browser.conftest import Site, Visitor

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


def is_signed_in(visitor: Visitor, address: str) -> Visitor:
    """Somebody who signed in a moment ago, for journeys that are about something else: no mail, no code to wait for."""
    token, moment = tokens.session_token(), datetime.now(UTC)
    times = ((moment + later).strftime("%Y-%m-%d %H:%M:%S.%f") for later in (timedelta(), timedelta(hours=1)))
    is_staff = "SELECT EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = person.id AND g.role <> 'councillor')"
    with sqlite3.connect(visitor.site.data_dir / "moothall.sqlite", timeout=20) as database:
        made = database.execute(
            "INSERT INTO signed_in_session (token_sha256, person_id, is_staff, started_at, expires_at)"
            f" SELECT ?, id, ({is_staff}), ?, ? FROM person WHERE email = ?",
            (tokens.digest(token), *times, address),
        )
    database.close()
    assert made.rowcount == 1, f"nobody has the address {address}"
    cookie = {"name": "pb", "value": _cookie(visitor.site, token, moment), "url": visitor.site.url}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def _cookie(site: Site, token: str, moment: datetime) -> str:
    """What the service's signed cookie says of a browser in which somebody signed in."""
    signer = Flask("the service")
    found = re.search(r"(?m)^SECRET_KEY=(.+)$", (site.data_dir / "settings.env").read_text())
    assert found
    signer.secret_key = found[1].strip().strip("\"'")
    serializer = SecureCookieSessionInterface().get_signing_serializer(signer)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": token, "seen": int(moment.timestamp())}))
