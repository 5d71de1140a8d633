"""Page or fragment: the one place that decides, and the only reader of HX-* headers.

The server decides by the header only what to render, never what to do. History restores and boosted links get the page.
"""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from flask import redirect as flask_redirect
from htmx_flask import Htmx
from htmx_flask import request as htmx_request

htmx = Htmx()


def wants_fragment() -> bool:
    """Whether this request can take a fragment: an HTMX request that is neither boosted nor a history restore."""
    hx = htmx_request.htmx
    return bool(hx) and not hx.boosted and not hx.history_restore_request


def is_htmx() -> bool:
    """Whether HTMX sent this request, boosted or not."""
    return bool(htmx_request.htmx)


def render_page(page: str, fragment: str | None = None, *, status: int = 200, **context: object) -> Response:
    """Answer with `page`, or with `fragment` (a template with one root element) to an HTMX request that can take it.

    Both get the same context. `Vary: HX-Request` is set because the address is the same.
    """
    template = fragment if fragment and wants_fragment() else page
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


def render_fragment(fragment: str, *, status: int = 200, **context: object) -> Response:
    """Answer an HTMX request that asked for one fragment (a changed row, a bar)."""
    response = make_response(render_template(fragment, **context), status)
    response.vary.add("HX-Request")
    return response


def go_to(url: str) -> Response:
    """Send the browser on after a good POST (303: the next request is a GET)."""
    response = flask_redirect(url, 303)
    return make_response(response)


def leave_to(url: str) -> Response:
    """Send even an HTMX request to a whole new page, as when a session has ended."""
    if not is_htmx():
        return go_to(url)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def same_page_fragment() -> bool:
    """Alias kept readable in routes that answer a POST with a row instead of a redirect."""
    return request.method == "POST" and wants_fragment()
