"""The public pages of rounds, and their JSON twins. The phase is judged anew at each request."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.errors import NotFound
from pb.core.htmx import render_page
from pb.core.paging import page_of
from pb.journal.queries import count_of, timeline_of
from pb.rounds import as_json, record, words
from pb.rounds.models import Round
from pb.rounds.phases import dates_of, on_shelves, phase_of
from pb.rounds.queries import public_rounds, round_by_slug, wards_of

bp = Blueprint("rounds", __name__)
ENTRIES_A_PAGE = 20


def _round(slug: str) -> Round:
    return round_by_slug(slug, viewer=current_actor())


@bp.get("/rounds")
@access.public
def index() -> ResponseReturnValue:
    """All public rounds: open, coming, being counted, finished."""
    rounds = public_rounds(now())
    shown = {round.id: words.standing(round, now()) for round in rounds}
    return render_page("rounds/index.html", shelves=on_shelves(rounds, now()), standings=shown)


@bp.get("/rounds.json")
@access.public
def index_json() -> ResponseReturnValue:
    """All public rounds, newest first, for machines."""
    return jsonify([as_json.brief(round, now()) for round in public_rounds(now())])


@bp.get("/rounds/<slug>")
@access.public
def show(slug: str) -> ResponseReturnValue:
    """One round: what can be done now, the problem, the money, who decides, what comes next. A draft shows to staff."""
    round = _round(slug)
    return render_page(
        "rounds/show.html",
        round=round,
        phase=phase_of(round, now()),
        standing=words.standing(round, now()),
        dates=words.date_lines(round, now()),
        wards=wards_of(round) if round.wards else [],
        words=words,
    )


@bp.get("/rounds/<slug>.json")
@access.public
def show_json(slug: str) -> ResponseReturnValue:
    """One round, for machines."""
    return jsonify(as_json.whole(_round(slug), now()))


@bp.get("/rounds/<slug>/how")
@access.public
def how(slug: str) -> ResponseReturnValue:
    """How the count works, published before voting."""
    round = _round(slug)
    return render_page("rounds/how.html", round=round, words=words, dates=dates_of(round))


@bp.get("/rounds/<slug>/ballot.json")
@access.public
def frozen(slug: str) -> ResponseReturnValue:
    """The frozen ballot, byte for byte as it was hashed."""
    round = _round(slug)
    if round.frozen_json is None:
        raise NotFound
    return current_app.response_class(round.frozen_json, mimetype="application/json")


@bp.get("/rounds/<slug>/timeline")
@access.public
def timeline(slug: str) -> ResponseReturnValue:
    """The decision record of a round, newest first."""
    round = _round(slug)
    paging = page_of(request.args, total=count_of(round.id), per_page=ENTRIES_A_PAGE)
    entries = timeline_of(round.id, page=paging.number, per_page=ENTRIES_A_PAGE)
    return render_page("rounds/timeline.html", round=round, entries=entries, paging=paging, record=record)


@bp.get("/rounds/<slug>/timeline.json")
@access.public
def timeline_json(slug: str) -> ResponseReturnValue:
    """The decision record, for machines: newest first, 100 a page."""
    round = _round(slug)
    paging = page_of(request.args, total=count_of(round.id), per_page=100)
    entries = timeline_of(round.id, page=paging.number, per_page=100)
    return jsonify(total=paging.total, page=paging.number, entries=[as_json.entry(one) for one in entries])
