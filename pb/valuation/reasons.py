"""The closed list of reasons why a proposal cannot go to the vote, and the words for outcomes."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

REASONS: dict[str, LazyString | str] = {
    "outside_area": _l("It is not in the area of this round, or others could not use it"),
    "not_legal": _l("The law does not allow it, or a licence or permission cannot be had in time"),
    "no_land": _l("The owner of the land or building has not agreed"),
    "costs_too_much": _l("It costs more than one project may cost, or its price cannot be known"),
    "too_slow": _l("It cannot be finished in time"),
    "no_keeper": _l("Nobody has agreed to look after it and pay for it afterwards"),
    "already_duty": _l("The council must do this anyway, or has already agreed to pay for it"),
    "not_for_all": _l("It would promote a party or a faith, or keep people out because of who they are"),
}

OUTCOMES: dict[str, LazyString | str] = {
    "feasible": _l("It can go to the vote"),
    "feasible_with_changes": _l("It can go to the vote with changes"),
    "not_feasible": _l("It cannot go to the vote"),
}


def reason_words(code: str) -> str:
    """The reason in words; nothing when none is needed."""
    return str(REASONS.get(code, ""))
