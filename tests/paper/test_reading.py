"""What is keyed of one paper: digits into marks and back, and what is refused."""

from __future__ import annotations

import pytest

from pb.core.money import Money
from pb.paper.errors import AmbiguousNumber, NothingTyped, NotValidOnPaper, TypedTwice, UnknownNumber
from pb.paper.reading import Reading, box_of, example_of, read_paper, typed_of
from pb.voting.choices import BallotPaper, Line, PotOnPaper

QUAY, ALL = PotOnPaper(1, "Quay pot", Money(100), 5), PotOnPaper(2, "Borough pot", Money(100), None)


def paper(kind: str = "approval", codes: tuple[str, ...] = ("H01", "H12", "H22", "Q01"), pots: int = 1) -> BallotPaper:
    lines = [Line(n, 1, c, "", "", Money(10), "", "", None, "", "", is_withdrawn=False) for n, c in enumerate(codes)]
    if pots == 2:
        lines.append(Line(99, 2, "B01", "", "", Money(10), "", "", None, "", "", is_withdrawn=False))
    return BallotPaper(1, kind, 3, 0, 10, (QUAY, ALL)[:pots], tuple(lines))


def key(typed: str, *, kind: str = "approval", aside: str = "") -> Reading:
    return read_paper(paper(kind), {"pot_1": typed}, aside)


@pytest.mark.parametrize("typed", ["12 22", "12,22", "12+22", "012.22", "h12 H22", "22/12", " 12  22 "])
def test_numbers_are_read_however_they_are_separated(typed: str) -> None:
    assert key(typed) == Reading({"H12": 1, "H22": 1})


def test_two_pots_have_a_box_each_and_may_share_digits() -> None:
    reading = read_paper(paper(pots=2), {box_of(QUAY): "12", box_of(ALL): "1"})

    assert reading.marks == {"H12": 1, "B01": 1}


def test_points_and_places_are_typed_in_their_own_way() -> None:
    assert key("12*4 22*6", kind="points").marks == {"H12": 4, "H22": 6}
    assert key("22 12", kind="ranking").marks == {"H22": 1, "H12": 2}


@pytest.mark.parametrize("typed", ["0", "00", "0 0"])
def test_zero_is_the_box_for_no_project(typed: str) -> None:
    assert key(typed) == Reading({})


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", NothingTyped),
        ("99", UnknownNumber),
        ("12a", UnknownNumber),
        ("１２", UnknownNumber),
        ("0 12", UnknownNumber),
        ("1", AmbiguousNumber),
        ("12 12", TypedTwice),
        ("12 22 h1 q1", NotValidOnPaper),
    ],
)
def test_what_cannot_be_a_reading_is_refused_at_its_box(typed: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        key(typed)


def test_an_ambiguous_number_names_what_it_can_be() -> None:
    with pytest.raises(AmbiguousNumber) as refused:
        key("1")

    assert refused.value.field == "pot_1"
    assert "H01, Q01" in str(refused.value)


def test_a_paper_set_aside_needs_no_numbers() -> None:
    assert key("99", aside="unclear") == Reading({}, "unclear")


@pytest.mark.parametrize(
    ("kind", "typed"), [("approval", "H12 H22"), ("points", "H12*4 H22*6"), ("ranking", "H22 H12")]
)
def test_a_reading_goes_back_into_its_boxes(kind: str, typed: str) -> None:
    assert typed_of(paper(kind), key(typed, kind=kind)) == {"pot_1": typed}


def test_the_order_of_typing_makes_no_difference_to_the_text() -> None:
    assert key("12 22").text() == key("22 12").text()


@pytest.mark.parametrize("kind", ["approval", "points", "ranking"])
def test_the_example_beside_a_box_can_be_typed_as_it_stands(kind: str) -> None:
    example = example_of(paper(kind), QUAY)

    assert set(key(example, kind=kind).marks) == {"H01", "Q01"}
    assert "h1" in example
