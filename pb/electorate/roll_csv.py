"""Reading a list of voters from whatever a spreadsheet saved: pure, row by row, nothing dropped without a word.

Encodings (UTF-8 with or without its mark, UTF-16, Windows-1252), separators (comma, semicolon, TAB), line ends, quoted
line breaks and English or Welsh headings are recognised. A row that cannot be used is a problem with its number, as a
spreadsheet counts rows; the others stay usable.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.accounts.errors import NotAnAddress
from pb.accounts.mailbox import normalise
from pb.core.cells import is_formula
from pb.electorate.errors import (
    ColumnsMissing,
    ColumnTwice,
    EmptyList,
    NotTable,
    TooManyPeople,
    UnknownEncoding,
)
from pb.electorate.names import folded

MOST_PEOPLE = 250_000
_LONGEST = {"name": 160, "reference": 80, "email": 254, "ward": 80, "account": 255}
_POSTCODE = re.compile(r"(?:GIR0AA|[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2})")
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y")
_OLDEST = 115
_NOT_CSV = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": ("reference", "number", "no", "id", "elector number", "membership number", "cyfeirnod", "rhif"),
    "name": ("name", "full name", "enw", "enw llawn"),
    "first": ("first name", "forename", "forenames", "given name", "enw cyntaf"),
    "last": ("surname", "last name", "family name", "cyfenw"),
    "address": ("address", "cyfeiriad"),
    "postcode": ("postcode", "post code", "postal code", "cod post"),
    "email": ("email", "e mail", "email address", "e mail address", "e bost", "ebost"),
    "ward": ("ward", "ward name", "ward code", "gss code", "division", "adran"),
    "account": ("account", "account id", "subject", "cyfrif"),
    "born_on": ("date of birth", "dob", "born", "born on", "dyddiad geni"),
}
_COLUMN_OF = {heading: column for column, headings in _HEADINGS.items() for heading in headings}
_ADDRESS_LINE = re.compile(r"(?:address|cyfeiriad)(?: line| llinell)? ?([1-9])|(?:town|city|county|tref|sir)")


@dataclass(frozen=True)
class Person:
    """One usable row. `row` as a spreadsheet counts; `postcode` with its space; empty where the list says nothing."""

    row: int
    name: str
    reference: str = ""
    address: tuple[str, ...] = ()
    postcode: str = ""
    email: str = ""
    ward: str = ""
    born_on: str = ""
    account: str = ""
    """The provider's own name for the person (OpenID Connect's `sub`), letter for letter."""

    @property
    def identity(self) -> str:
        """What makes two rows one person: the list's own number, or else everything that is known."""
        if self.reference:
            return f"number {folded(self.reference)}"
        return "|".join(map(folded, ("person", self.name, self.born_on, self.postcode, *self.address[:1])))


@dataclass(frozen=True)
class Problem:
    """Why a row is not used."""

    row: int
    words: LazyString


@dataclass(frozen=True)
class Reading:
    """A file read: whom it holds, what is wrong with which row, and how it was understood."""

    people: tuple[Person, ...]
    problems: tuple[Problem, ...]
    columns: frozenset[str]
    encoding: str


class _BadRow(Exception):
    def __init__(self, words: LazyString) -> None:
        super().__init__()
        self.words = words


@dataclass
class _Plan:
    """Which cells of a row hold what."""

    width: int
    places: dict[str, int] = field(default_factory=dict)
    address: list[int] = field(default_factory=list)


