"""One mailbox, one key: how addresses that reach the same letterbox are recognised as one."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from pb.accounts.errors import NotAnAddress

_DOTS_DO_NOT_COUNT = frozenset({"gmail.com", "googlemail.com"})

_PLAIN = re.compile(r"(?=.{1,60}@)([a-z0-9_-]+(?:[.+][a-z0-9_-]+)*)@([a-z0-9.-]{1,180})")
"""What most addresses look like: only their domain needs a closer look."""


def normalise(email: str) -> str:
    """The key of a mailbox: lower case, NFC, without `+tag`, for Gmail without dots.

    Mail goes to the key, not to what was typed: whoever owns `a+b@…` where `+` means nothing cannot become `a@…`.

    Raises: NotAnAddress when it does not look like an address (no look-up is made).
    Source: security.md section 5.3.
    """
    local, domain = _parts(email.strip())
    local = local.split("+", 1)[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        domain, local = "gmail.com", local.replace(".", "")
    return f"{local}@{domain}"


def _parts(email: str) -> tuple[str, str]:
    """(local part, domain) of an address, in lower case.

    Raises: NotAnAddress
    """
    plain = _PLAIN.fullmatch(email.lower()) if email.isascii() else None
    return (plain[1], _domain(plain[2])) if plain else _checked(email)


@lru_cache(10_000)
def _domain(domain: str) -> str:
    """A list of voters has few domains, and looking at each address in full takes half of its reading."""
    return _checked(f"a@{domain}")[1]


def _checked(email: str) -> tuple[str, str]:
    """Raises: NotAnAddress"""
    try:
        found = validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        raise NotAnAddress from None
    return found.local_part.lower(), (found.ascii_domain or found.domain).lower()
