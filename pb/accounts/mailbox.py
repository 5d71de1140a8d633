"""One mailbox, one key: how addresses that reach the same letterbox are recognised as one."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from pb.accounts.errors import NotAnAddress

_DOTS_DO_NOT_COUNT = frozenset({"gmail.com", "googlemail.com"})


def normalise(email: str) -> str:
    """The key of a mailbox: lower case, NFC, without `+tag`, for Gmail without dots.

    Mail goes to the key, not to what was typed: whoever owns `a+b@…` where `+` means nothing cannot become `a@…`.

    Raises: NotAnAddress when it does not look like an address (no look-up is made).
    Source: security.md section 5.3.
    """
    try:
        found = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise NotAnAddress from None
    domain = (found.ascii_domain or found.domain).lower()
    local = found.local_part.lower().split("+", 1)[0] or found.local_part.lower()
    if domain in _DOTS_DO_NOT_COUNT:
        domain, local = "gmail.com", local.replace(".", "")
    return f"{local}@{domain}"
