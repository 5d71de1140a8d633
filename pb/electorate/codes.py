"""Codes people type: 12 symbols, 11 random (55 bits) and one check symbol, `RPQ2-J90V-X7T1`.

Receipts and posted voting codes share the format. The alphabet is Crockford's base 32 (no I, L, O, U). The check symbol
is a weighted sum over GF(32) with weights alpha^1 … alpha^11: it catches every single wrong symbol and every swap of
two (security.md 5.2; the exhaustive test is tests/electorate/test_codes.py). Luhn mod 32 misses some swaps, and
Crockford's own mod-37 check needs symbols that phones hide.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans("OIL", "011")
_FILLERS = str.maketrans("", "", " \t\n\r-_.·\u00a0\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u202f\u2009")
_LONGEST_INPUT = 40


class NotACode(ValueError):
    """What was typed cannot be a code. `why` is `length`, `symbol` (one that no code has) or `check`."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


def _times(a: int, b: int) -> int:
    """Multiply in GF(32), reduced by x^5 + x^2 + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return product


def _powers(count: int) -> tuple[int, ...]:
    powers = [2]
    while len(powers) < count:
        powers.append(_times(powers[-1], 2))
    return tuple(powers)


_TIMES = tuple(tuple(_times(weight, value) for value in range(32)) for weight in _powers(LENGTH - 1))


def check_symbol(first: str) -> str:
    """The twelfth symbol for eleven given ones."""
    total = 0
    for row, symbol in zip(_TIMES, first, strict=True):
        total ^= row[_VALUE[symbol]]
    return ALPHABET[total]


def new_code() -> str:
    """Twelve symbols from the system's randomness, without dashes."""
    number = secrets.randbits(5 * (LENGTH - 1))
    first = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH - 1))
    return first + check_symbol(first)


def read_code(typed: str) -> str:
    """What a person typed as the code it means: any case, dashes or spaces, full-width letters, O for 0, I or L for 1.

    Raises: NotACode. Nothing was looked up then, so an honest slip never counts as a guess.
    """
    if len(typed) > _LONGEST_INPUT:
        raise NotACode("length", str(len(typed)))
    plain = unicodedata.normalize("NFKC", typed).translate(_FILLERS).upper().translate(_LOOKALIKES)
    if foreign := next((symbol for symbol in plain if symbol not in _VALUE), ""):
        raise NotACode("symbol", foreign if foreign.isprintable() else "")
    if len(plain) != LENGTH:
        raise NotACode("length", str(len(plain)))
    if check_symbol(plain[:-1]) != plain[-1]:
        raise NotACode("check")
    return plain


def in_groups(code: str) -> str:
    """`RPQ2-J90V-X7T1`, as it is shown."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