def read_roll(content: bytes, *, today: date) -> Reading:
    """Read a file.

    Raises: NotTable, UnknownEncoding, EmptyList, ColumnTwice, ColumnsMissing, TooManyPeople (nothing can be used then)
    """
    text, encoding = _decode(content)
    rows = _rows(text)
    _first, heading = next(rows, (0, []))
    plan = _plan(heading)
    people: list[Person] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            person = _person(number, cells, plan, today)
            _check_new(person, seen)
            people.append(person)
        except _BadRow as bad:
            problems.append(Problem(number, bad.words))
        if len(people) + len(problems) > MOST_PEOPLE:
            raise TooManyPeople
    if not people and not problems:
        raise EmptyList
    columns = frozenset(plan.places) | ({"address"} if plan.address else set())
    return Reading(tuple(people), tuple(problems), columns, encoding)


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith(_NOT_CSV):
        raise NotTable
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[:2000].count(b"\0") > len(content[:2000]) // 4:
        encodings = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n"), encoding
    raise UnknownEncoding


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each row. Quoted line breaks are inside a row, as in a spreadsheet."""
    heading = text.lstrip("\n").split("\n", 1)[0]
    separator = max(",;\t|", key=heading.count)
    table = csv.reader(text.split("\n") if '"' not in text else text.splitlines(keepends=True), delimiter=separator)
    number = 0
    while True:
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error:
            raise NotTable from None
        number += 1
        if number > MOST_PEOPLE * 2:
            raise TooManyPeople
        if cells or number > 1:
            yield number, cells


def _plan(heading: Sequence[str]) -> _Plan:
    plan = _Plan(len(heading))
    for place, words in enumerate(heading):
        plain = folded(words)
        if _ADDRESS_LINE.fullmatch(plain):
            plan.address.append(place)
        elif column := _COLUMN_OF.get(plain):
            if column in plan.places:
                raise ColumnTwice(words.strip())
            plan.places[column] = place
    if "address" in plan.places:
        plan.address.insert(0, plan.places.pop("address"))
    has_name = "name" in plan.places or {"first", "last"} <= set(plan.places)
    has_way = "email" in plan.places or (plan.address and "postcode" in plan.places)
    if not has_name or not has_way:
        raise ColumnsMissing(name=not has_name)
    return plan


def _person(number: int, cells: Sequence[str], plan: _Plan, today: date) -> Person:
    if len(cells) != plan.width:
        words = _l("It has %(has)s columns; the heading has %(want)s.", has=len(cells), want=plan.width)
        raise _BadRow(words)
    tidy = [" ".join(line.strip() for line in cell.split("\n") if line.strip()) for cell in cells]
    for cell in tidy:
        if is_formula(cell):
            raise _BadRow(_l("“%(cell)s” looks like a formula: take the first sign away.", cell=cell[:30]))
    said = {column: tidy[place] for column, place in plan.places.items()}
    name = said.get("name") or f"{said.get('first', '')} {said.get('last', '')}".strip()
    if not any(letter.isalpha() for letter in name):
        raise _BadRow(_l("There is no name."))
    for column, value in {**said, "name": name}.items():
        if len(value) > _LONGEST.get(column, 200):
            raise _BadRow(_l("“%(start)s…” is too long.", start=value[:30]))
    lines = [line.strip() for place in plan.address for line in cells[place].split("\n") if line.strip()]
    person = Person(
        row=number,
        name=name,
        reference=said.get("reference", ""),
        address=tuple(line[:120] for line in lines),
        postcode=_postcode(said.get("postcode", "")),
        email=_email(said.get("email", "")),
        ward=said.get("ward", ""),
        born_on=_born_on(said.get("born_on", ""), today),
        account=said.get("account", ""),
    )
    if not person.email and not (person.address and person.postcode):
        raise _BadRow(_l("There is neither an address with a postcode nor an e-mail address to write to."))
    return person


def _postcode(typed: str) -> str:
    plain = re.sub(r"[^A-Z0-9]", "", typed.upper())
    if not plain:
        return ""
    if not _POSTCODE.fullmatch(plain):
        raise _BadRow(_l("“%(typed)s” is not a postcode.", typed=typed[:30]))
    return f"{plain[:-3]} {plain[-3:]}"


def _email(typed: str) -> str:
    try:
        return normalise(typed) if typed else ""
    except NotAnAddress:
        raise _BadRow(_l("“%(typed)s” is not an e-mail address.", typed=typed[:60])) from None


def _born_on(typed: str, today: date) -> str:
    day = read_birthday(typed, today) if typed else ""
    if day is None:
        raise _BadRow(_l("“%(typed)s” is not a day of birth, like 28/02/1990.", typed=typed[:30]))
    return day


def read_birthday(typed: str, today: date) -> str | None:
    """A day of birth as 2001-02-28; None when it is not one."""
    for pattern in _DATES:
        try:
            day = datetime.strptime(typed, pattern).date()  # noqa: DTZ007 -- a birthday has no zone
        except ValueError:
            continue
        if today.year - _OLDEST <= day.year and day <= today:
            return day.isoformat()
    return None


def _check_new(person: Person, seen: dict[str, int]) -> None:
    before = seen.setdefault(person.identity, person.row)
    if before != person.row:
        raise _BadRow(
            _l(
                "It is the same person as row %(row)s. If they are two people, give each a number of their own.",
                row=before,
            )
        )
