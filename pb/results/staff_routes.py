"""The count desk (A7): count, count again, certify by two, publish, record the council's decision."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from pb.core import access
from pb.core.actor import Role, current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page
from pb.results import correcting, decisions, desk_words, jobs, queries, sentences, service, words
from pb.results.desk import Desk, desk_of
from pb.results.forms import DecisionForm, PublishForm, RehearsalForm, SeenForm
from pb.results.rehearsal import Rehearsal, rehearse
from pb.rounds.models import Round
from pb.rounds.queries import round_by_slug

bp = Blueprint("results_staff", __name__)
DUTY = (Role.OFFICER, Role.RETURNING_OFFICER)


@bp.get("/staff/rounds/<slug>/count")
@access.staff(*DUTY)
def desk(slug: str) -> ResponseReturnValue:
    """Where the count stands and what comes next. While a count runs the page renews itself."""
    return _page(_round(slug))


@bp.post("/staff/rounds/<slug>/count")
@access.staff(*DUTY)
def count(slug: str) -> ResponseReturnValue:
    """Count the opened ballots: at once when they are few, beside the request when they are many."""
    round = _round(slug)
    try:
        if queries.number_of_ballots(round) > jobs.INLINE:
            jobs.begin(round, purpose="official", by=current_actor(), now=now())
        else:
            service.count_round(round, by=current_actor(), now=now())
            jobs.begin_study(round, by=current_actor(), now=now())
            flash(_("The votes are counted. Nothing is public yet."))
    except Refusal as refusal:
        return _page(round, refusal=refusal)
    return _back(slug)


@bp.post("/staff/rounds/<slug>/count/again")
@access.staff(*DUTY)
def recount(slug: str) -> ResponseReturnValue:
    """Count again and say whether the result is the same, byte for byte."""
    round = _round(slug)
    try:
        if queries.number_of_ballots(round) > jobs.INLINE:
            jobs.begin(round, purpose="recount", by=current_actor(), now=now())
        else:
            again = service.recount(round, by=current_actor(), now=now())
            flash(sentences.counted_again(is_same=again.is_same), "good" if again.is_same else "bad")
    except Refusal as refusal:
        return _page(round, refusal=refusal)
    return _back(slug)


@bp.post("/staff/rounds/<slug>/count/study")
@access.staff(*DUTY)
def study(slug: str) -> ResponseReturnValue:
    """Go on comparing and explaining the count, beside the request."""
    round = _round(slug)
    if queries.official_counts(round.id):
        jobs.begin_study(round, by=current_actor(), now=now())
    return _back(slug)


@bp.post("/staff/rounds/<slug>/count/files")
@access.staff(*DUTY)
def files(slug: str) -> ResponseReturnValue:
    """Make the files of many ballots, beside the request, so that publishing them is quick."""
    round = _round(slug)
    if queries.official_counts(round.id):
        jobs.begin_files(round, by=current_actor(), now=now())
    return _back(slug)


@bp.get("/staff/rounds/<slug>/count/rehearsal")
@access.staff(*DUTY)
def rehearsal(slug: str) -> ResponseReturnValue:
    """Try the count with made-up votes, before there are real ones. Nothing is kept."""
    round, form = _round(slug), RehearsalForm(request.args)
    if not form.validate():
        return _rehearsal_page(round, form, status=422)
    try:
        found = rehearse(round, ballots=form.ballots.data, start=form.start.data)
    except Refusal as refusal:
        return _page(round, refusal=refusal)
    return _rehearsal_page(round, form, rehearsal=found)


@bp.post("/staff/rounds/<slug>/count/certify")
@access.staff(*DUTY)
def certify(slug: str) -> ResponseReturnValue:
    """Give one's word for the count on the page."""
    round, form = _round(slug), SeenForm()
    try:
        service.certify(round, by=current_actor(), now=now(), seen=form.seen.data or None)
        jobs.begin_what_is_left(round, by=current_actor(), now=now())
    except Refusal as refusal:
        return _page(round, refusal=refusal)
    flash(_("You have certified this count."))
    return _back(slug)


