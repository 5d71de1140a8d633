"""Where people are sent after signing in: only to paths of this site (bad input 29)."""

from __future__ import annotations

import pytest

from pb.accounts.browser import safe_next


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "%2f%2fevil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x=1",
        "/\u2028evil\x00",
        "evil.example",
        "/" + "a" * 400,
    ],
)
def test_everything_but_a_path_becomes_the_home_page(value: str | None) -> None:
    assert safe_next(value) == "/"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("/", "/"),
        ("/rounds/quay-2026/projects?page=2&q=a%20b", "/rounds/quay-2026/projects?page=2&q=a%20b"),
        ("/rounds/tŷ", "/rounds/t%C5%B7"),
        ('/a"><script>', "/a%22%3E%3Cscript%3E"),
        ("/me#part", "/me"),
        ("/wards/E05?next=//evil.example", "/wards/E05?next=//evil.example"),
    ],
)
def test_a_path_is_kept_and_written_anew(value: str, kept: str) -> None:
    assert safe_next(value) == kept
