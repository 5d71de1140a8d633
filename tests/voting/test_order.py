"""Each voter's own order: fair to every project over many voters, and stable whatever is added or filtered away."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pb.core.money import Money
from pb.voting.choices import Line
from pb.voting.order import shuffled

SECRET = hashlib.sha256(b"a round's own secret").digest()
TOKENS = [hashlib.sha256(str(n).encode()).hexdigest()[:32] for n in range(2000)]


def line(number: int) -> Line:
    return Line(number, 1, f"B{number:02d}", "A title", "", Money(100), "", "", None, "", "", is_withdrawn=False)


LINES = [line(n) for n in range(1, 13)]


def test_over_2000_voters_every_project_stands_everywhere_equally_often() -> None:
    """Chi-square over ranks, 11 degrees of freedom: above 37 happens once in 8,000 fair shuffles."""
    places = {one.code: [0] * len(LINES) for one in LINES}
    for token in TOKENS:
        for rank, one in enumerate(shuffled(LINES, secret=SECRET, token=token)):
            places[one.code][rank] += 1

    wanted = len(TOKENS) / len(LINES)
    for code, counts in places.items():
        mean = sum(rank * count for rank, count in enumerate(counts)) / len(TOKENS)
        assert sum((count - wanted) ** 2 / wanted for count in counts) < 37, code
        assert abs(mean - 5.5) < 0.31, code  # four standard errors of a mean rank


def test_an_unfair_order_would_be_found() -> None:
    """The same sum over an order that always puts one project first."""
    counts = [len(TOKENS)] + [0] * (len(LINES) - 1)
    wanted = len(TOKENS) / len(LINES)

    assert sum((count - wanted) ** 2 / wanted for count in counts) > 37


@pytest.mark.parametrize("token", TOKENS[:50])
def test_a_late_a_changed_or_a_filtered_project_moves_no_other_pair(token: str) -> None:
    whole = [one.code for one in shuffled(LINES, secret=SECRET, token=token)]

    late = [one.code for one in shuffled([*LINES, line(99)], secret=SECRET, token=token)]
    some = [one.code for one in shuffled(LINES[::3], secret=SECRET, token=token)]
    renamed = shuffled([replace(one, title="Another", cost=Money(1)) for one in LINES], secret=SECRET, token=token)

    assert [code for code in late if code != "B99"] == whole
    assert some == [code for code in whole if code in some]
    assert [one.code for one in renamed] == whole
    assert [one.code for one in shuffled(LINES[::-1], secret=SECRET, token=token)] == whole


def test_another_round_has_another_order() -> None:
    orders = {
        tuple(one.code for one in shuffled(LINES, secret=secret, token=TOKENS[0])) for secret in (SECRET, b"x", b"y")
    }

    assert len(orders) == 3
