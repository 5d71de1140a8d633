"""What every answer carries: security headers, a request id, a log line without personal data, a helpful error page."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from contextlib import suppress
from typing import Any

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from pb.core.access import access_of
from pb.core.actor import ANYONE, current_actor
from pb.core.db import DATABASE_TROUBLE, SAFE_METHODS, db
from pb.core.errors import Refusal
from pb.core.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Frame-Options": "DENY",
}
log = logging.getLogger("moothall")


def error_page(
    status: int, sentence: str | None = None, *, heading: str | None = None, way_out: tuple[str, str] | None = None
) -> Response:
    """The page for one error: what happened, what was kept, a way out (words, address), the help line as everywhere."""
    default_heading, default_sentence = _words(status)
    page = render_template(
        "errors/error.html",
        status=status,
        heading=heading or default_heading,
        sentence=sentence or default_sentence,
        request_id=g.get("request_id", ""),
        **({"way_out": way_out} if way_out else {}),
    )
    return make_response(page, status)


def _words(status: int) -> tuple[str, str]:
    kept = _("Nothing you did before has been lost.")
    words = {
        400: (_("We could not read that"), _("Something was missing or out of place. Go back and try again.")),
        403: (
            _("You cannot do that here"),
            _("Your role does not include this. Sign in with another one, or contact us."),
        ),
        404: (
            _("Page not found"),
            _("If you typed the address, check it. If you followed a link, it may be out of date."),
        ),
        405: (_("That address does not take this"), _("Go back to the page you came from and use its buttons.")),
        409: (_("This changed while you were looking"), _("Look at the page again, then decide.")),
        410: (_("This page has gone"), _("It was taken down. The decision record says who did that and why.")),
        413: (_("That was too big to send"), _("Shorten it, or send a smaller file.")),
        422: (_("That cannot be done"), _("Check what you entered and try again.")),
        429: (_("Too many tries"), _("Wait a few minutes and try again, or contact us. Nobody has been locked out.")),
        503: (_("The service cannot be reached right now"), _("Try again in a few minutes.") + " " + kept),
    }
    unknown = (_("There is a problem"), _("Try again in a few minutes, or contact us.") + " " + kept)
    return words.get(status, unknown)


def _check_origin() -> None:
    """Refuse unsafe requests that another site makes, whatever token they hold."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)


def _start_request() -> None:
    g.request_id = secrets.token_hex(6)
    g.started = time.perf_counter()


def _add_headers(response: Response, settings: Settings) -> Response:
    names_own_frames = "Content-Security-Policy" in response.headers
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if names_own_frames:
        del response.headers["X-Frame-Options"]  # the answer's own frame-ancestors say more than this can
    if settings.https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.pop("Server", None)
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        private = response.status_code >= 400 or request.method not in SAFE_METHODS or _is_signed_in()
        response.headers["Cache-Control"] = "no-store" if private else "private, no-cache"
        response.vary.update(["Cookie", "HX-Request"])
    return response


def _is_signed_in() -> bool:
    return "actor" in g and current_actor().is_signed_in


def _log(response: Response) -> Response:
    """One line a request: no address, no person, no path (paths can hold tokens), only the route."""
    rule = request.url_rule.rule if request.url_rule else "-"
    took = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
    line = {
        "id": g.get("request_id"),
        "method": request.method[:10],
        "route": rule,
        "status": response.status_code,
        "ms": took,
    }
    log.info(json.dumps(line))
    return response


def _on_refusal(refusal: Refusal) -> Response:
    db.session.rollback()
    return error_page(refusal.status, str(refusal.sentence), way_out=_staff_door() if refusal.status == 403 else None)


def _staff_door() -> tuple[str, str] | None:
    """On a staff page, the way on: people who hold a role may be signed in only as residents, by an e-mailed link."""
    rule = access_of(current_app, request.endpoint) if request.endpoint else None
    if rule is None or not rule.roles or request.method != "GET":
        return None
    return _("Sign in as staff"), url_for("accounts.staff_sign_in", next=request.full_path.rstrip("?"))


def _on_http(error: HTTPException) -> Response:
    db.session.rollback()
    if error.response is not None:
        return make_response(error.response)
    answer = error_page(error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _on_csrf(_error: CSRFError) -> Response:
    sentence = _("The page was open for a long time, or cookies are off. Go back, reload the page, and send it again.")
    return error_page(400, sentence, heading=_("We could not check where that came from"))


def _on_database(_error: Exception) -> Response:
    """The database is away, full, read-only or busy: say so, promise nothing, and ask it nothing more for this page."""
    with suppress(*DATABASE_TROUBLE):
        db.session.rollback()
    g.setdefault("actor", ANYONE)
    log.error(json.dumps({"id": g.get("request_id"), "error": type(_error).__name__}))
    answer = error_page(503)
    answer.headers["Retry-After"] = "10"
    return answer


def _on_bug(error: Exception) -> Response:
    try:
        db.session.rollback()
    except Exception:  # the page must come even if the database is gone
        log.exception("rollback failed")
    log.error(json.dumps({"id": g.get("request_id"), "error": type(error).__name__}), exc_info=error)
    return error_page(500)


class RowNumber(IntegerConverter):
    """`<int:…>` in an address: plain digits that fit a column. Others (１, 10**30) are not found instead of a 500."""

    regex = "[0-9]{1,10}"

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": 2_147_483_647, **options})


def init_logging() -> None:
    """Lines of JSON on standard error, once per process."""
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def init_web(app: Flask, settings: Settings) -> None:
    """Headers, request ids, logs and error pages. Call before the commit point is registered (it must run first)."""
    init_logging()
    app.url_map.converters["int"] = RowNumber
    app.before_request(_start_request)
    app.before_request(_check_origin)
    app.after_request(_log)
    app.after_request(lambda response: _add_headers(response, settings))
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(CSRFError, _on_csrf)
    for kind in DATABASE_TROUBLE:
        app.register_error_handler(kind, _on_database)
    app.register_error_handler(Exception, _on_bug)
