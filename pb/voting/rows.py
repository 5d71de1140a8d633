"""Rows of the ballot's list, made once for all voters: a project looks the same to everybody who has picked it or not.

Kept in this process's memory by all that a row shows, so nothing has to be thrown away when something changes. The
voter's own CSRF token is put in when a row is given. Nothing here knows whose row it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable, Iterator

from flask import Flask, current_app, request
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from pb.core.edition import Kept
from pb.voting.choices import Line
from pb.voting.kiosk import kiosk
from pb.voting.listing import Filter
from pb.voting.visit import Visit

MOST = 4000
"""Rows of about 2 KB."""
_ITS_PLACE = f"\0{secrets.token_hex(8)}\0"


def pick_rows(visit: Visit, lines: Iterable[Line], asked: Filter) -> Iterator[Markup]:
    """Each of these projects of the ballot with its one button."""
    token = generate_csrf()
    page = (visit.round.slug, tuple(asked.query().items()), bool(kiosk()), request.script_root, str(get_locale()))
    for line in lines:
        yield _row(visit, line, asked, page, token)


def _row(visit: Visit, line: Line, asked: Filter, page: tuple[Hashable, ...], token: str) -> Markup:
    key = (*page, line, line.code in visit.draft.picks, visit.has_looked_at(line), visit.pot_name(line))
    rows: Kept[str] = current_app.extensions["kept_rows"]
    row = rows.get(key)
    if row is None:
        template = current_app.jinja_env.get_template("voting/_pick.html")
        row = template.render(visit=visit, line=line, asked=asked).replace(token, _ITS_PLACE)
        rows.put(key, row)
    return Markup(row.replace(_ITS_PLACE, token))  # noqa: S704 -- a rendered template


def init_rows(app: Flask) -> None:
    """Offer `pick_rows()` to templates."""
    app.extensions["kept_rows"] = Kept[str](MOST)
    app.jinja_env.globals["pick_rows"] = pick_rows
