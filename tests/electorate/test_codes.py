"""The check symbol, proved by trying everything that can go wrong with one code, for many codes."""

from __future__ import annotations

from itertools import combinations

import pytest

from pb.electorate.codes import ALPHABET, LENGTH, NotACode, check_symbol, in_groups, new_code, read_code


def fits(code: str) -> bool:
    return check_symbol(code[:-1]) == code[-1]


def test_weights_differ_and_are_neither_nought_nor_one() -> None:
    """The code is linear, so two facts prove it: no weight is 0 (single errors), all differ and none is 1 (swaps)."""
    zero = "0" * (LENGTH - 1)

    weights = [check_symbol(zero[:place] + "1" + zero[place + 1 :]) for place in range(LENGTH - 1)]

    assert len(set(weights)) == LENGTH - 1
    assert not {"0", "1"} & set(weights)


def test_every_single_wrong_symbol_is_caught() -> None:
    for code in (new_code() for _ in range(50)):
        wrong = [
            code[:place] + symbol + code[place + 1 :]
            for place in range(LENGTH)
            for symbol in ALPHABET
            if symbol != code[place]
        ]

        assert len(wrong) == 372
        assert not [typed for typed in wrong if fits(typed)]


def test_every_swap_of_any_two_places_is_caught() -> None:
    """All pairs of places and all pairs of different symbols, on a code whose other symbols do not matter."""
    for first, second in combinations(range(LENGTH), 2):
        for a in ALPHABET:
            for b in ALPHABET:
                symbols = list(new_code())
                symbols[first], symbols[second] = a, b
                if a == b or not fits("".join(symbols)):
                    continue
                symbols[first], symbols[second] = b, a

                assert not fits("".join(symbols))


def test_swaps_within_real_codes_are_caught() -> None:
    for code in (new_code() for _ in range(2_000)):
        for first, second in combinations(range(LENGTH), 2):
            symbols = list(code)
            symbols[first], symbols[second] = symbols[second], symbols[first]

            assert "".join(symbols) == code or not fits("".join(symbols))


@pytest.mark.parametrize(
    "typed",
    [
        "{0}-{1}-{2}",
        "{0} {1} {2}",
        "{0}{1}{2}",
        " {0}\u2013{1}\u2014{2} ",
        "{0}\u00a0{1}\u00a0{2}",
        "{0}\u2011{1}\u2212{2}\n",
    ],
)
def test_dashes_and_spaces_of_any_kind_are_ignored(typed: str) -> None:
    code = new_code()

    assert read_code(typed.format(code[:4], code[4:8], code[8:])) == code
    assert read_code(typed.format(code[:4], code[4:8], code[8:]).lower()) == code


def test_o_i_and_l_mean_nought_and_one() -> None:
    code = "0" * 5 + "1" * 6
    code += check_symbol(code)

    assert read_code("oO0oO" + "iIlL1i" + code[-1]) == code


def test_full_width_letters_are_read() -> None:
    code = new_code()

    assert read_code("".join(chr(ord(symbol) + 0xFEE0) for symbol in code)) == code


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "RPQ2", "A" * 10_000, "РРQ2-J90V-X7T1", "RPQ2-J90V-X7T\0", "RPQ2\u202eJ90VX7T1", "UUUU-UUUU-UUUU"],
)
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(NotACode):
        read_code(typed)


def test_new_codes_use_the_whole_alphabet_in_every_place() -> None:
    codes = [new_code() for _ in range(4_000)]

    assert all({code[place] for code in codes} == set(ALPHABET) for place in range(LENGTH))
    assert len(set(codes)) == 4_000


def test_codes_are_shown_in_groups_of_four() -> None:
    assert in_groups("RPQ2J90VX7T1") == "RPQ2-J90V-X7T1"
