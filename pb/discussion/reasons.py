"""The closed lists: why something is hidden, and why a moderator may not decide."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

REASONS: dict[str, LazyString | str] = {
    "personal": _l("Personal information"),
    "insult": _l("Insult or threat"),
    "hate": _l("Hate"),
    "untrue": _l("Says something about a person that may be untrue"),
    "advert": _l("Advert"),
    "repeat": _l("The same thing posted again"),
    "elsewhere": _l("About something else"),
}
"""Why a contribution is hidden, or reported: nothing else is a reason."""

REMOVABLE = frozenset({"personal", "insult", "hate"})
"""Only personal data and what may be illegal is taken away altogether."""

ACTIONS: dict[str, LazyString | str] = {
    "publish": _l("Published"),
    "keep": _l("Kept after a report"),
    "blank": _l("Published with personal details blanked"),
    "reword": _l("Author asked to reword"),
    "move": _l("Moved to where it belongs"),
    "hide": _l("Hidden"),
    "remove": _l("Removed by two people"),
    "restore": _l("Shown again"),
    "return": _l("Shown again because nobody decided in 48 hours"),
}

CONFLICTS: dict[str, LazyString | str] = {
    "own_ward": _l("It is about something in a ward you serve."),
    "own_words": _l("You wrote it."),
    "proposer": _l("You proposed this, or belong to the group that did."),
    "interest": _l("You declared an interest in this."),
    "side": _l("You took a side on this."),
    "contributed": _l("You have written about this."),
    "reported": _l("You reported it."),
    "reported_by": _l("Its author has reported something of yours."),
    "councillor": _l("It is by, or about, a councillor."),
}

CONFLICTS_OF_ANOTHER: dict[str, LazyString | str] = {
    "own_ward": _l("It is about something in a ward they serve."),
    "proposer": _l("They proposed this, or belong to the group that did."),
    "side": _l("They took a side on this."),
    "contributed": _l("They have written about this."),
    "reported": _l("They reported it."),
    "reported_by": _l("Its author has reported something of theirs."),
    "councillor": _l("It is by, or about, a councillor."),
}
"""The same, told to somebody else; without those with which nobody may ask."""
