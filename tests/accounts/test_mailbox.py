"""One mailbox, one key."""

from __future__ import annotations

import pytest

from pb.accounts.errors import NotAnAddress
from pb.accounts.mailbox import normalise


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
