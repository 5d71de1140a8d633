"""The themes a proposal can have. Kept by key; imported rounds bring their own words, which are shown as they are."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

THEMES: dict[str, LazyString | str] = {
    "streets": _l("Streets and paths"),
    "green": _l("Parks and green places"),
    "young": _l("Children and young people"),
    "together": _l("Company and warm places"),
    "buildings": _l("Halls and buildings"),
    "food": _l("Food and growing"),
    "active": _l("Sport and health"),
    "culture": _l("Arts and history"),
}


def theme_name(key: str) -> str:
    """The theme's name in the reader's language; words that are no key are returned unchanged."""
    return str(THEMES.get(key, key))
