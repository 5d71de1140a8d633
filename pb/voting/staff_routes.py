"""The vote's desk: freeze the ballot, watch turnout, close, open the box. Nobody sees a pick here before that."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.core import access, slots
from pb.core.actor import Actor, Role, current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.proposals.queries import ballot_candidates
from pb.rounds.models import Round
from pb.rounds.phases import dates_of, voting_window
from pb.rounds.queries import round_by_slug
from pb.voting import closing
from pb.voting.models import Contest
from pb.voting.queries import contests_to_act_on, last_moment, set_aside, turnout_by_channel, turnout_of

bp = Blueprint("voting_staff", __name__, url_prefix="/staff/rounds/<slug>/vote")
DESK = (Role.OFFICER, Role.RETURNING_OFFICER)


@dataclass(frozen=True)
class Desk:
    """Where the vote of a round stands. `stage`: unfrozen, waiting, open, over, closed or unsealed."""

    round: Round
    contest: Contest | None
    stage: str
    turnout: int
    channels: list[tuple[str, int]]
    aside: list[tuple[str, int]]


def desk_of(round: Round) -> Desk:
    contest = session().get(Contest, round.id)
    return Desk(
        round=round,
        contest=contest,
        stage=_stage(round, contest),
        turnout=turnout_of(round.id),
        channels=turnout_by_channel(round.id),
        aside=set_aside(round.id),
    )


def _stage(round: Round, contest: Contest | None) -> str:
    if contest is None:
        return "unfrozen"
    if contest.state in ("closed", "unsealed"):
        return contest.state
    if now() < voting_window(round).opens_at:
        return "waiting"
    return "open" if now() < last_moment(round) else "over"


def _show(round: Round, refusal: Refusal | None = None) -> ResponseReturnValue:
    status = refusal.status if refusal else 200
    return render_page(
        "voting/desk.html", desk=desk_of(round), dates=dates_of(round), refusal=refusal, form=Form(), status=status
    )


@bp.get("")
@access.staff(*DESK)
def desk(slug: str) -> ResponseReturnValue:
    """Where the vote stands, and the one thing to do next."""
    return _show(round_by_slug(slug, viewer=current_actor()))


@bp.route("/freeze", methods=["GET", "POST"])
@access.staff(*DESK)
def freeze(slug: str) -> ResponseReturnValue:
    """Publish the ballot, after a page that lists what nobody can change then."""
    round = round_by_slug(slug, viewer=current_actor())
    form = Form()
    if form.validate_on_submit():
        try:
            closing.freeze_round(round, by=current_actor(), now=now())
            flash(_("The ballot is published. Nothing on it changes now."), "good")
            return go_to(url_for("voting_staff.desk", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    candidates = [] if round.frozen_at else ballot_candidates(round)
    status = 422 if form.errors else 200
    return render_page("voting/freeze.html", round=round, candidates=candidates, form=form, status=status)


@bp.post("/close")
@access.staff(*DESK)
def close(slug: str) -> ResponseReturnValue:
    """Close the vote, after its last moment."""
    round = round_by_slug(slug, viewer=current_actor())
    try:
        closing.close_now(round.id, by=current_actor(), now=now())
    except Refusal as refusal:
        return _show(round_by_slug(slug, viewer=current_actor()), refusal)
    flash(_("Voting is closed. Names and votes are separated."), "good")
    return go_to(url_for("voting_staff.desk", slug=slug))


@bp.post("/open")
@access.staff(*DESK)
def open_box(slug: str) -> ResponseReturnValue:
    """Open the box."""
    round = round_by_slug(slug, viewer=current_actor())
    try:
        closing.open_box(round, by=current_actor(), now=now())
    except Refusal as refusal:
        return _show(round, refusal)
    flash(_("The box is open."), "good")
    return go_to(url_for("voting_staff.desk", slug=slug))


def waiting(*, viewer: Actor) -> list[Waiting]:
    """Votes that can be closed or opened now."""
    if not viewer.has(*DESK):
        return []
    lines = []
    for round, state in contests_to_act_on():
        url = url_for("voting_staff.desk", slug=round.slug)
        since = last_moment(round)
        if state == "closed":
            lines.append(Waiting(_("Open the box: %(round)s", round=round.title), url, 1, since))
        elif now() >= since:
            lines.append(Waiting(_("Close the vote: %(round)s", round=round.title), url, 1, since))
    return lines


def on_setup(*, round: Round, **_facts: object) -> str:
    """The way from a round's set-up to its vote."""
    return render_template("voting/_on_setup.html", round=round)


def init_app(app: Flask) -> None:
    slots.fill(app, "staff.waiting", waiting)
    slots.fill(app, "setup.actions", on_setup, order=30)
