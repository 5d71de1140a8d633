"""The facts that somebody without a letter is asked for, and the mark they make (rung 3).

Facts alone never vote: a birthday and a postcode are known to family, landlords and parties. They only tell to whom on
the list a code is sent, at the address the list has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.electorate.names import folded

FACTS: dict[str, LazyString] = {
    "name": _l("Your full name, as on official letters"),
    "postcode": _l("Your postcode"),
    "reference": _l("Your number on the list"),
    "born_on": _l("Your date of birth"),
}
ALWAYS = ("name", "postcode")


def source_of(asks_for: Sequence[str], said: Mapping[str, str]) -> str | None:
    """The source that these facts are, for `service.person_key`; None when one of them is missing."""
    parts = [(fact, folded(said.get(fact, "")).replace(" ", "")) for fact in asks_for]
    if not all(value for _fact, value in parts):
        return None
    return "facts|" + "|".join(f"{fact}={value}" for fact, value in parts)
