"""Small readers shared by the demo's content files: days, pounds, authors and folded text."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pb.demo.errors import ContentError
from pb.demo.shapes import Author

CONTENT_DIR = Path(__file__).parent / "content"
_PREFIXES = {"group": "group", "cllr": "councillor", "staff": "staff"}

Table = dict[str, Any]
"""A table as tomllib gives it."""


@dataclass(frozen=True)
class Days:
    """Turns a number of days into a date, counted from the demo's today."""

    today: date

    def on(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def maybe(self, offset: int | None) -> date | None:
        return None if offset is None else self.on(offset)


def read_toml(*names: str) -> Table:
    """One content file as a table."""
    return tomllib.loads(CONTENT_DIR.joinpath(*names).read_text(encoding="utf-8"))


def read_folder(folder: str) -> list[tuple[str, Table]]:
    """Every file of a content folder in order of name, as (stem, table)."""
    return [(path.stem, read_toml(folder, path.name)) for path in sorted((CONTENT_DIR / folder).glob("*.toml"))]


def pence(pounds: float) -> int:
    """Whole pence of an amount the files write in pounds."""
    return round(pounds * 100)


def author(text: str) -> Author:
    """`group:canal-friends`, `cllr:rees`, `staff:sam`, or a resident's name."""
    prefix, colon, key = text.partition(":")
    if not colon:
        return Author("person", text)
    if prefix not in _PREFIXES:
        raise ContentError(text, "an author is a name, group:KEY, cllr:KEY or staff:KEY")
    return Author(_PREFIXES[prefix], key)  # type: ignore[arg-type]


def email_name(name: str) -> str:
    """The part of an e-mail address made from a person's name: plain letters and dots."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    letters = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]+", ".", letters).strip(".")


def folded(text: str) -> str:
    """Text written over several lines as paragraphs: single line breaks are spaces, empty lines stay."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(p.split()) for p in paragraphs)


def one_of(value: str, allowed: Iterable[str], where: str) -> Any:
    """The value itself when it is allowed; typed loosely because it stands for a Literal."""
    if value not in allowed:
        raise ContentError(where, f"{value!r} is not one of the words this field knows")
    return value
