"""Whether this browser is a kiosk: a shared screen that goes back to its start and keeps nothing of a voter.

The pages of a kiosk are in the booth room; here is only what the ballot's pages must know.
"""

from __future__ import annotations

import re

from flask import Response, current_app, has_request_context, request

COOKIE = "kiosk"
_SLUG = re.compile(r"[a-z0-9-]{1,80}\Z")


def kiosk() -> str:
    """The slug of the round this kiosk is for; empty elsewhere."""
    name = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return name if _SLUG.match(name) else ""


def forget_voter(response: Response) -> Response:
    """Take every cookie of ours from this browser but the kiosk's own, and ask it to drop what it stored."""
    for name in request.cookies:
        if name != COOKIE:
            is_secure = current_app.extensions["settings"].https
            response.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="Lax")
    kinds = '"cache", "storage"' if kiosk() else '"cache", "cookies", "storage"'
    response.headers["Clear-Site-Data"] = kinds
    return response
