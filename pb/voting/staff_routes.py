"""The vote's desk: freeze the ballot, watch turnout, close, ask to open the box; and the page of its key.

Nobody sees a pick here before the box is open, and nobody opens it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Flask, current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.approvals.models import ApprovalRequest
from pb.approvals.queries import waiting_in
from pb.core import access, slots
from pb.core.actor import Actor, current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import Refusal
from pb.core.filters import day
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.proposals.queries import ballot_candidates
from pb.rounds.models import Round
from pb.rounds.phases import dates_of, voting_window
from pb.rounds.queries import round_by_slug
from pb.voting import closing, custody, key_end, opening, publishing, wrapping
from pb.voting.closing import DESK
from pb.voting.forms import DestroyKeyForm, KeepKeyForm
from pb.voting.models import Contest, KeyCeremony
from pb.voting.queries import contests_to_act_on, last_moment, set_aside, turnout_by_channel, turnout_of

bp = Blueprint("voting_staff", __name__, url_prefix="/staff/rounds/<slug>/vote")


@dataclass(frozen=True)
class Desk:
    """Where the vote of a round stands. `stage`: unfrozen, waiting, open, over, closed or unsealed."""

    round: Round
    contest: Contest | None
    stage: str
    turnout: int
    channels: list[tuple[str, int]]
    aside: list[tuple[str, int]]
    to_agree: Sequence[ApprovalRequest]

    @property
    def key_words(self) -> str:
        """Where the key is in its life, in a few words."""
        if self.contest is None:
            return ""
        if self.contest.key_destroyed_at:
            return str(_("destroyed on %(day)s", day=day(self.contest.key_destroyed_at)))
        ends = key_end.day_of_destruction(self.round, self.contest, days=_days())
        return str(_("kept until %(day)s", day=day(ends)) if ends else _("kept; it ends some weeks after the results"))


def desk_of(round: Round) -> Desk:
    contest = session().get(Contest, round.id)
    return Desk(
        round=round,
        contest=contest,
        stage=_stage(round, contest),
        turnout=turnout_of(round.id),
        channels=turnout_by_channel(round.id),
        aside=set_aside(round.id),
        to_agree=waiting_in(round.id, now()),
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
    """Ask a second person to publish the ballot, on a page that lists what nobody can change then."""
    round = round_by_slug(slug, viewer=current_actor())
    form = Form()
    if form.validate_on_submit():
        try:
            here = url_for("voting_staff.freeze", slug=slug)
            publishing.ask_to_freeze(round, look_at=here, by=current_actor(), now=now())
            flash(_("You asked to publish the ballot. Another person must agree."), "good")
            return go_to(url_for("voting_staff.desk", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    candidates = [] if round.frozen_at else ballot_candidates(round)
    status = 422 if form.errors else 200
    asked = waiting_in(round.id, now(), "ballot.freeze")
    return render_page("voting/freeze.html", round=round, candidates=candidates, asked=asked, form=form, status=status)


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
    """Ask a second person to open the box (mode S1; in mode S2 two holders open it at the terminal)."""
    round = round_by_slug(slug, viewer=current_actor())
    try:
        opening.ask_to_open(round, by=current_actor(), now=now())
    except Refusal as refusal:
        return _show(round, refusal)
    flash(_("You asked to open the box. Another person must agree."), "good")
    return go_to(url_for("voting_staff.desk", slug=slug))


# The key ------------------------------------------------------------------------------------------------------------


@bp.get("/key")
@access.staff(*DESK)
def key(slug: str) -> ResponseReturnValue:
    """Who can open the box, and when the key ends."""
    return _key_page(round_by_slug(slug, viewer=current_actor()))


@bp.post("/key/keep")
@access.staff(*DESK)
def keep_key(slug: str) -> ResponseReturnValue:
    """Ask a second person to keep the key past its day."""
    round, form = round_by_slug(slug, viewer=current_actor()), KeepKeyForm()
    until = form.until.data or now()
    act = partial(key_end.ask_to_keep, round, until=until, reason=form.reason.data or "", days=_days())
    return _asked(round, form, act, {"keep": form})


@bp.post("/key/destroy")
@access.staff(*DESK)
def destroy_key(slug: str) -> ResponseReturnValue:
    """Ask a second person to destroy the key before its day."""
    round, form = round_by_slug(slug, viewer=current_actor()), DestroyKeyForm()
    return _asked(round, form, partial(key_end.ask_to_destroy, round, reason=form.why.data or ""), {"destroy": form})


def _asked(round: Round, form: Form, act: Callable[..., object], shown: dict[str, Form]) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _key_page(round, form, **shown)
    try:
        act(by=current_actor(), now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _key_page(round, form, **shown)
    flash(_("You asked for it. Another person must agree."), "good")
    return go_to(url_for("voting_staff.key", slug=round.slug))


def _key_page(round: Round, form: Form | None = None, **shown: Form) -> ResponseReturnValue:
    contest, made = session().get(Contest, round.id), session().get(KeyCeremony, round.id)
    public = contest.seal_public_key if contest else made.public_key if made else None
    forms = {"keep": KeepKeyForm(formdata=None), "destroy": DestroyKeyForm(formdata=None)} | shown
    return render_page(
        "voting/key.html",
        round=round,
        contest=contest,
        made=made,
        offices=[holder.office for holder in custody.holders_of(made)] if made else [],
        fingerprint=wrapping.fingerprint(public) if public else "",
        ends_at=key_end.day_of_destruction(round, contest, days=_days()) if contest else None,
        to_agree=waiting_in(round.id, now(), "key.keep", "key.destroy"),
        form=form,
        **forms,
        status=form.answer_status if form else 200,
    )


def _days() -> int:
    days: int = current_app.extensions["settings"].challenge_days
    return days


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