@bp.route("/staff/rounds/<slug>/count/publish", methods=["GET", "POST"])
@access.staff(*DUTY)
def publish(slug: str) -> ResponseReturnValue:
    """Look once more at what everybody will read, then publish it."""
    round, form = _round(slug), PublishForm()
    if not form.validate_on_submit():
        return _confirmation(round, form)
    try:
        sent: dict[str, Any] = {"version": form.version.data, "seen": form.seen.data or None}
        sent |= {"note": form.note.data or "", "by": current_actor(), "now": now()}
        if correcting.is_correction(round):
            correcting.ask_to_correct(round, **sent)
            flash(_("You asked to correct the result. Another person must agree."), "good")
            return _back(slug)
        service.publish(round, **sent)
        jobs.begin_what_is_left(round, by=current_actor(), now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _confirmation(round, form, status=refusal.status)
    flash(_("The results are public."))
    return go_to(url_for("results.overview", slug=slug))


@bp.route("/staff/rounds/<slug>/count/decision", methods=["GET", "POST"])
@access.staff(*DUTY)
def decision(slug: str) -> ResponseReturnValue:
    """Record what the council decided, as a step of its own."""
    round, form = _round(slug), DecisionForm()
    shown = desk_of(round, current_actor(), now())
    form.project.choices = [SelectChoice(*choice) for choice in (("", _("Choose a project")), *shown.project_choices)]
    if not form.validate_on_submit():
        return _decision_page(shown, form, status=422 if form.errors else 200)
    try:
        _decide(round, shown, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _decision_page(shown, form, status=refusal.status)
    flash(_("The decision is on the results page."))
    return _back(slug)


def _decide(round: Round, shown: Desk, form: DecisionForm) -> None:
    said = form.agreed.data
    project, by_count = (None, None) if said == "yes" else shown.as_counted(form.project.data)
    decisions.decide(
        round,
        decided_by=form.decided_by.data,
        is_agreed=said != "no",
        reason=form.reason.data or "",
        project=project,
        funds=not by_count if said == "no" else by_count,
        by=current_actor(),
        now=now(),
    )


def _round(slug: str) -> Round:
    return round_by_slug(slug, viewer=current_actor())


def _page(round: Round, *, refusal: Refusal | None = None) -> ResponseReturnValue:
    shown = desk_of(round, current_actor(), now())
    status = refusal.status if refusal else 200
    context = {"desk": shown, "round": round, "refusal": refusal, "sentences": sentences, "words": words}
    context["desk_words"] = desk_words
    return render_page("results/desk.html", "results/_desk.html", status=status, **context)


def _confirmation(round: Round, form: PublishForm, *, status: int = 200) -> ResponseReturnValue:
    shown = desk_of(round, current_actor(), now())
    if shown.results is None or not shown.is_certified:
        return go_to(url_for("results_staff.desk", slug=round.slug))
    status = 422 if form.errors and status == 200 else status
    return render_page(
        "results/publish.html", status=status, desk=shown, round=round, form=form, sentences=sentences, words=words
    )


def _rehearsal_page(
    round: Round, form: RehearsalForm, *, rehearsal: Rehearsal | None = None, status: int = 200
) -> ResponseReturnValue:
    return render_page(
        "results/rehearsal.html",
        status=status,
        round=round,
        form=form,
        rehearsal=rehearsal,
        say=words.say_for(round),
        sentences=sentences,
        words=words,
    )


def _decision_page(shown: Desk, form: DecisionForm, *, status: int = 200) -> ResponseReturnValue:
    return render_page("results/decision.html", status=status, desk=shown, round=shown.round, form=form)


def _back(slug: str) -> ResponseReturnValue:
    return go_to(url_for("results_staff.desk", slug=slug))
