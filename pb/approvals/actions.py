"""The acts that take two people, declared by the rooms that do them.

How a room uses it, in five lines:

    actions.declare(Action("box.open", _l("Open the ballot box"), roles=DESK, perform=open_approved))  # at import
    service.ask("box.open", what=sentence, payload={"round_id": 3}, round_id=3, by=by, now=now)  # instead of doing
    # Another person approves at /staff/approvals: `perform(payload, by=, now=)` runs in that same transaction.
    # An act that gives something back (a file) declares no `perform`; once approved, and once only, the room calls
    service.take("codes.export", payload={"round_id": 3}, by=by, now=now)   # raises NotApproved, else counts as used
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import LazyString

from pb.core.actor import Actor, Role

Payload = dict[str, Any]
"""What exactly is to be done: ids, texts and whole numbers, fixed by its hash when it is asked for."""


@dataclass(frozen=True)
class Action:
    """An act that takes two people, both holding one of `roles`, within `lasts`.

    shows: what the second person must read before agreeing and the public record must not: (label, words) of a payload
    bars:  why this one may not agree, in place of the button; `perform` refuses it too
    """

    name: str
    words: LazyString | str
    roles: tuple[Role, ...]
    perform: Callable[..., object] | None = None
    lasts: timedelta = timedelta(hours=24)
    shows: Callable[[Payload], list[tuple[LazyString, str]]] = lambda _payload: []
    bars: Callable[[Payload, Actor], LazyString | str | None] = lambda _payload, _viewer: None


class UnknownAction(Exception):
    """A room asked for an act that nobody declared."""


_declared: dict[str, Action] = {}


def declare(*actions: Action) -> None:
    """Make acts known, once at import."""
    _declared.update({action.name: action for action in actions})


def action(name: str) -> Action:
    """Raises: UnknownAction."""
    try:
        return _declared[name]
    except KeyError:
        raise UnknownAction(name) from None


def all_actions() -> dict[str, Action]:
    """Every declared act by name, for pages and for the test that tries to cheat each of them."""
    return dict(_declared)
