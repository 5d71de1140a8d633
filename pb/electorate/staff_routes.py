"""The list of voters and its letters: who is on it, codes made and handed over, a new letter for somebody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.approvals.queries import approved_in, waiting_in
from pb.core import access, slots
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.core.keys import site_key
from pb.electorate import guessing, import_routes, print_runs, striking
from pb.electorate.forms import CardsForm, FindForm, LettersForm, ReissueForm, StrikeForm
from pb.electorate.letters import Facts, run_mark
from pb.electorate.models import Entitlement, PrintRun, RollEntry
from pb.electorate.print_runs import DESK, Handover
from pb.electorate.queries import find_people, numbers_of, roll_of, runs_of
from pb.journal.service import record
from pb.rounds.choices import RUNGS_WITH_LIST
from pb.rounds.models import Round
from pb.rounds.phases import voting_window
from pb.rounds.queries import round_by_slug, wards_of

bp = Blueprint("electorate_staff", __name__, url_prefix="/staff/rounds/<slug>/list")


def _round(slug: str) -> Round:
    return round_by_slug(slug, viewer=current_actor())


def _desk(round: Round, form: Form | None = None) -> ResponseReturnValue:
    """The page; a form that was refused is shown as it was sent."""
    cards = form if isinstance(form, CardsForm) else CardsForm(formdata=None)
    cards.offer(wards_of(round))
    return render_page(
        "electorate/desk.html",
        round=round,
        roll=roll_of(round.id),
        numbers=numbers_of(round.id),
        runs=[(run, run_mark(run.made_at)) for run in runs_of(round.id)],
        asked=waiting_in(round.id, now(), "codes.make", "codes.void"),
        agreed=approved_in(round.id, now(), "codes.make"),
        is_alarming=guessing.is_alarming(),
        form=form or Form(formdata=None),
        letters=form if isinstance(form, LettersForm) else LettersForm(formdata=None),
        cards=cards,
        find=form if isinstance(form, FindForm) else FindForm(formdata=None),
        status=form.answer_status if form else 200,
    )


@bp.get("")
@access.staff(*DESK)
def desk(slug: str) -> ResponseReturnValue:
    """Who is on the list, which letters wait, what was handed over."""
    return _desk(_round(slug))


@bp.post("/ask")
@access.staff(*DESK)
def ask(slug: str) -> ResponseReturnValue:
    """Ask a second person for letters or a supplier's list."""
    round, form = _round(slug), LettersForm()
    return _ask(round, form, kind=form.kind.data or "")


@bp.post("/ask-cards")
@access.staff(*DESK)
def ask_cards(slug: str) -> ResponseReturnValue:
    """Ask a second person for codes to hand out."""
    round, form = _round(slug), CardsForm()
    form.offer(wards_of(round))
    return _ask(round, form, kind="cards", how_many=form.how_many.data or 0, ward_id=form.ward_id.data or 0)


def _ask(round: Round, form: LettersForm | CardsForm, *, kind: str, how_many: int = 0, ward_id: int = 0) -> Response:
    url = url_for("electorate_staff.desk", slug=round.slug)
    if form.validate_on_submit():
        try:
            print_runs.ask_for_run(
                round=round,
                kind=kind,
                how_many=how_many,
                ward_id=ward_id,
                look_at=url,
                by=current_actor(),
                now=now(),
            )
            flash(_("Asked. When another person agrees, the file can be downloaded here."), "good")
            return go_to(url)
        except Refusal as refusal:
            form.refuse(refusal)
    return current_app.make_response(_desk(round, form))


@bp.post("/download/<int:request_id>")
@access.staff(*DESK)
def download(slug: str, request_id: int) -> ResponseReturnValue:
    """Make the codes that two people agreed on; the answer is the only place where they are in the clear."""
    round, form = _round(slug), Form()
    agreed = next((one for one in approved_in(round.id, now(), "codes.make") if one.id == request_id), None)
    if agreed is None:
        raise NotFound
    common: dict[str, Any] = {"round": round, "facts": _facts(round), "by": current_actor(), "now": now()}
    kind, how_many, ward_id = (agreed.payload[name] for name in ("kind", "how_many", "ward_id"))
    try:
        if kind == "cards":
            return _as_file(print_runs.make_cards(how_many=how_many, ward_id=ward_id, **common))
        return _as_file(print_runs.make_run(kind=kind, **common))
    except Refusal as refusal:
        form.refuse(refusal)
        return _desk(_round(slug), form)


