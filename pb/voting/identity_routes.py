"""Proving who you are in other ways than by e-mail: the choice between ways, and the code from a letter."""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from pb.core import access, limits
from pb.core.clock import council_zone, now
from pb.core.errors import NotFound, Refusal
from pb.core.htmx import go_to, render_page
from pb.electorate.errors import SlowDown
from pb.electorate.facts import ALWAYS
from pb.electorate.listed import send_code_by_facts
from pb.electorate.posted import prove_code
from pb.electorate.queries import roll_of
from pb.rounds.choices import RUNG_OF_PROVIDER
from pb.voting.forms import FactsForm, LetterForm
from pb.voting.kiosk import kiosk
from pb.voting.routes import keep_nothing, not_now, put_in_ward, send, start_first
from pb.voting.visit import NotStarted, NotVotingNow, Visit, keep, sending_visit, visit_of
from pb.voting.ways import ways

bp = Blueprint("voting_identity", __name__, url_prefix="/ballot")
bp.after_request(keep_nothing)
bp.register_error_handler(NotStarted, start_first)
bp.register_error_handler(NotVotingNow, not_now)


def offering(visit: Visit, rung: int) -> Visit:
    """Raises: NotFound where the round does not offer this way."""
    if rung not in visit.round.rungs:
        raise NotFound
    return visit


@bp.get("/<slug>/who/choose")
@access.public
def choose(slug: str) -> ResponseReturnValue:
    """How do you want to prove who you are? All ways lead to one vote."""
    visit = visit_of(slug)
    rungs = [rung for rung in visit.round.rungs if not (kiosk() and rung == RUNG_OF_PROVIDER)]
    return render_page("voting/choose.html", visit=visit, ways=ways(rungs))


@bp.route("/<slug>/who/letter", methods=["GET", "POST"])
@access.public
def letter(slug: str) -> ResponseReturnValue:
    """Type the code from the letter, submit the vote: one transaction proves, seals and stores."""
    visit = offering(sending_visit(slug), 2)
    form = LetterForm(key=secrets.token_hex(16))
    if form.validate_on_submit():
        try:
            return _prove_and_send(visit, form)
        except SlowDown as slow:
            form.ticket.data = slow.ticket
            form.refuse(slow)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("voting/letter.html", visit=visit, form=form, status=form.answer_status)


@bp.route("/<slug>/who/details", methods=["GET", "POST"])
@access.public
def details(slug: str) -> ResponseReturnValue:
    """Say who you are, and a code goes to the address the list has. Every answer leads to the same page."""
    visit = offering(visit_of(slug), 3)
    roll = roll_of(visit.round.id)
    form = FactsForm.asking(roll.asks_for if roll else ALWAYS)
    if form.validate_on_submit() and (said := form.said(now().astimezone(council_zone()).date())) is not None:
        try:
            proof = send_code_by_facts(
                round_id=visit.round.id,
                round_title=visit.round.title,
                said=said,
                network=limits.caller_network(),
                now=now(),
            )
            draft = replace(visit.draft, mailbox="", proof=proof)
            return keep(go_to(url_for("voting.code", slug=slug)), visit.round, draft)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("voting/details.html", visit=visit, form=form, status=form.answer_status)


def _prove_and_send(visit: Visit, form: LetterForm) -> Response:
    entitlement = prove_code(
        round_id=visit.round.id,
        typed=form.code.data,
        network=limits.caller_network(),
        browser=visit.draft.token,
        ticket=form.ticket.data or "",
        now=now(),
    )
    known = visit.proven(entitlement.id)
    return put_in_ward(known, entitlement) or send(known, form.key.data, known.draft.version)
