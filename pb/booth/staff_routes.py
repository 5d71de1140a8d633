"""A helper makes somebody's vote with them: beside them or on the phone. Nobody shares a login for it."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from pb.booth import service
from pb.booth.forms import HelpForm
from pb.core import access, slots
from pb.core.actor import Role, current_actor
from pb.core.clock import now
from pb.core.db import only_read
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.rounds.queries import pots_for, wards_of
from pb.voting.draft import Draft
from pb.voting.visit import forget_draft, keep, open_round, this_minute

bp = Blueprint("booth_staff", __name__, url_prefix="/assist")
HELPERS = (Role.OFFICER, Role.RETURNING_OFFICER)
HELP_LASTS_MINUTES = 120


@bp.route("/<slug>", methods=["GET", "POST"])
@access.staff(*HELPERS)
def start(slug: str) -> ResponseReturnValue:
    """Who is helped, how, and the words of consent; then their ballot."""
    round = open_round(slug)
    form = HelpForm()
    form.ask_for(round)
    form.offer([ward for ward in wards_of(round) if pots_for(round, ward.id)])
    if form.validate_on_submit():
        try:
            person = form.resolve(round, form.ward_id)
            until = this_minute() + HELP_LASTS_MINUTES
            draft = Draft(ward_id=form.ward_id, helped=form.how.data, entitlement_id=person.id, proven_until=until)
            return keep(go_to(url_for("voting.ballot", slug=slug)), round, draft)
        except Refusal as refusal:
            form.refuse(refusal)
    response = render_page("booth/assist.html", round=round, form=form, status=form.answer_status)
    return forget_draft(response, round)


@bp.post("/<slug>/next")
@access.staff(*HELPERS)
def next_person(slug: str) -> ResponseReturnValue:
    """Forget this voter's picks and reference, and begin with the next."""
    only_read()
    return forget_draft(go_to(url_for("booth_staff.start", slug=slug)), open_round(slug))


def helped_vote_cast(*, round: Round, how: str) -> None:
    """The ballot's pages tell of a helped vote in the transaction that stores it."""
    service.note_help(round, how=how, by=current_actor(), now=now())


def on_vote_desk(*, round: Round, stage: str, **_facts: object) -> str:
    """The way from the vote's desk to helping, while voting is open."""
    if stage != "open" or phase_of(round, now()) is not Phase.VOTING:
        return ""
    return render_template("booth/_on_vote_desk.html", round=round)


def init_app(app: Flask) -> None:
    slots.fill(app, "vote.helped", helped_vote_cast)
    slots.fill(app, "vote.next", on_vote_desk, order=20)
