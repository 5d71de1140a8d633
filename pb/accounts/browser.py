"""What a browser holds: a signed cookie with a random token, when it was last seen, and a nonce while it signs in.

flask-login keeps the token; whether it still counts is decided by its row in the database.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from flask import Flask, current_app, request, session, url_for
from flask_login import LoginManager, current_user, login_user

from pb.accounts import queries, service, tokens
from pb.core.actor import ANYONE, Actor
from pb.core.clock import now

_TOKEN, _SEEN, _NONCE, _ASKED = "_user_id", "seen", "nonce", "asked"
SEEN_AGAIN_AFTER = 60
"""Seconds; so that not every page sets a cookie."""


@dataclass(frozen=True)
class SignedIn:
    """What flask-login calls a user: one session of one person."""

    token: str
    actor: Actor
    is_authenticated = is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def load(token: str) -> SignedIn | None:
    """The session of this token if its row still counts and the browser was not idle too long."""
    found = queries.open_session(tokens.digest(token), now())
    stamp = int(now().timestamp())
    if found is None or stamp - int(session.get(_SEEN, 0)) > service.IDLE[found.is_staff].total_seconds():
        session.pop(_TOKEN, None)
        return None
    if stamp - session[_SEEN] > SEEN_AGAIN_AFTER:
        session[_SEEN] = stamp
    return SignedIn(token, found.actor)


def load_actor() -> Actor:
    """Who acts in this request."""
    return current_user.actor if current_user.is_authenticated else ANYONE


def arrive(token: str) -> None:
    """Begin a signed-in session: nothing of the cookie from before stays, the CSRF token included."""
    session.clear()
    login_user(SignedIn(token, ANYONE))
    session.pop("_id", None)  # flask-login's mark of address and browser, which we do not use
    session[_SEEN] = int(now().timestamp())


def leave() -> str | None:
    """Empty the cookie; returns the token it held."""
    token: str | None = session.get(_TOKEN)
    session.clear()
    return token


def remember_asking(email: str) -> str:
    """Note in the cookie that this browser asked for a link; returns its nonce."""
    session[_ASKED] = email
    return str(session.setdefault(_NONCE, secrets.token_urlsafe(16)))


def asked_for() -> str | None:
    """The address this browser asked a link for, as it was typed."""
    return session.get(_ASKED)


def nonce() -> str:
    """This browser's nonce; one that fits nothing when it has none."""
    return str(session.get(_NONCE) or secrets.token_urlsafe(16))


def safe_next(value: str | None) -> str:
    """A path of this site to go on to, re-serialised; `/` for everything else.

    Refused: schemes, hosts, `//…`, backslashes and control characters, encoded or not. The language prefix is left out,
    because `go_on_to` puts it in front.
    """
    text = value or "/"
    shown = unquote(text)
    is_odd = "\\" in shown or any(unicodedata.category(c) == "Cc" for c in shown)
    if is_odd or not text.startswith("/") or shown.startswith("//") or len(text) > 300:
        return "/"
    parts = urlsplit(text)
    if parts.scheme or parts.netloc:
        return "/"
    path = quote(parts.path, safe="/:@!$&'()*+,;=-._~%")
    query = quote(parts.query, safe="/?:@!$&'()*+,;=-._~%")
    return path + (f"?{query}" if query else "")


def go_on_to(path: str) -> str:
    """A safe path with the language of this request's address in front."""
    return request.script_root + path


def whole_address(endpoint: str, **values: str) -> str:
    """A page's address for an e-mail, from the configured origin and never from the request's Host."""
    origin: str = current_app.extensions["settings"].base_url
    path: str = url_for(endpoint, **values)  # type: ignore[arg-type]
    return origin + path


def init_login(app: Flask) -> None:
    """Let flask-login keep the token and ask `load` what it is worth."""
    manager = LoginManager()
    manager.session_protection = None  # phones change their address all day
    manager.user_loader(load)
    # Not init_app: its after_request hook touches the session, which would put `Vary: Cookie` on static files.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.extensions["actor_loader"] = load_actor
