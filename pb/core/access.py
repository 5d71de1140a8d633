"""Access rules, one declared on every route. The app refuses to start with a route that declares none.

    @bp.get("/rounds/new")
    @access.staff(Role.OFFICER)
    def new() -> ResponseReturnValue: ...

Declaring is not the whole check: a child object is always found through its parent and through what the actor may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, Response, current_app, redirect, request, url_for

from pb.core.actor import STAFF_ROLES, Role, current_actor
from pb.core.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Access:
    """Who may call a route: anyone, anyone signed in, or holders of one of `roles`."""

    label: str
    roles: frozenset[Role] = frozenset()
    needs_sign_in: bool = False


PUBLIC = Access("public")
SIGNED_IN = Access("signed in", needs_sign_in=True)


class UnlabelledRoute(Exception):
    """A route declares no access rule: the app must not start."""


def _declare(view: View, rule: Access) -> View:
    view.__access__ = rule  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anyone, signed in or not."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Any person who has signed in."""
    return _declare(view, SIGNED_IN)


def staff(*roles: Role) -> Callable[[View], View]:
    """Holders of one of `roles` (any staff role when none is named). Admins only where named: roles are duties."""
    allowed = frozenset(roles) or STAFF_ROLES
    rule = Access("/".join(sorted(allowed)), allowed, needs_sign_in=True)
    return lambda view: _declare(view, rule)


def demo_only(view: View) -> View:
    """Anyone, and the route exists only in a demonstration."""
    return _declare(view, Access("demonstration only"))


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The rule declared for an endpoint, or None when it declares none."""
    return getattr(app.view_functions[endpoint], "__access__", None)


def check_all_routes(app: Flask) -> None:
    """Raises: UnlabelledRoute, naming the endpoints without an access rule."""
    missing = sorted(endpoint for endpoint in app.view_functions if access_of(app, endpoint) is None)
    if missing:
        raise UnlabelledRoute("No access rule is declared on: " + ", ".join(missing))


def enforce() -> Response | None:
    """Before each request: send strangers to sign in, refuse people without the role."""
    if request.endpoint is None:
        return None
    rule = access_of(current_app, request.endpoint)
    assert rule is not None, "check_all_routes ran at start"
    if not rule.needs_sign_in:
        return None
    actor = current_actor()
    if not actor.is_signed_in:
        sign_in = "accounts.staff_sign_in" if rule.roles else "accounts.sign_in"
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for(sign_in, next=back), 303)  # type: ignore[return-value]
    if rule.roles and not actor.has(*rule.roles):
        raise NotAllowed
    return None
