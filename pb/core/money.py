"""Money is a whole number of pence. Only the |money filter turns it into words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NewType

Money = NewType("Money", int)
"""Pence. Signed, so that a saving can be negative; columns add their own checks."""


class NotMoney(ValueError):
    """The text typed is not a sum of money."""


_SHAPE = re.compile(r"£?\s*([0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]{1,12})(?:\.([0-9]{1,2}))?")


def parse_pounds(text: str) -> Money:
    """Read what a person types as pounds: `£1,250`, `1250.5`, ` 1 250 `.

    Units:  returns pence
    Raises: NotMoney for anything else (a sign, three decimals, other digits, exponents)
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise NotMoney(text)
    whole = re.sub(r"[, ]", "", match[1])
    pence = (match[2] or "").ljust(2, "0")
    return Money(int(whole) * 100 + int(pence))


def pounds(amount: int) -> Decimal:
    """Pence as pounds, exactly."""
    return Decimal(amount).scaleb(-2)
