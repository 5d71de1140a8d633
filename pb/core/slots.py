"""Slots: places in a room's page that rooms above it fill, so that no room imports upward.

A page says `{{ slot("round.actions", round=round) }}`; a higher room says `fill(app, "round.actions", its_function)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request
from flask_babel import get_locale
from markupsafe import Markup

from pb.core.edition import Kept

Filler = Callable[..., Any]


def fill(app: Flask, name: str, filler: Filler, *, order: int = 50) -> None:
    """Let `filler` (called with the slot's facts) render into slot `name`; lower `order` comes first."""
    app.extensions["slots"].setdefault(name, []).append((order, filler))


def for_everybody(filler: Filler, *facts: str) -> Filler:
    """`filler`, called once for each edition of the site, language and value of these facts (rows by their id).

    Only for markup that is the same whoever reads it, and does not change by the clock alone.
    """
    made = Kept[str](1000)

    def kept(**given: Any) -> Markup:
        values = tuple(getattr(given[name], "id", given[name]) for name in facts)
        key = (values, request.script_root, str(get_locale()))
        return Markup(made.of_this_edition(key, lambda: str(filler(**given))))  # noqa: S704 -- a rendered template

    return kept


def slot(name: str, **facts: object) -> Markup:
    """All that higher rooms put into slot `name`, in order; empty when none does."""
    fillers = sorted(current_app.extensions["slots"].get(name, ()), key=lambda pair: pair[0])
    return Markup("").join(Markup(filler(**facts) or "") for _, filler in fillers)  # noqa: S704 -- rendered templates


def gathered(name: str, **facts: object) -> list[Any]:
    """What higher rooms answer for slot `name` as values instead of markup (links, counts), in order, without Nones."""
    fillers = sorted(current_app.extensions["slots"].get(name, ()), key=lambda pair: pair[0])
    return [value for _, filler in fillers if (value := filler(**facts)) is not None]


def init_slots(app: Flask) -> None:
    """Offer `slot()` to templates."""
    app.extensions["slots"] = {}
    app.jinja_env.globals["slot"] = slot
