"""The quick board of a round: one statement at a time, and what the answers say."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.core import access, slots
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.core.htmx import go_to, render_page
from pb.core.i18n import current_language
from pb.discussion import board
from pb.discussion.forms import EmptyForm, StatementForm
from pb.discussion.hosts import TALK_IS_OVER
from pb.discussion.models import Statement
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.rounds.queries import round_by_slug

bp = Blueprint("board", __name__)
ANSWERS = {"agree": 1, "disagree": -1, "pass": 0}


@bp.get("/rounds/<slug>/board")
@access.public
def show(slug: str) -> ResponseReturnValue:
    """The next statement to answer, what most people agree on and what splits them."""
    round = round_by_slug(slug, viewer=current_actor())
    return render_page(
        "discussion/board.html",
        "discussion/_board_next.html",
        round=round,
        statement=board.next_statement(round, current_actor()),
        picture=board.picture(round),
        is_open=phase_of(round, now()) not in TALK_IS_OVER,
    )


@bp.get("/rounds/<slug>/board/groups")
@access.public
def groups(slug: str) -> ResponseReturnValue:
    """The opinion groups, once enough people have answered enough."""
    round = round_by_slug(slug, viewer=current_actor())
    return render_page("discussion/groups.html", round=round, groups=board.groups(round))


@bp.post("/rounds/<slug>/board/<int:statement_id>")
@access.signed_in
def answer(slug: str, statement_id: int) -> ResponseReturnValue:
    """Agree, disagree or pass; then the next one."""
    round = round_by_slug(slug, viewer=current_actor())
    statement = session().get(Statement, statement_id)
    if statement is None or statement.round_id != round.id or not EmptyForm().validate_on_submit():
        raise NotFound
    board.answer_statement(statement, answer=ANSWERS.get(request.form.get("answer", ""), 2), by=current_actor())
    return go_to(url_for("board.show", slug=slug))


@bp.route("/rounds/<slug>/board/new", methods=["GET", "POST"])
@access.signed_in
def new(slug: str) -> ResponseReturnValue:
    """Add a statement."""
    round = round_by_slug(slug, viewer=current_actor())
    form = StatementForm()
    if form.validate_on_submit():
        try:
            words, language = form.text.data or "", current_language()
            made = board.add_statement(round, text=words, language=language, by=current_actor(), now=now())
            held = _("Thank you. Somebody reads it first, then it is on the board.")
            flash(held if made.state == "held" else _("Thank you. It is on the board."), "good")
            return go_to(url_for("board.show", slug=slug))
        except Refusal as error:
            form.refuse(error)
    return render_page("discussion/statement_new.html", round=round, form=form, status=form.answer_status)


def _on_round(*, round: Round, phase: Phase, **_facts: object) -> str:
    if phase is Phase.DRAFT or round.imported_from:
        return ""
    return render_template("discussion/_on_round.html", round=round)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    slots.fill(app, "round.sections", _on_round, order=60)
