"""Who is acting: what services receive as `by=`. The accounts room fills it in; anonymous otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask import current_app, g


class Role(StrEnum):
    """What a person may do. A person can hold several; `resident` is everybody signed in."""

    RESIDENT = "resident"
    GROUP_MEMBER = "group_member"
    COUNCILLOR = "councillor"
    OFFICER = "officer"
    RETURNING_OFFICER = "returning_officer"
    ADMIN = "admin"
    SYSTEM = "system"


STAFF_ROLES = frozenset({Role.OFFICER, Role.RETURNING_OFFICER, Role.ADMIN})


@dataclass(frozen=True)
class Actor:
    """A person (or the system) with roles. `id` is None for somebody not signed in and for the system."""

    id: int | None
    name: str
    roles: frozenset[Role]
    ward_ids: frozenset[int] = frozenset()

    @property
    def is_signed_in(self) -> bool:
        return self.id is not None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF_ROLES)

    @property
    def main_role(self) -> Role:
        """The role shown in the journal: the most powerful one held."""
        order = (Role.SYSTEM, Role.ADMIN, Role.RETURNING_OFFICER, Role.OFFICER, Role.COUNCILLOR, Role.GROUP_MEMBER)
        return next((role for role in order if role in self.roles), Role.RESIDENT)

    def has(self, *roles: Role) -> bool:
        return bool(self.roles & set(roles))


ANYONE = Actor(id=None, name="", roles=frozenset())
SYSTEM = Actor(id=None, name="Moothall", roles=frozenset({Role.SYSTEM}))

ActorLoader = Callable[[], Actor]


def current_actor() -> Actor:
    """The actor of this request, loaded once by the accounts room's loader."""
    if "actor" not in g:
        loader: ActorLoader = current_app.extensions["actor_loader"]
        g.actor = loader()
    actor: Actor = g.actor
    return actor
