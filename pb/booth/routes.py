"""The kiosk: a shared screen that warns, clears itself and goes back to its start, without any script.

A `Refresh` header on every page does the waiting. Two minutes without a press ask "Are you still there?", thirty
seconds more clear everything; after a receipt, one minute does.
"""

from __future__ import annotations

import re

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.db import only_read
from pb.core.htmx import go_to, render_page
from pb.voting.kiosk import COOKIE, forget_voter, kiosk
from pb.voting.visit import find_round

bp = Blueprint("booth", __name__, url_prefix="/kiosk")
IDLE_S, WARNING_S, THANKS_S = 120, 30, 60
A_DAY_S = 18 * 3600
_LOCAL = re.compile(r"/(ballot|rounds)/[A-Za-z0-9/_-]{1,160}\Z")


@bp.get("/<slug>")
@access.public
def start(slug: str) -> ResponseReturnValue:
    """The kiosk's first page; whatever the last voter left is gone when it shows. Elsewhere: how to make a kiosk."""
    round = find_round(slug)
    if kiosk() == slug and set(request.cookies) != {COOKIE}:
        return forget_voter(go_to(url_for("booth.start", slug=slug)))
    return render_page("booth/kiosk.html", round=round, is_kiosk=kiosk() == slug)


@bp.post("/<slug>/on")
@access.public
def switch_on(slug: str) -> ResponseReturnValue:
    """Make this browser a kiosk for the day."""
    only_read()
    response = go_to(url_for("booth.start", slug=find_round(slug).slug))
    is_secure = current_app.extensions["settings"].https
    response.set_cookie(COOKIE, slug, max_age=A_DAY_S, secure=is_secure, httponly=True, samesite="Lax", path="/")
    return response


@bp.post("/<slug>/off")
@access.public
def switch_off(slug: str) -> ResponseReturnValue:
    """An ordinary browser again."""
    only_read()
    response = go_to(url_for("booth.start", slug=slug))
    response.delete_cookie(COOKIE, path="/")
    return response


@bp.get("/<slug>/still-there")
@access.public
def still_there(slug: str) -> ResponseReturnValue:
    """A warning before the screen clears, with the way back to where the voter was."""
    back = request.args.get("back", "")
    start_over = url_for("booth.start", slug=slug)
    here = back if _LOCAL.match(back) else start_over
    return render_page("booth/still_there.html", round=find_round(slug), back=here, seconds=WARNING_S)


def watch(response: Response) -> Response:
    """On a kiosk, every page leads back to the start by itself."""
    slug = kiosk()
    if slug and response.mimetype == "text/html" and response.status_code not in (301, 302, 303):
        seconds, url = _then(slug)
        if seconds:
            response.headers["Refresh"] = f"{seconds}; url={url}"
    return response


def _then(slug: str) -> tuple[int, str]:
    start_over = url_for("booth.start", slug=slug)
    if request.endpoint == "booth.start":
        return 0, ""
    if request.endpoint == "booth.still_there":
        return WARNING_S, start_over
    if request.endpoint in ("voting.done", "voting.finished"):
        return THANKS_S, start_over
    return IDLE_S, url_for("booth.still_there", slug=slug, back=request.path)


def quiet_frame() -> dict[str, object]:
    """On a kiosk no links lead out of the vote."""
    return {"nav": [], "account": None, "footer_links": []} if kiosk() else {}


def init_app(app: Flask) -> None:
    app.after_request(watch)
    app.context_processor(quiet_frame)
