"""The short way through plain text gives what the long way gives."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pb.core.text import _cleaned, to_html

LIKELY = st.text(alphabet="ab Z9.,!?'\"()#~`|-+*_[]<>&;:/@£é’“ \t\n\\\u00a0\u200b\u2028\x00{}%$^=", max_size=60)


@given(text=st.one_of(LIKELY, st.text(max_size=80)))
def test_short_way_equals_long_way(text: str) -> None:
    assert to_html(text) == _cleaned(text)


@given(text=st.one_of(LIKELY, st.text(max_size=80)))
def test_only_a_little_markup_ever_comes_out(text: str) -> None:
    tags = set(re.findall(r"<\s*/?\s*([a-z0-9]+)", to_html(text)))

    assert tags <= {"p", "br", "em", "strong", "ul", "ol", "li", "a", "blockquote"}
