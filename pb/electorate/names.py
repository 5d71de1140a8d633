"""How names, postcodes and numbers are compared: as a person would who reads them aloud."""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def folded(text: str) -> str:
    """Letters and digits without accents, case, hyphens or apostrophes; words apart by one space.

    Siân O’Neill-Ŵyn and sian oneill wyn are the same.
    """
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SAME)
    kept = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘`´.")
    return " ".join(re.sub(r"[^\w]+|_", " ", kept).split())
