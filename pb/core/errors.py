"""Refusals: one small class per broken rule, defined in the room that owns the rule.

A refusal knows its HTTP status, the field it belongs to and the sentence a resident sees; the sentence is written once,
in the class. Routes put it beside its field; what no route catches becomes a helpful page.
"""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext


class Refusal(Exception):
    """A rule of the process says no. Subclasses set `sentence`, and `status`, `field` where they differ."""

    status: int = 422
    field: str | None = None
    sentence: LazyString | str = lazy_gettext("That cannot be done.")

    def __str__(self) -> str:
        return str(self.sentence)


class NotFound(Refusal):
    """There is no such thing, or not for this viewer: the two look the same."""

    status = 404
    sentence = lazy_gettext("We cannot find that page.")


class NotAllowed(Refusal):
    """The actor's roles do not include this."""

    status = 403
    sentence = lazy_gettext("Your role does not include this.")


class Conflict(Refusal):
    """The state has moved on since the page was shown."""

    status = 409
    sentence = lazy_gettext("This changed while you were looking at it.")
