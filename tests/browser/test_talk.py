"""A worry on a phone: posted, safe whatever it holds, read first, public, and useful to somebody."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from tests.browser.conftest import Site, Visitor
from tests.browser.people import sign_in_as_resident, sign_in_as_staff

Meet = Callable[[str], Visitor]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> [x](javascript:alert(3))"


def test_a_newcomers_worry_is_read_first_then_public_and_never_runs(visitor: Meet, site: Site) -> None:
    """Given a newcomer's hostile worry, when a moderator publishes it, then a stranger reads its words as words."""
    pat, ama, stranger = visitor("Pat"), visitor("Sam"), visitor("A stranger")
    talk = f"/rounds/{site.round('proposing')}/projects/F07/talk"
    mark = secrets.token_hex(4)

    sign_in_as_resident(pat.page, site, f"pat.{mark}@example.org")
    pat.goes_to(talk).follows("I am worried")
    pat.page.wait_for_timeout(3100)  # faster than a person is held for another reason
    pat.types("I am worried because…", f"{mark} {HOSTILE}").clicks("Send")
    pat.sees("Somebody reads").sees(mark)
    stranger.goes_to(talk)
    assert mark not in stranger.page.inner_text("main")

    sign_in_as_staff(ama.page, site, "officer")
    number = re.search(r"/c/(\d+)", pat.page.url)
    assert number
    ama.goes_to(f"/staff/queue/{number[1]}")
    ama.sees("One of this person’s first two posts").ticks("Publish").clicks("Save and next")

    stranger.goes_to(talk).sees(mark).sees("<img src=x onerror=alert(1)>")
    assert stranger.page.locator("main img, main script").count() == 0
