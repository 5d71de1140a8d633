"""The pages of the whole council: home, your area, wards, help and the pages every public body owes its readers."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from pb.accounts.queries import councillors_of
from pb.core import access
from pb.core.assets import ROOT as STATIC
from pb.core.clock import now
from pb.core.forms import tidy
from pb.core.htmx import render_page
from pb.core.settings import Settings
from pb.pages.theme import in_hex, theme_for
from pb.rounds import as_json, words
from pb.rounds.models import Round
from pb.rounds.phases import on_shelves
from pb.rounds.queries import (
    how_many_projects,
    public_rounds,
    rounds_in_ward,
    total_of,
    ward_by_gss,
    ward_of_postcode,
    wards,
)

bp = Blueprint("pages", __name__)

CHECKED_ON = date(2026, 11, 22)
"""When the words of the static pages were last read against what the app does."""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _standings(rounds: list[Round]) -> dict[int, words.Standing]:
    return {round.id: words.standing(round, now()) for round in rounds}


@bp.get("/")
@access.public
def home() -> ResponseReturnValue:
    """What is open now with its deadline and one big action, what comes, what was decided, what became of promises."""
    rounds = list(public_rounds(now()))
    shelves = on_shelves(rounds, now())
    return render_page(
        "pages/home.html",
        shelves=shelves,
        standings=_standings(rounds),
        totals={round.id: total_of(round) for round in rounds},
        projects=how_many_projects([round.id for round in shelves.open]),
    )


@bp.get("/find")
@access.public
def find() -> ResponseReturnValue:
    """From a postcode to its ward; a postcode we do not know gets the list of wards, never an error."""
    asked = tidy(request.args.get("postcode", ""))[:20]
    ward = ward_of_postcode(asked) if asked else None
    if ward:
        return redirect(url_for("pages.ward", gss=ward.gss_code))
    is_empty = "postcode" in request.args and not asked
    return render_page("pages/find.html", wards=wards(), asked=asked, is_empty=is_empty)


@bp.get("/wards/<gss>")
@access.public
def ward(gss: str) -> ResponseReturnValue:
    """One ward: its councillors, the rounds with money for it, and what other rooms know of it."""
    found = ward_by_gss(gss)
    shelves = on_shelves(rounds_in_ward(found.id, now()), now())
    rounds = [*shelves.open, *shelves.counting, *shelves.coming, *shelves.finished]
    titles = [(person, _titles(person.roles, found.id)) for person in councillors_of(found.id)]
    return render_page("pages/ward.html", ward=found, councillors=titles, rounds=rounds, standings=_standings(rounds))


def _titles(roles: list[Any], ward_id: int) -> str:
    """How the council calls this person's part in this ward."""
    return next((role.title for role in roles if role.ward_id == ward_id and role.title), "")


@bp.get("/wards/<gss>.json")
@access.public
def ward_json(gss: str) -> ResponseReturnValue:
    """One ward, for machines."""
    found = ward_by_gss(gss)
    rounds = [as_json.brief(round, now()) for round in rounds_in_ward(found.id, now())]
    names = [person.display_name for person in councillors_of(found.id)]
    return jsonify(gss=found.gss_code, name=found.name, councillors=names, rounds=rounds)


def _static(template: str) -> ResponseReturnValue:
    return render_page(template, checked_on=CHECKED_ON)


@bp.get("/help")
@access.public
def help_page() -> ResponseReturnValue:
    """How to get help, paper, or somebody to sit with you."""
    return _static("pages/help.html")


@bp.get("/about")
@access.public
def about() -> ResponseReturnValue:
    """What this is and who runs it."""
    return _static("pages/about.html")


@bp.get("/accessibility")
@access.public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement that public bodies owe."""
    return _static("pages/accessibility.html")


@bp.get("/privacy")
@access.public
def privacy() -> ResponseReturnValue:
    """What is kept about people, why, and for how long."""
    return _static("pages/privacy.html")


@bp.get("/rules")
@access.public
def rules() -> ResponseReturnValue:
    """The house rules for proposing and speaking."""
    return _static("pages/rules.html")


# For machines ------------------------------------------------------------------------------------------------------


def _theme_css() -> tuple[str, str]:
    """The theme's style and the mark of its content."""
    return _css_of(_settings().council_colour)


@lru_cache(10)
def _css_of(colour: str) -> tuple[str, str]:
    css = theme_for(colour).css()
    return css, hashlib.sha256(css.encode()).hexdigest()[:12]


@bp.get("/theme.css")
@access.public
def theme() -> ResponseReturnValue:
    """The council's colours. Kept for a year when asked for by the mark of its content, checked again otherwise."""
    css, mark = _theme_css()
    response = make_response(css)
    response.mimetype = "text/css"
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if request.args.get("v") == mark else "public, no-cache"
    )
    response.set_etag(mark)
    return response.make_conditional(request)


@bp.get("/favicon.svg")
@bp.get("/favicon.ico")
@access.public
def favicon() -> ResponseReturnValue:
    """The emblem in the council's colour."""
    drawing = (STATIC / "img" / "emblem.svg").read_text()
    theme = theme_for(_settings().council_colour)
    response = make_response(drawing.replace("#14505a", in_hex(theme.council)))
    response.mimetype = "image/svg+xml"
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: /{path}\n" for path in ("staff", "me", "accounts", "ballot", "propose", "demo", "find?")
)


@bp.get("/robots.txt")
@access.public
def robots() -> ResponseReturnValue:
    """Search engines are welcome to what is public, not to forms and people's own pages."""
    return Response(ROBOTS, mimetype="text/plain")


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"theme_url": url_for("pages.theme", v=_theme_css()[1])})
