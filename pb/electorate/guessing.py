"""The budget for wrong posted codes (security.md 5.2).

Only codes that reached a look-up count, and of those only wrong ones: a slip is caught by the check symbol before, and
200 honest people behind a library's one address never use anything up. No code is ever locked, for that would take
somebody's vote away. Two independent budgets (browser, network), and one for the whole site that only slows down.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import datetime

from pb.core import limits
from pb.core.keys import pepper
from pb.electorate.errors import SlowDown, TooManyGuesses

BROWSER = "8/10 minutes"
NETWORK = "20/10 minutes"
SITE_ALARM = "300/5 minutes"
"""One wrong code a second for five minutes: staff are told."""
SITE_SLOW = "50/10 seconds"
"""Five wrong codes a second: everybody waits on one extra page."""
WAIT_S, TICKET_LIVES_S = 3, 600


def check(*, network: str, browser: str) -> None:
    """Raises: TooManyGuesses when the browser's or the network's budget is used up."""
    try:
        limits.check("code guesses of a browser", BROWSER, browser)
        limits.check("code guesses of a network", NETWORK, network)
    except limits.TooMany:
        raise TooManyGuesses from None


def note_wrong(*, network: str, browser: str) -> None:
    """Count one wrong code in every budget."""
    for purpose, allowance, part in (
        ("code guesses of a browser", BROWSER, browser),
        ("code guesses of a network", NETWORK, network),
        ("code guesses", SITE_ALARM, "site"),
        ("code guesses in a hurry", SITE_SLOW, "site"),
    ):
        with suppress(limits.TooMany):
            limits.spend(purpose, allowance, part)


def is_alarming() -> bool:
    """Whether the site sees more wrong codes than slips explain."""
    return _is_spent("code guesses", SITE_ALARM)


def check_pace(*, code: str, ticket: str, now: datetime) -> None:
    """While very many wrong codes arrive, let a code through only with the ticket of its own waiting page.

    Raises: SlowDown with that ticket
    """
    if _is_spent("code guesses in a hurry", SITE_SLOW) and not _has_waited(code, ticket, now):
        raise SlowDown(_ticket(code, int(now.timestamp())))


def _is_spent(purpose: str, allowance: str) -> bool:
    try:
        limits.check(purpose, allowance, "site")
    except limits.TooMany:
        return True
    return False


def _ticket(code: str, since: int) -> str:
    return f"{since}.{hmac.digest(pepper(), f'waits|{since}|{code}'.encode(), 'sha256').hex()}"


def _has_waited(code: str, ticket: str, now: datetime) -> bool:
    since = ticket.partition(".")[0]
    if not (since.isascii() and since.isdecimal() and len(since) < 12):
        return False
    is_ours = hmac.compare_digest(_ticket(code, int(since)), ticket)
    return is_ours and WAIT_S <= int(now.timestamp()) - int(since) <= TICKET_LIVES_S
