"""Whole pages for visitors who are not signed in: made once for each edition of the site and minute, then given again.

Most visitors are not signed in and see the same page. A page is kept in this process's memory under the edition that
was read before it was made (`pb.core.edition`), so nobody is shown less than the database says; and for the minute of
the clock, because phases begin and end on the minute. It carries an ETag: a phone that has it asks again for nothing.

Never kept: what sets a cookie, holds a form's token or a sentence said once, says `no-store`, or is for a signed-in
person or a kiosk. A page that looked for a voter's own draft (`looks_at_draft`) is given only to who has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request, session

from pb.core.clock import now
from pb.core.edition import Kept, edition
from pb.core.web import HEADERS

MOST = 1500
LARGEST = 60_000
"""Bytes of one kept answer, squeezed where the browser can; at most 90 MB in all, a tenth of it in practice."""
_OWN_HEADERS = ("X-Request-Id", "Content-Length", "Date")
_SHARED_SCREEN = "kiosk"
_PERSONAL = ("accounts", "booth", "demo")
"""Rooms whose pages speak of this browser, or show mail and codes of the moment."""
_OF_DRAFTS = "voting"
"""The room all of whose pages show the draft of a voter who has one."""
_KINDS = ("text/html", "application/json", "text/calendar", "application/atom+xml", "text/css")


@dataclass(frozen=True)
class Page:
    """An answer as it left us."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    looked_at_draft: bool


def looks_at_draft() -> None:
    """Say that this page asks whether the visitor has begun to vote."""
    g.looks_at_draft = True


def _has_draft() -> bool:
    return any("ballot-" in name for name in request.cookies)


def _is_anybody() -> bool:
    """Whether this request is a plain page view of somebody who is not signed in and has been told nothing."""
    if request.method != "GET" or "HX-Request" in request.headers or _SHARED_SCREEN in request.cookies:
        return False
    room = (request.blueprint or "").partition("_")[0]  # "accounts_demo" is of the room accounts
    if request.endpoint in (None, "static") or room in _PERSONAL:
        return False
    if room == _OF_DRAFTS and _has_draft():
        return False
    return not request.cookies or not ("_user_id" in session or "_flashes" in session)


def _key() -> Hashable | None:
    mark = edition()
    if mark is None:
        return None
    squeezed = request.accept_encodings
    way = "br" if squeezed["br"] else "gzip" if squeezed["gzip"] else ""
    minute = int(now().timestamp()) // 60
    return mark, minute, way, request.host_url, request.script_root, request.path, request.query_string


def give() -> Response | None:
    """Before a request: the page if it is kept."""
    for name in ("keep_as", "edition", "looks_at_draft"):
        g.pop(name, None)
    if not _is_anybody() or (key := _key()) is None:
        return None
    store: Kept[Page] = current_app.extensions["kept_pages"]
    page = store.get(key)
    if page is None:
        g.keep_as = key
        return None
    if page.looked_at_draft and _has_draft():
        return None
    answer = Response(page.body)
    answer.headers.clear()
    answer.headers.extend(page.headers)
    return answer.make_conditional(request)  # type: ignore[return-value]


def keep(response: Response) -> Response:
    """After a request: keep its page for others, if it is one for anybody."""
    key = g.get("keep_as")
    if key is None or not _is_for_anybody(response):
        return response
    body = response.get_data()
    if len(body) > LARGEST:
        return response
    response.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    everywhere = HEADERS.items()  # every answer gets these anew
    headers = tuple(pair for pair in response.headers if pair[0] not in _OWN_HEADERS and pair not in everywhere)
    store: Kept[Page] = current_app.extensions["kept_pages"]
    store.put(key, Page(body, headers, bool(g.get("looks_at_draft"))))
    return response.make_conditional(request)  # type: ignore[return-value]


def _is_for_anybody(response: Response) -> bool:
    if response.status_code != 200 or response.mimetype not in _KINDS:
        return False
    if response.direct_passthrough or response.is_streamed:
        return False
    if "Set-Cookie" in response.headers or "no-store" in response.headers.get("Cache-Control", ""):
        return False
    if g.get("looks_at_draft") and _has_draft():
        return False
    return not session.modified and "csrf_token" not in g


def init_kept(app: Flask) -> None:
    """Offer what is kept. Call before the other hooks of answers are registered: this one must run last."""
    app.extensions["kept_pages"] = Kept[Page](MOST)
    app.after_request(keep)
