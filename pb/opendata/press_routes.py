"""The journalist's page of a round."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.clock import now
from pb.core.htmx import render_page
from pb.opendata import press, queries
from pb.results import sentences
from pb.results import words as results_words
from pb.results.page import results_of
from pb.rounds import record
from pb.rounds.queries import round_by_slug

bp = Blueprint("press", __name__)


@bp.get("/rounds/<slug>/press")
@access.public
def page(slug: str) -> ResponseReturnValue:
    """What won, what nearly won, who decided, what changed since, with links to cite; before publication, when."""
    round = round_by_slug(slug)
    results = results_of(round)
    if results is None:
        return render_page("opendata/press_waiting.html", round=round, embargo=press.embargo_of(round, now()))
    assert results.publication
    return render_page(
        "opendata/press.html",
        round=round,
        results=results,
        whole=results.whole,
        say=results.say,
        changes=press.changes_of(results),
        files={file.name for file in queries.files_of(results.publication.id)},
        sentences=sentences,
        words=results_words,
        record=record,
        site=current_app.extensions["settings"].base_url,
    )
