"""Which contributions are read by somebody before everybody can read them, and how many one person may send.

Pure: what is known of a post goes in, a code or a refusal comes out. Source of the numbers: security.md section 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.discussion.errors import SlowMode, TooManyToday, WaitAMoment

FIRST_POSTS = 2
NEW = timedelta(days=7)
FIRST_DAY = timedelta(days=1)
TOO_FAST = timedelta(seconds=3)
BETWEEN_NEW = timedelta(seconds=30)
BETWEEN_SLOW = timedelta(minutes=10)
A_DAY_NEW, A_DAY = 10, 30

SLOW_POSTS, SLOW_WINDOW, SLOW_FOR = 30, timedelta(minutes=10), timedelta(hours=1)
SLOW_SHARE_FROM = 10
"""Under ten posts in ten minutes a share says nothing."""

WHY_HELD: dict[str, LazyString | str] = {
    "election": _l("All posts are read first before an election"),
    "first_posts": _l("One of this person’s first two posts"),
    "hidden_before": _l("Something of theirs was hidden in the last 30 days"),
    "link": _l("A new account sent a link or a number"),
    "too_fast": _l("Sent within 3 seconds"),
    "slow_mode": _l("A new account, while many are writing here"),
    "flags": _l("Three people reported it"),
    "reworded": _l("Reworded by its author"),
    "statement": _l("A statement for the board"),
}

_LINK = re.compile(r"(?i)\b(?:https?://|www\.)|\b[a-z0-9-]{2,}\.(?:com|org|net|uk|info|io|ru|cn|xyz|top|shop)\b")
_NUMBER = re.compile(r"(?:\d[\s().-]{0,2}){9,}")
_PHONE = re.compile(r"(?<![\d.,£])(?:\+\s?44|0044|0)[\s().-]{0,2}(?:\d[\s().-]{0,2}){9,10}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,}")


@dataclass(frozen=True)
class Posting:
    """What is known of a post and who sends it, at `now`.

    approved:      how many of the person's contributions are or were public
    last_day:      how many the person sent in the last 24 hours; `last_at`, when the last one was
    opened_at:     when the form was opened; None for what no form sent
    is_named:      staff and councillors, answering in their role; and a proposer in the own talk
    """

    text: str
    now: datetime
    account_since: datetime
    approved: int
    last_day: int
    last_at: datetime | None
    hidden_lately: bool = False
    opened_at: datetime | None = None
    is_named: bool = False
    is_slow: bool = False
    before_election: bool = False

    @property
    def account_age(self) -> timedelta:
        return self.now - self.account_since


def has_contact(text: str) -> bool:
    """A phone number or e-mail address, as they are written in this country.

    >>> has_contact("Ring 01942 123 456 after six"), has_contact("£12,000 in 2026, 20 mph")
    (True, False)
    """
    return bool(_PHONE.search(text) or _EMAIL.search(text))


def has_link(text: str) -> bool:
    """A web address, or a long number that could be a phone number in disguise."""
    return bool(_LINK.search(text) or _NUMBER.search(text))


def reason_to_hold(post: Posting) -> str:
    """A code of `WHY_HELD`, the strongest first; "" when it can be public at once."""
    is_new = post.account_age < NEW
    reasons = {
        "election": post.before_election,
        "first_posts": post.approved < FIRST_POSTS and not post.is_named,
        "hidden_before": post.hidden_lately,
        "link": is_new and has_link(post.text) and not post.is_named,
        "too_fast": post.opened_at is not None and post.now - post.opened_at < TOO_FAST,
        "slow_mode": post.is_slow and post.account_age < FIRST_DAY,
    }
    return next((code for code, holds in reasons.items() if holds), "")


def check_pace(post: Posting) -> None:
    """Raises: TooManyToday, WaitAMoment, SlowMode."""
    if post.is_named:
        return
    is_first_day = post.account_age < FIRST_DAY
    if post.last_day >= (A_DAY_NEW if is_first_day else A_DAY):
        raise TooManyToday
    since_last = post.now - post.last_at if post.last_at else BETWEEN_SLOW
    if is_first_day and since_last < BETWEEN_NEW:
        raise WaitAMoment
    if post.is_slow and since_last < BETWEEN_SLOW:
        raise SlowMode


def turns_slow(posts: int, by_new_accounts: int) -> bool:
    """Whether a talk turns slow after this many posts in ten minutes, and so many from accounts under a day old."""
    crowd_of_strangers = posts >= SLOW_SHARE_FROM and by_new_accounts * 2 > posts
    return posts > SLOW_POSTS or crowd_of_strangers
