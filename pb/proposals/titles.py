"""Rules of titles: they begin with a letter or a number, and two that look the same are pointed out."""

from __future__ import annotations

import unicodedata

# Letters of other scripts that look like Latin ones, after case folding (Unicode TR39 calls the whole a skeleton; this
# is the part that a title on a British ballot could be forged with).
_CYRILLIC = dict(zip("авсеһіјкмнорԛѕтухԝѵԁɡ", "abcehijkmhopqstyxwvdg", strict=True))
_GREEK = dict(zip("αβειικνορτυχγ", "abeiiknoptuxy", strict=True))
_LOOKALIKES = str.maketrans(_CYRILLIC | _GREEK | {"0": "o", "1": "l", "|": "l", "ł": "l", "ø": "o", "ß": "s"})
_OPENING = frozenset("\"'“‘«(¿¡")


def starts_with_words(title: str) -> bool:
    """Whether the first thing is a letter or a number, a quotation mark or bracket before it allowed.

    A spreadsheet runs a cell that begins with = + - or @ (also behind a quotation mark) as a formula, so such a title
    would do harm in every file it is exported to.
    """
    bare = title.lstrip("".join(_OPENING))
    return bool(bare) and unicodedata.category(bare[0])[0] in "LN"


def look(title: str) -> str:
    """What the eye sees: two titles with the same look are told apart by no reader.

    Compatibility forms, case, accents, lookalike letters, spaces and punctuation are taken away.
    """
    folded = unicodedata.normalize("NFKD", title).casefold()
    plain = (c for c in folded if unicodedata.category(c)[0] in "LN")
    return "".join(plain).translate(_LOOKALIKES)


def fold(text: str) -> str:
    """For searching: case and accents do not matter, words stay apart."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
