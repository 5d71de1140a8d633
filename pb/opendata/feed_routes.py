"""What changes from day to day, for programs: feeds, calendars, living tables, JSON twins, cards for other sites.

Everything here is read as somebody not signed in, whoever asks: answers may be kept by machines in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.core import access
from pb.core.clock import council_zone, now
from pb.core.errors import NotFound
from pb.core.settings import Settings
from pb.journal.queries import journal_of
from pb.log.queries import promises
from pb.opendata import calendar, cards, dictionary, feeds, living, tables
from pb.opendata.answers import as_data, open_to_all
from pb.results.packfile import json_text
from pb.rounds.models import Round
from pb.rounds.queries import public_rounds, round_by_slug, rounds_in_ward, ward_by_gss

bp = Blueprint("feeds", __name__)
CARD_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _site() -> str:
    return _settings().base_url


def _today() -> date:
    return now().astimezone(council_zone()).date()


# -- feeds and calendar


@bp.get("/feed.atom")
@access.public
def site() -> ResponseReturnValue:
    """What was decided lately, anywhere."""
    return _feed(_settings().service_name, "/feed.atom", "/", public_rounds(now()))


@bp.get("/wards/<gss>/feed.atom")
@access.public
def ward(gss: str) -> ResponseReturnValue:
    """What was decided lately in the rounds of a ward."""
    found = ward_by_gss(gss)
    return _feed(found.name, f"/wards/{gss}/feed.atom", f"/wards/{gss}", rounds_in_ward(found.id, now()))


@bp.get("/rounds/<slug>/feed.atom")
@access.public
def round(slug: str) -> ResponseReturnValue:
    """What was decided lately in a round."""
    found = round_by_slug(slug)
    return _feed(found.title, f"/rounds/{slug}/feed.atom", f"/rounds/{slug}", [found])


def _feed(title: str, address: str, page: str, rounds: Sequence[Round]) -> Response:
    feed = feeds.Feed(title, _site() + address, _site() + page, _settings().council_name)
    entries = feeds.entries_of(rounds)
    changed = entries[0].at if entries else None
    return as_data(feeds.atom_of(feed, entries, rounds, _site()), "application/atom+xml", changed_at=changed)


@bp.get("/rounds/<slug>/calendar.ics")
@access.public
def dates(slug: str) -> ResponseReturnValue:
    """A round's dates, to be subscribed to."""
    found = round_by_slug(slug)
    text = calendar.calendar_of(found, journal_of(found.id), promises(_today(), round_id=found.id), _site())
    return as_data(text, "text/calendar")


# -- living tables


@bp.get("/data/log.csv")
@access.public
def log() -> ResponseReturnValue:
    """Every promise as it stands today."""
    return _table(dictionary.LOG, living.log_rows(_today(), _site()))


@bp.get("/data/rounds/<slug>/timeline.csv")
@access.public
def timeline(slug: str) -> ResponseReturnValue:
    """The decision record of a round."""
    return _table(dictionary.TIMELINE, living.timeline_rows(round_by_slug(slug)))


@bp.get("/data/grants.csv")
@access.public
def grants() -> ResponseReturnValue:
    """The register of grants to community groups."""
    return _table(dictionary.GRANTS, living.grant_rows(_today(), _settings().council_name))


def _table(table: dictionary.Table, rows: Iterable[tables.Row]) -> Response:
    return as_data(tables.csv_of(table, rows), "text/csv", name=table.file)


@bp.get("/data/360giving.json")
@access.public
def giving() -> ResponseReturnValue:
    """The same grants by the 360Giving standard, once the council has a publisher prefix."""
    own = _settings()
    if not (own.grants_prefix and own.funder_id):
        raise NotFound
    given = living.grants_360(
        _today(), prefix=own.grants_prefix, funder=own.funder_id, council=own.council_name, site=own.base_url
    )
    if not given["grants"]:
        raise NotFound  # the standard has no file without grants
    return as_data(json_text(given), "application/json")


# -- cards on other sites


@bp.get("/embed/rounds/<slug>")
@access.public
def card(slug: str) -> ResponseReturnValue:
    """A round in a frame of another site: no cookie, no script."""
    found = cards.card_of(round_by_slug(slug), now())
    page = Response(render_template("opendata/card.html", card=found), mimetype="text/html")
    page.headers["Content-Security-Policy"] = CARD_POLICY
    return open_to_all(page)


@bp.get("/oembed")
@access.public
def oembed() -> ResponseReturnValue:
    """What oEmbed says of a round's page: `?url=` its address, `maxwidth`, `maxheight`, `format=json`."""
    if request.args.get("format", "json") != "json":
        return open_to_all(Response(_("Only format=json is spoken here."), status=501, mimetype="text/plain"))
    slug = cards.slug_in(request.args.get("url", "")[:300], _site())
    answer = cards.oembed_of(
        round_by_slug(slug),
        card=f"{_site()}{url_for('feeds.card', slug=slug)}",
        council=_settings().council_name,
        site=_site(),
        width=_largest("maxwidth"),
        height=_largest("maxheight"),
    )
    return open_to_all(jsonify(answer))


def _largest(name: str) -> int:
    """A positive number of pixels, or no limit when none can be read."""
    asked = request.args.get(name, "")
    return max(int(asked), 1) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else cards.WIDTH
