"""The public record of moderation: how much, why, how fast, and what appeals changed."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Flask, jsonify, url_for
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.htmx import render_page
from pb.discussion import election, moderation_record
from pb.discussion.reasons import ACTIONS, REASONS
from pb.rounds.queries import round_by_slug

bp = Blueprint("moderation_record", __name__)


@bp.get("/moderation-record")
@access.public
def council() -> ResponseReturnValue:
    """All rounds together."""
    return _page(None, None, url_for("moderation_record.council_json"))


@bp.get("/rounds/<slug>/moderation-record")
@access.public
def of_round(slug: str) -> ResponseReturnValue:
    """One round."""
    round = round_by_slug(slug, viewer=current_actor())
    return _page(round, round.id, url_for("moderation_record.of_round_json", slug=slug))


@bp.get("/moderation-record.json")
@access.public
def council_json() -> ResponseReturnValue:
    """All rounds together, for machines."""
    return jsonify(asdict(moderation_record.record_of(None)))


@bp.get("/rounds/<slug>/moderation-record.json")
@access.public
def of_round_json(slug: str) -> ResponseReturnValue:
    """One round, for machines; waits in seconds."""
    round = round_by_slug(slug, viewer=current_actor())
    return jsonify(asdict(moderation_record.record_of(round.id)))


def _page(round: object, round_id: int | None, twin: str) -> ResponseReturnValue:
    return render_page(
        "discussion/record.html",
        round=round,
        record=moderation_record.record_of(round_id),
        actions=ACTIONS,
        reasons=REASONS,
        twin=twin,
        before_election=election.is_on(round_id, now()),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