def _as_file(handover: Handover) -> Response:
    mimetype = "text/csv; charset=utf-8" if handover.filename.endswith(".csv") else "application/pdf"
    response = Response(handover.content, content_type=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={handover.filename}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _facts(round: Round) -> Facts:
    settings, window = current_app.extensions["settings"], voting_window(round)
    return Facts(
        council=settings.council_name,
        round=round.title,
        url=f"{settings.base_url}/ballot/{round.slug}",
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        phone=settings.help_phone,
        hours=settings.help_hours,
        key=bytes(site_key().verify_key),
        languages=settings.languages,
    )


@bp.post("/runs/<int:run_id>/void")
@access.staff(*DESK)
def void(slug: str, run_id: int) -> ResponseReturnValue:
    """Ask a second person to agree that a run's file is lost."""
    round, form = _round(slug), Form()
    run = session().get(PrintRun, run_id)
    if run is None or run.round_id != round.id:
        raise NotFound
    url = url_for("electorate_staff.desk", slug=slug)
    try:
        print_runs.ask_to_void(run=run, round=round, look_at=url, by=current_actor(), now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _desk(round, form)
    flash(_("Asked. When another person agrees, the codes stop working and the letters wait for a new run."), "good")
    return go_to(url)


@bp.post("/find")
@access.staff(*DESK)
def find(slug: str) -> ResponseReturnValue:
    """Somebody on the list. Reading personal data leaves an entry in the record, without what was looked for."""
    round, form = _round(slug), FindForm()
    if not form.validate_on_submit():
        return _desk(round, form)
    found = find_people(round.id, form.words.data)
    record("list.read", by=current_actor(), now=now(), round_id=round.id, public=False, people=len(found))
    return render_page("electorate/found.html", round=round, found=found, form=form)


@bp.route("/people/<int:entry_id>", methods=["GET", "POST"])
@access.staff(*DESK)
def person(slug: str, entry_id: int) -> ResponseReturnValue:
    """One person's letter: void the code they had, and send or hand over a new one."""
    round, form = _round(slug), ReissueForm()
    entry = _entry(round, entry_id)
    if form.validate_on_submit():
        try:
            return _reissue(round, entry, form)
        except Refusal as refusal:
            form.refuse(refusal)
    return _person(round, entry, reissue=form)


@bp.post("/people/<int:entry_id>/strike")
@access.staff(*DESK)
def strike(slug: str, entry_id: int) -> ResponseReturnValue:
    """Ask a second person to take somebody off the list, or to put them back."""
    round, form = _round(slug), StrikeForm()
    entry = _entry(round, entry_id)
    if form.validate_on_submit():
        here = url_for("electorate_staff.person", slug=slug, entry_id=entry_id)
        try:
            striking.ask_to_strike(
                round=round, entry=entry, reason=form.reason.data or "", look_at=here, by=current_actor(), now=now()
            )
            flash(_("You asked for it. Another person must agree."), "good")
            return go_to(here)
        except Refusal as refusal:
            form.refuse(refusal)
    return _person(round, entry, strike=form)


def _entry(round: Round, entry_id: int) -> RollEntry:
    """Raises: NotFound."""
    entry = session().get(RollEntry, entry_id)
    if entry is None or entry.round_id != round.id:
        raise NotFound
    return entry


def _person(
    round: Round, entry: RollEntry, reissue: ReissueForm | None = None, strike: StrikeForm | None = None
) -> Response:
    form = reissue or strike
    return render_page(
        "electorate/person.html",
        round=round,
        entry=entry,
        reissue=reissue or ReissueForm(formdata=None),
        strike=strike or StrikeForm(formdata=None),
        form=form,
        is_struck=session().get_one(Entitlement, entry.entitlement_id).status == "struck",
        to_agree=waiting_in(round.id, now(), "voter.strike", "voter.restore", "code.reissue"),
        status=form.answer_status if form else 200,
    )


def _reissue(round: Round, entry: RollEntry, form: ReissueForm) -> Response:
    acts: dict[str, Any] = {"by": current_actor(), "now": now()}
    here = url_for("electorate_staff.person", slug=round.slug, entry_id=entry.id)
    if not print_runs.order_letter(entry=entry, round=round, why=form.why.data, look_at=here, **acts):
        flash(_("20 codes were voided today, so a second person must agree to more. It has been asked for."))
        return go_to(url_for("electorate_staff.desk", slug=round.slug))
    if form.do.data == "now":
        handover = print_runs.make_letter(entry=entry, round=round, facts=_facts(round), **acts)
        return _as_file(handover)
    flash(_("The old code does not work any more. A new letter waits for the next run."), "good")
    return go_to(url_for("electorate_staff.desk", slug=round.slug))


def on_setup(*, round: Round, **_facts: object) -> str:
    """The way from a round's set-up to its list, where it has or needs one."""
    if round.identity_rung not in RUNGS_WITH_LIST:
        return ""
    return render_template("electorate/_on_setup.html", round=round)


def init_app(app: Flask) -> None:
    app.register_blueprint(import_routes.bp)
    slots.fill(app, "setup.actions", on_setup, order=25)
