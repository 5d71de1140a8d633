"""One mailbox, one key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pb.accounts.errors import NotAnAddress
from pb.accounts.mailbox import _checked, _parts, normalise


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("ann@people.example", "ann@people.example"),
        ("  Ann@People.EXAMPLE ", "ann@people.example"),
        ("ann+council@people.example", "ann@people.example"),
        ("ann.lee@people.example", "ann.lee@people.example"),
        ("Ann.Lee+x@googlemail.com", "annlee@gmail.com"),
        ("a.n.n@gmail.com", "ann@gmail.com"),
        ("+tag@people.example", "+tag@people.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("siôn@pobl.example", "siôn@pobl.example"),
        ("sio\u0302n@pobl.example", "siôn@pobl.example"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(typed: str, key: str) -> None:
    assert normalise(typed) == key


@pytest.mark.parametrize(
    "typed", ["", "ann", "@x.example", "a b@x.example", "a@x", "a@[127.0.0.1]", "a@b.test", "\0@x.example"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        normalise(typed)


@pytest.mark.parametrize(
    "local", ["ann", "Ann.B", "a+b", "a_b-c", "a..b", ".a", "a.", "+a", "a" * 60, "a" * 64, "a" * 65]
)
@pytest.mark.parametrize(
    "domain", ["Home.Example", "home", "-a.example", "a..example", "localhost", "x.test", "1.2.3.4"]
)
def test_the_short_way_of_plain_addresses_agrees_with_the_whole_check(local: str, domain: str) -> None:
    def answer(parts: Callable[[str], tuple[str, str]]) -> tuple[str, str] | str:
        try:
            return parts(f"{local}@{domain}")
        except NotAnAddress:
            return "refused"

    assert answer(_parts) == answer(_checked)
