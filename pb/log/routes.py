"""The public log: all promises with their numbers, and one entry with its history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import council_zone, now
from pb.core.htmx import render_page
from pb.discussion.routes import section
from pb.log import as_json, elsewhere, queries, service, talk, words
from pb.log.listing import Filter, listing, matches
from pb.log.models import LogEntry
from pb.log.queries import Promise

bp = Blueprint("log", __name__)


@bp.get("/log")
@access.public
def index() -> ResponseReturnValue:
    """Every promise, overdue ones first, with filters by status, ward and round."""
    shown = listing(Filter.from_query(request.args), now())
    return render_page("log/index.html", "log/_list.html", listing=shown, words=words)


@bp.get("/log.json")
@access.public
def index_json() -> ResponseReturnValue:
    """Every promise, for machines; the same filters."""
    return jsonify([as_json.brief(promise) for promise in matches(Filter.from_query(request.args), now())])


@bp.get("/log/<reference>.json")
@access.public
def entry_json(reference: str) -> ResponseReturnValue:
    """One promise, for machines."""
    return jsonify(as_json.whole(_promise(reference)))


def _promise(reference: str) -> Promise:
    """Raises: NotFound"""
    found = queries.entry_by_reference(reference)
    return Promise(found, found.current, now().astimezone(council_zone()).date())


@bp.get("/log/<reference>")
@access.public
def entry(reference: str) -> ResponseReturnValue:
    """One promise: the question, what was said, what each did, the deal, the money, what is next."""
    promise = _promise(reference)
    found = promise.entry
    may_edit = current_actor().has(*service.KEEPERS)
    context: dict[str, Any] = {
        "promise": promise,
        "entry": found,
        "version": found.current,
        "words": words,
        "may_edit": may_edit,
        "talk": section(talk.host_of(found)),
    }
    return render_page("log/entry.html", **context, **_links(found))


def _links(entry: LogEntry) -> dict[str, Any]:
    """Where the promise came from: its project and why it was funded."""
    if entry.project is None or entry.round is None:
        return {"why_url": None, "project_url": None}
    where: dict[str, Any] = {"slug": entry.round.slug, "code": entry.project.code}
    return {"why_url": url_for("results.why", **where), "project_url": url_for("proposals.show", **where)}


def init_app(app: Flask) -> None:
    elsewhere.init_app(app)
