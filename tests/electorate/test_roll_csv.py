"""Every ugliness that a spreadsheet can save (security.md, bad input 66)."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from pb.electorate.errors import (
    ColumnsMissing,
    ColumnTwice,
    EmptyList,
    NotTable,
    TooManyPeople,
    UnknownEncoding,
    UnreadableList,
)
from pb.electorate.roll_csv import Reading, read_roll

TODAY = date(2026, 6, 1)
HEAD = "Number,Name,Address 1,Address 2,Postcode,E-mail,Ward,Date of birth\n"
ANN = "7,Siân O’Neill,1 Heol y Gŵr,Cei,wn2 3aa,sian@home.example,Quay,28/02/1990\n"


def read(text: str | bytes) -> Reading:
    return read_roll(text if isinstance(text, bytes) else text.encode(), today=TODAY)


def only_problem(row: str, head: str = HEAD) -> str:
    found = read(head + row + "\n")
    assert found.people == ()
    assert [problem.row for problem in found.problems] == [2]
    return str(found.problems[0].words)


def test_a_plain_row_is_read_whole() -> None:
    (person,) = read(HEAD + ANN).people

    assert (person.row, person.reference, person.name) == (2, "7", "Siân O’Neill")
    assert person.address == ("1 Heol y Gŵr", "Cei")
    assert (person.postcode, person.email) == ("WN2 3AA", "sian@home.example")
    assert (person.ward, person.born_on) == ("Quay", "1990-02-28")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends_change_nothing(encoding: str, separator: str, ending: str) -> None:
    text = (HEAD + ANN).replace(",", separator).replace("\n", ending)

    assert read(text.encode(encoding)).people == read(HEAD + ANN).people


def test_windows_1252_keeps_its_curly_apostrophe() -> None:
    found = read("Name,Address,Postcode\nO’Neill,1 High St,WN2 3AA\n".encode("cp1252"))

    assert found.people[0].name == "O’Neill"
    assert found.encoding == "cp1252"


@pytest.mark.parametrize(
    "head",
    [
        "Enw,Cyfeiriad,Cod post,E-bost\n",
        "NAME , address,Post Code,e-mail address\n",
        '"Full name",Address,Postcode,Email\n',
    ],
)
def test_headings_in_welsh_in_capitals_or_quoted_are_known(head: str) -> None:
    (person,) = read(head + "Cai,1 Stryd Fawr,WN2 3AA,cai@home.example\n").people

    assert (person.name, person.postcode, person.email) == ("Cai", "WN2 3AA", "cai@home.example")


def test_a_quoted_line_break_is_inside_the_address_and_rows_are_counted_as_a_spreadsheet_does() -> None:
    found = read('Name,Address,Postcode\nAnn,"1 High St\nQuay",WN2 3AA\n\nBob,2 High St,nonsense\n')

    assert found.people[0].address == ("1 High St", "Quay")
    assert [problem.row for problem in found.problems] == [4]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("7,Ann,1 High St,Quay,WN2 3AA,a@b.example,Quay", "It has 7 columns; the heading has 8."),
        ("7,Ann,1 High St,Quay,WN2 3AA,a@b.example,Quay,,", "It has 9 columns"),
        ("7,,1 High St,Quay,WN2 3AA,,Quay,", "no name"),
        ("7,Ann,1 High St,Quay,WN2 3A,,Quay,", "not a postcode"),
        ("7,Ann,,,,,Quay,", "neither an address"),
        ("7,Ann,1 High St,Quay,WN2 3AA,not an address,Quay,", "not an e-mail address"),
        ("7,Ann,1 High St,Quay,WN2 3AA,,Quay,29/02/2001", "not a day of birth"),
        ("7,Ann,1 High St,Quay,WN2 3AA,,Quay,01/13/1990", "not a day of birth"),
        ("7,Ann,1 High St,Quay,WN2 3AA,,Quay,1900", "not a day of birth"),
        ("7,Ann,1 High St,Quay,WN2 3AA,,Quay,02/06/2026", "not a day of birth"),
        ('7,"=HYPERLINK(""x"")",1 High St,Quay,WN2 3AA,,Quay,', "looks like a formula"),
        ("7,Ann,+1,Quay,WN2 3AA,,Quay,", "looks like a formula"),
        ("7,Ann,＝1,Quay,WN2 3AA,,Quay,", "looks like a formula"),
        (f"7,{'A' * 161},1 High St,Quay,WN2 3AA,,Quay,", "too long"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(sqlite_app: Flask, row: str, words: str) -> None:
    assert words in only_problem(row)


@pytest.mark.parametrize("postcode", [" sw1a1aa", "SW1A 1AA", "gir 0aa", "M1 1AE", "b33-8th"])
def test_postcodes_are_read_as_people_write_them(postcode: str) -> None:
    (person,) = read(f"Name,Address,Postcode\nAnn,1 High St,{postcode}\n").people

    assert person.postcode in {"SW1A 1AA", "GIR 0AA", "M1 1AE", "B33 8TH"}


def test_a_person_twice_is_kept_once_and_said(sqlite_app: Flask) -> None:
    found = read(HEAD + ANN + ANN)

    assert len(found.people) == 1
    assert "same person as row 2" in str(found.problems[0].words)


def test_two_people_of_one_name_and_birthday_are_two_where_numbers_tell_them_apart() -> None:
    assert len(read(HEAD + ANN + ANN.replace("7,", "8,", 1)).people) == 2


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", ColumnsMissing),
        (b"PK\x03\x04 a workbook", NotTable),
        (b"%PDF-1.7", NotTable),
        (b"Name,Address,Postcode\n", EmptyList),
        (b"Name,Address,Postcode\n,,\n\n", EmptyList),
        (b"Name,Postcode\nAnn,WN2 3AA\n", ColumnsMissing),
        (b"Address,Postcode\n1 High St,WN2 3AA\n", ColumnsMissing),
        (b"Name,Full name,Email\nAnn,Ann,a@b.example\n", ColumnTwice),
        (b"Name,Email\nAnn\x81,a@b.example\n", UnknownEncoding),
        (b"Name,Email\nAnn\0,a@b.example\n", UnknownEncoding),
        (b'Name,Email\n"' + b"A" * 200_000 + b'",a@b.example\n', NotTable),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(content: bytes, error: type[UnreadableList]) -> None:
    with pytest.raises(error) as refusal:
        read(content)

    assert refusal.value.field == "file"


def test_too_many_people_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pb.electorate.roll_csv.MOST_PEOPLE", 2)

    with pytest.raises(TooManyPeople):
        read("Name,Email\n" + "".join(f"Ann,a{n}@b.example\n" for n in range(3)))
