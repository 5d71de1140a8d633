"""Rung 4: proving who you are with your account at the council's sign-in service, and back to send the vote.

Coming back stores nothing: the browser carries the account's mark, sealed, until "Submit my vote" is pressed.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access, limits
from pb.core.db import let_go
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page
from pb.core.i18n import current_language
from pb.core.provider import PROVIDER_NAME, AnswerRefused, Provider, ProviderAway, provider
from pb.electorate.service import account_source, person_key, prove_account
from pb.rounds.choices import RUNG_OF_PROVIDER, RUNGS_WITH_LIST
from pb.voting import errand as errands
from pb.voting.errand import Errand
from pb.voting.forms import SendForm
from pb.voting.identity_routes import offering
from pb.voting.kiosk import kiosk
from pb.voting.routes import keep_nothing, not_now, put_in_ward, send, start_first
from pb.voting.visit import NotStarted, NotVotingNow, Visit, find_round, sending_visit, this_minute, visit_of

bp = Blueprint("voting_account", __name__, url_prefix="/ballot")
bp.after_request(keep_nothing)
bp.register_error_handler(NotStarted, start_first)
bp.register_error_handler(NotVotingNow, not_now)

TRIES = "120/10 minutes"
"""Journeys to the provider from one network: a library's people share an address."""


@bp.route("/<slug>/who/account", methods=["GET", "POST"])
@access.public
def account(slug: str) -> ResponseReturnValue:
    """The way to the sign-in service; after it, the button that sends the vote."""
    visit = offering(sending_visit(slug), RUNG_OF_PROVIDER)
    form, mark = SendForm(key=secrets.token_hex(16)), errands.account_for(slug)
    problem: Refusal | None = None
    if mark and form.validate_on_submit():
        try:
            return _prove_and_send(visit, mark, form.key.data)
        except Refusal as refusal:
            problem = refusal
    return _page(visit, form, is_signed_in=mark is not None, problem=problem)


def _page(visit: Visit, form: SendForm, *, is_signed_in: bool, problem: Refusal | None = None) -> Response:
    return render_page(
        "voting/account.html",
        visit=visit,
        form=form,
        is_signed_in=is_signed_in,
        problem=problem,
        provider_name=str(PROVIDER_NAME),
        status=problem.status if problem else 200,
    )


def _prove_and_send(visit: Visit, mark: bytes, key: str) -> Response:
    entitlement = prove_account(
        round_id=visit.round.id,
        key=mark,
        ward_id=visit.draft.ward_id,
        only_listed=visit.round.identity_rung in RUNGS_WITH_LIST,
    )
    known = visit.proven(entitlement.id)
    if (put := put_in_ward(known, entitlement)) is not None:
        return put
    response = send(known, key, known.draft.version)
    return errands.forget(response) if response.status_code < 400 else response


@bp.get("/<slug>/who/account/go")
@access.public
def go(slug: str) -> ResponseReturnValue:
    """To the sign-in service. On a shared screen nobody is sent there: it would stay signed in for the next person."""
    visit = offering(visit_of(slug), RUNG_OF_PROVIDER)
    if kiosk():
        return go_to(url_for("voting_account.account", slug=slug))
    language = current_language()
    try:
        limits.spend("sign-in service", TRIES, limits.caller_network())
        ours = _provider()
        with let_go():
            address, question = ours.ask(back_to=_back_to(), language=language)
    except Refusal as refusal:
        return _page(visit, SendForm(), is_signed_in=False, problem=refusal)
    until = this_minute() + errands.LIVES_MINUTES
    errand = Errand(slug, language, until, question.state, question.nonce, question.verifier)
    return errands.keep(go_to(address), errand)


@bp.get("/account/back")
@access.public
def back() -> ResponseReturnValue:
    """The one address that the sign-in service sends people back to."""
    errand = errands.read()
    if errand is None or not errand.state:
        return _lost(AnswerRefused("no question"))
    try:
        ours = _provider()
        round_id = find_round(errand.slug).id
        with let_go():
            subject = ours.subject_of(request.args.to_dict(), errand.question, back_to=_back_to())
    except Refusal as refusal:
        return errands.forget(_lost(refusal, errand))
    mark = person_key(round_id, account_source(ours.settings.issuer, subject)).hex()
    known = Errand(errand.slug, errand.language, this_minute() + errands.LIVES_MINUTES, account=mark)
    return errands.keep(go_to(_address(errand, "voting_account.account")), known)


def _provider() -> Provider:
    """Raises: ProviderAway where the settings name none any more."""
    found = provider()
    if found is None:
        raise ProviderAway
    return found


def _back_to() -> str:
    """Registered with the provider, so the same in every language, and built from the configured origin."""
    origin: str = current_app.extensions["settings"].base_url
    return f"{origin}/ballot/account/back"


def _address(errand: Errand, endpoint: str) -> str:
    """A page of the errand's round, in the language the voter left in."""
    settings = current_app.extensions["settings"]
    prefix = f"/{errand.language}" if errand.language in settings.languages[1:] else ""
    return prefix + url_for(endpoint, slug=errand.slug)


def _lost(refusal: Refusal, errand: Errand | None = None) -> Response:
    """Nobody came back signed in: what happened, and ways on."""
    again = _address(errand, "voting_account.account") if errand else None
    review = _address(errand, "voting.review") if errand else None
    return render_page("voting/account_lost.html", refusal=refusal, again=again, review=review, status=refusal.status)
