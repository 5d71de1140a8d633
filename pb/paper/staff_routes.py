"""The paper desk: batches, stubs, keying twice blind, differences, sealing, and the ballots to print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.core import access, slots
from pb.core.actor import Actor, Role, current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.paper import ballot_pdf, queries, service, settling
from pb.paper.errors import SamePerson, TurnTaken, WrongStep
from pb.paper.forms import BatchForm, KeyForm, NoteForm, PrintForm, SettleForm, StubForm
from pb.paper.models import PaperBatch
from pb.paper.page import Key, Pile, aside_in_public, keying, pile_of, words_of
from pb.paper.reading import Reading, example_of, read_paper
from pb.rounds.models import Round, Ward
from pb.rounds.queries import pots_for, round_by_slug, wards_of
from pb.voting.queries import contest_of, contests_to_act_on, paper_of

bp = Blueprint("paper_staff", __name__, url_prefix="/staff/rounds/<slug>/paper")
DESK = (Role.OFFICER, Role.RETURNING_OFFICER)


def _round(slug: str) -> Round:
    """Raises: NotFound for a round without a frozen ballot."""
    round = round_by_slug(slug, viewer=current_actor())
    if round.frozen_at is None:
        raise NotFound
    return round


def _round_and_batch(slug: str, number: int) -> tuple[Round, PaperBatch]:
    round = _round(slug)
    return round, queries.batch(round.id, number, to_write=request.method == "POST")


def _to_batch(slug: str, number: int) -> ResponseReturnValue:
    return go_to(url_for("paper_staff.batch", slug=slug, number=number))


# Batches and stubs -------------------------------------------------------------------------------------------------


@bp.route("", methods=["GET", "POST"])
@access.staff(*DESK)
def desk(slug: str) -> ResponseReturnValue:
    """Every batch and where it stands; a new one; the ballots to print."""
    round = _round(slug)
    form = BatchForm()
    form.offer(_voting_wards(round))
    if form.validate_on_submit():
        try:
            counted = form.hand_count.data
            batch = service.receive_batch(round, ward_id=form.ward_id, hand_count=counted, now=now())
            return _to_batch(slug, batch.number)
        except Refusal as refusal:
            form.refuse(refusal)
    piles = [pile_of(round, batch, current_actor()) for batch in queries.batches_of(round.id)]
    return render_page("paper/desk.html", round=round, piles=piles, form=form, status=form.answer_status)


def _stub_form(round: Round, **options: Any) -> StubForm:
    form = StubForm(**options)
    form.ask_for(round)
    return form


def _show(pile: Pile, form: StubForm | None = None, note: NoteForm | None = None) -> ResponseReturnValue:
    forms = {"form": form or _stub_form(pile.round, formdata=None), "note": note or NoteForm(formdata=None)}
    status = next((f.answer_status for f in (form, note) if f), 200)
    return render_page("paper/batch.html", pile=pile, status=status, **forms)


@bp.get("/<int:number>")
@access.staff(*DESK)
def batch(slug: str, number: int) -> ResponseReturnValue:
    """One batch: what has been done, and the one thing to do next."""
    round, found = _round_and_batch(slug, number)
    return _show(pile_of(round, found, current_actor()))


@bp.post("/<int:number>/stubs")
@access.staff(*DESK)
def stub(slug: str, number: int) -> ResponseReturnValue:
    """A stub comes in, or is taken back."""
    round, found = _round_and_batch(slug, number)
    form = _stub_form(round)
    if form.validate_on_submit():
        try:
            whose = form.resolve(round, found.ward_id)
            if form.do.data == "back":
                service.take_back_stub(found, whose)
                flash(_("Taken back. This person can vote again."))
            else:
                service.receive_stub(round, found, whose, now=now())
                flash(_("Stub %(count)s is in.", count=found.stubs))
            return _to_batch(slug, number)
        except Refusal as refusal:
            form.refuse(refusal)
    return _show(pile_of(round, found, current_actor()), form=form)


@bp.post("/<int:number>/begin")
@access.staff(*DESK)
def begin(slug: str, number: int) -> ResponseReturnValue:
    """Lock the batch and let it be keyed."""
    round, found = _round_and_batch(slug, number)
    service.begin_keying(round, found, by=current_actor(), now=now())
    flash(_("The batch is locked. Two people key it now, each alone."))
    return _to_batch(slug, number)


@bp.post("/<int:number>/aside")
@access.staff(*DESK)
def aside(slug: str, number: int) -> ResponseReturnValue:
    """Count none of the batch, and say why."""
    round, found = _round_and_batch(slug, number)
    form = NoteForm()
    if form.validate_on_submit():
        try:
            settling.set_batch_aside(round, found, note=form.note.data or "", by=current_actor(), now=now())
            return _to_batch(slug, number)
        except Refusal as refusal:
            form.refuse(refusal)
    return _show(pile_of(round, found, current_actor()), note=form)


# Ballots to print --------------------------------------------------------------------------------------------------


@bp.get("/ballots")
@access.staff(*DESK)
def ballots(slug: str) -> ResponseReturnValue:
    """Choose ward, size, versions and language of the ballots to print."""
    round = _round(slug)
    form = PrintForm(request.args or None, meta={"csrf": False})
    form.offer(_voting_wards(round), current_app.extensions["settings"].languages)
    return render_page("paper/ballots.html", round=round, form=form)


@bp.get("/ballots.pdf")
@access.staff(*DESK)
def ballots_pdf(slug: str) -> ResponseReturnValue:
    """The ballots with their stubs, one of each version."""
    round = _round(slug)
    form = PrintForm(request.args or None, meta={"csrf": False})
    form.offer(_voting_wards(round), current_app.extensions["settings"].languages)
    if not form.validate():
        return render_page("paper/ballots.html", round=round, form=form, status=422)
    with force_locale(form.language.data):
        content = ballot_pdf.ballots(_press(round, form), form.chosen_versions, language=form.language.data)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename=ballots-{round.slug}.pdf"
    return response


def _voting_wards(round: Round) -> list[Ward]:
    return [ward for ward in wards_of(round) if pots_for(round, ward.id)]


def _press(round: Round, form: PrintForm) -> ballot_pdf.Press:
    settings = current_app.extensions["settings"]
    ward = session().get(Ward, form.ward_id) if form.ward_id else None
    return ballot_pdf.Press(
        round=round,
        paper=paper_of(round).for_ward(form.ward_id),
        ward=ward.name if ward else _("the whole area"),
        council=settings.council_name,
        secret=contest_of(round.id).order_secret,
        address=f"{settings.base_url}/ballot/{round.slug}",
        size=int(form.size.data),
    )


# Keying ------------------------------------------------------------------------------------------------------------


@bp.route("/<int:number>/key", methods=["GET", "POST"])
@access.staff(*DESK)
def key(slug: str, number: int) -> ResponseReturnValue:
    """Key one paper after another with the number keys. `?paper=` goes back to one of mine."""
    round, found = _round_and_batch(slug, number)
    mine = keying(found, current_actor(), request.args.get("paper"))
    paper = paper_of(round).for_ward(found.ward_id)
    form = KeyForm.for_paper(paper, mine.at, mine.reading)
    if form.validate_on_submit():
        try:
            reading = read_paper(paper, form.boxes(paper), form.aside.data or "")
            service.key_paper(found, reading, number=form.number.data, by=current_actor())
            return go_to(url_for("paper_staff.key", slug=slug, number=number))
        except (SamePerson, TurnTaken, WrongStep):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
    return _show_key(round, found, mine, form)


def _show_key(round: Round, found: PaperBatch, mine: Key, form: KeyForm) -> ResponseReturnValue:
    paper = paper_of(round).for_ward(found.ward_id)
    return render_page(
        "paper/key.html", round=round, batch=found, key=mine, paper=paper, form=form, status=form.answer_status
    )


@bp.post("/<int:number>/take-out/<int:paper>")
@access.staff(*DESK)
def take_out(slug: str, number: int, paper: int) -> ResponseReturnValue:
    """Take out the last paper I keyed: the pile has no such paper."""
    _ignored, found = _round_and_batch(slug, number)
    service.take_out_last(found, paper, by=current_actor())
    return go_to(url_for("paper_staff.key", slug=slug, number=number))


@bp.post("/<int:number>/end")
@access.staff(*DESK)
def end(slug: str, number: int) -> ResponseReturnValue:
    """That was the last paper."""
    _ignored, found = _round_and_batch(slug, number)
    service.end_turn(found, by=current_actor())
    flash(_("You have finished this batch."), "good")
    return _to_batch(slug, number)


@bp.post("/<int:number>/again/<int:turn>")
@access.staff(*DESK)
def again(slug: str, number: int, turn: int) -> ResponseReturnValue:
    """Throw an unfinished reading away: who began it cannot go on."""
    _ignored, found = _round_and_batch(slug, number)
    service.give_up_turn(found, turn)
    flash(_("That reading was thrown away. Somebody can begin it again."), "warn")
    return _to_batch(slug, number)


# Settling and sealing ----------------------------------------------------------------------------------------------


@bp.route("/<int:number>/differences", methods=["GET", "POST"])
@access.staff(*DESK)
def differences(slug: str, number: int) -> ResponseReturnValue:
    """A third person looks at each paper that two people read differently, one after the other."""
    round, found = _round_and_batch(slug, number)
    pile = pile_of(round, found, current_actor())
    if pile.must_leave_settling:
        raise SamePerson
    here = next((paper for paper in settling.papers_of(found) if not paper.is_settled), None)
    if here is None:
        return _to_batch(slug, number)
    form = SettleForm.for_paper(pile.paper, here.number)
    if form.validate_on_submit():
        try:
            settling.settle(found, int(form.number.data), _verdict(form, here, pile), by=current_actor())
            return go_to(url_for("paper_staff.differences", slug=slug, number=number))
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("paper/differences.html", pile=pile, here=here, form=form, status=form.answer_status)


def _verdict(form: SettleForm, here: settling.Paper, pile: Pile) -> Reading:
    known = {"first": here.first or settling.NO_PAPER, "second": here.second or settling.NO_PAPER}
    said = known | {"none": settling.NO_PAPER}
    if form.verdict.data in said:
        return said[form.verdict.data]
    return read_paper(pile.paper, form.boxes(pile.paper), form.aside.data or "")


@bp.post("/<int:number>/seal")
@access.staff(*DESK)
def seal(slug: str, number: int) -> ResponseReturnValue:
    """Put the batch's ballots into the box, sealed."""
    round, found = _round_and_batch(slug, number)
    form = NoteForm()
    if form.validate_on_submit():
        try:
            tally = settling.seal_batch(round, found, note=form.note.data or "", by=current_actor(), now=now())
            flash(_("Sealed: %(ballots)s ballots of batch %(batch)s.", ballots=tally.ballots, batch=number), "good")
            return go_to(url_for("paper_staff.desk", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    return _show(pile_of(round, found, current_actor()), note=form)


# What other rooms show ---------------------------------------------------------------------------------------------


def waiting(*, viewer: Actor) -> list[Waiting]:
    """Batches that are not in the box yet."""
    if not viewer.has(*DESK):
        return []
    lines = []
    for round, _state in contests_to_act_on():
        if count := queries.open_batches(round.id):
            url = url_for("paper_staff.desk", slug=round.slug)
            lines.append(Waiting(_("Paper ballots to key and seal: %(round)s", round=round.title), url, count, now()))
    return lines


def vote_waits(*, round: Round) -> bool:
    """The close of the vote waits for paper that came in time."""
    return bool(queries.open_batches(round.id))


def on_vote_desk(*, round: Round, stage: str, **_facts: object) -> str:
    """The way from the vote's desk to the paper's."""
    if stage not in ("waiting", "open", "over"):
        return ""
    return render_template("paper/_on_vote_desk.html", round=round, count=queries.open_batches(round.id), form=Form())


def on_results(*, round: Round, **_facts: object) -> str:
    """On the results page: what paper could not be counted, and why."""
    rows = aside_in_public(round.id)
    return render_template("paper/_on_results.html", rows=rows) if rows else ""


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {"keyed_words": words_of, "keyed_example": example_of}
    slots.fill(app, "staff.waiting", waiting)
    slots.fill(app, "vote.waits", vote_waits)
    slots.fill(app, "results.sections", on_results, order=60)
    slots.fill(app, "vote.next", on_vote_desk, order=10)
