"""The pages on which a proposal is written, sent in, changed and withdrawn."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts.queries import groups_of
from pb.core import access, slots
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.filters import money
from pb.core.htmx import go_to, render_page
from pb.core.settings import Settings
from pb.proposals import page, queries, service, steps, words
from pb.proposals.errors import NotComplete
from pb.proposals.forms import (
    STEP_FORMS,
    ChangeForm,
    EmptyForm,
    PlaceForm,
    SendForm,
    StartForm,
    StepForm,
    WithdrawForm,
    choices,
    data_of,
)
from pb.proposals.models import Proposal
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of
from pb.rounds.queries import round_by_slug

DRAFT = "/propose/<slug>/<int(max=2147483647):draft_id>"
STEP = "<any(idea,place,people,money,deal,outcome):step>"


def _draft(slug: str, draft_id: int) -> tuple[Round, Proposal]:
    round = round_by_slug(slug, viewer=current_actor())
    return round, queries.own_proposal(round, draft_id, current_actor())


def _status(form: StepForm | SendForm | WithdrawForm | StartForm, error: Refusal | None = None) -> int:
    if error is not None:
        return error.status
    return 422 if form.errors else 200


def _start_form() -> StartForm:
    viewer = current_actor()
    form = StartForm()
    groups = groups_of(viewer.id) if viewer.id is not None else []
    form.propose_as.choices = choices(
        [("me", _("I do, for myself")), *((str(group.id), group.name) for group in groups)]
    )
    return form


@access.public
def new(slug: str) -> ResponseReturnValue:
    """What proposing means here, what is needed, until when; and the button to start."""
    round = round_by_slug(slug, viewer=current_actor())
    return _start_page(round, _start_form(), 200)


def _start_page(round: Round, form: StartForm, status: int) -> ResponseReturnValue:
    limit = queries.cost_limit(round, None, place_is_known=False)
    return render_page(
        "proposals/new.html",
        round=round,
        form=form,
        limit=limit,
        dates=dates_of(round),
        is_open=phase_of(round, now()) is Phase.PROPOSING,
        status=status,
    )


@access.signed_in
def start(slug: str) -> ResponseReturnValue:
    """Begin a draft."""
    round = round_by_slug(slug, viewer=current_actor())
    form = _start_form()
    if not form.validate_on_submit():
        return _start_page(round, form, 422)
    try:
        draft = service.start_draft(round, by=current_actor(), now=now(), group_id=form.group_id())
    except Refusal as error:
        form.refuse(error)
        return _start_page(round, form, error.status)
    return go_to(url_for("proposals.draft", slug=slug, draft_id=draft.id))


@access.signed_in
def draft(slug: str, draft_id: int) -> ResponseReturnValue:
    """The task list of a draft: what is done and what is to do."""
    round, proposal = _draft(slug, draft_id)
    if proposal.state != "draft":
        return go_to(url_for("proposals.sent", slug=slug, draft_id=draft_id))
    return render_page(
        "proposals/draft.html",
        round=round,
        proposal=proposal,
        revision=proposal.current,
        tasks=[(step, name, *_progress(step, proposal)) for step, name in words.STEPS.items()],
        is_complete=not steps.to_do(proposal.current),
        proposer=queries.proposer_name(proposal),
        dates=dates_of(round),
    )


def _progress(step: str, proposal: Proposal) -> tuple[str, str]:
    if not steps.missing(step, proposal.current):
        return _("Done"), "good"
    if steps.is_started(step, proposal.current):
        return _("Started"), "warn"
    return _("To do"), "quiet"


def _step_form(step: str, round: Round, proposal: Proposal) -> StepForm:
    form = STEP_FORMS[step](data=data_of(proposal.current, spare_lines=1))
    if isinstance(form, PlaceForm):
        wards, whole_area = queries.areas(round)
        form.offer(wards, whole_area=whole_area)
    return form


@access.signed_in
def step(slug: str, draft_id: int, step: str) -> ResponseReturnValue:
    """One page of questions. "Save and come back later" takes half an answer; "continue" asks for what is missing."""
    round, proposal = _draft(slug, draft_id)
    if proposal.state != "draft" and request.method == "GET":
        return go_to(url_for("proposals.sent", slug=slug, draft_id=draft_id))
    form = _step_form(step, round, proposal)
    refusal: Refusal | None = None
    if form.validate_on_submit():
        try:
            service.save_draft(proposal, form.values(), by=current_actor(), now=now())
            if goes_on := _after_saving(form, step, slug, proposal):
                return go_to(goes_on)
        except Refusal as error:
            refusal = error
            form.refuse(error)
    return render_page(
        "proposals/step.html",
        step=step,
        round=round,
        proposal=proposal,
        form=form,
        name=words.STEPS[step],
        number=list(words.STEPS).index(step) + 1,
        limit=_limit(round, proposal),
        can_add=True,
        status=_status(form, refusal),
    )


def _limit(round: Round, proposal: Proposal) -> str | None:
    """The most this project may cost, in words."""
    revision = proposal.current
    limit = queries.cost_limit(round, revision.ward_id, place_is_known=bool(revision.place))
    return money(limit) if limit is not None else None


def _after_saving(form: StepForm, step: str, slug: str, proposal: Proposal) -> str | None:
    """Where to go after a page was saved; None when it must be shown again because something is missing."""

    def to(endpoint: str, **values: str) -> str:
        return url_for(f"proposals.{endpoint}", slug=slug, draft_id=proposal.id, **values)  # type: ignore[arg-type]

    if "more" in request.form:
        return to("step", step=step, _anchor=request.form["more"][:20])
    if "later" in request.form:
        flash(_("Your draft is saved. You find it under My things."), "good")
        return to("draft")
    if missing := steps.missing(step, proposal.current):
        form.ask_for(missing)
        return None
    later = list(words.STEPS)[list(words.STEPS).index(step) + 1 :]
    following = next((name for name in later if steps.missing(name, proposal.current)), None)
    if following is None:
        return to("draft" if steps.to_do(proposal.current) else "check")
    return to("step", step=following)


@access.signed_in
def check(slug: str, draft_id: int) -> ResponseReturnValue:
    """Read it all once more as others will, and send it in."""
    round, proposal = _draft(slug, draft_id)
    form = SendForm()
    refusal: Refusal | None = None
    if form.validate_on_submit():
        try:
            service.submit(proposal, by=current_actor(), now=now(), address=address_of)
            return go_to(url_for("proposals.sent", slug=slug, draft_id=draft_id))
        except Refusal as error:
            refusal = error
            form.refuse(error)
    if proposal.state != "draft":
        return go_to(url_for("proposals.sent", slug=slug, draft_id=draft_id))
    return render_page(
        "proposals/check.html",
        round=round,
        proposal=proposal,
        revision=proposal.current,
        rows=_summary(proposal),
        to_do=steps.to_do(proposal.current),
        same=queries.looks_like(round.id, proposal.current.title, except_id=proposal.id),
        form=form,
        status=_status(form, refusal),
    )


def _summary(proposal: Proposal) -> list[tuple[str, str, list[tuple[str, list[str]]]]]:
    """What was answered, page by page: step, name of the page, and (label, lines) of each field."""
    revision = proposal.current
    return [
        (step, str(name), [(str(page.LABELS[f]), page.in_words(revision, f)) for f in steps.FIELDS[step]])
        for step, name in words.STEPS.items()
    ]


def address_of(proposal: Proposal) -> str:
    """The whole address of a proposal's page, from the configured origin."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + url_for("proposals.show", slug=proposal.round.slug, code=proposal.code)


@access.signed_in
def sent(slug: str, draft_id: int) -> ResponseReturnValue:
    """It has arrived: its code, what happens next and when. The page can be kept and opened again."""
    round, proposal = _draft(slug, draft_id)
    if proposal.state == "draft":
        return go_to(url_for("proposals.draft", slug=slug, draft_id=draft_id))
    dates = dates_of(round)
    return render_page("proposals/sent.html", round=round, proposal=proposal, dates=dates, address=address_of(proposal))


@access.signed_in
def delete(slug: str, draft_id: int) -> ResponseReturnValue:
    """Ask once, then delete a draft."""
    round, proposal = _draft(slug, draft_id)
    form = EmptyForm()
    if form.validate_on_submit():
        service.discard_draft(proposal, by=current_actor())
        flash(_("The draft is deleted."), "good")
        return go_to(url_for("accounts.me"))
    return render_page("proposals/delete.html", round=round, proposal=proposal, revision=proposal.current)


@access.signed_in
def change(slug: str, code: str) -> ResponseReturnValue:
    """Publish a new version, with a word about why."""
    round = round_by_slug(slug, viewer=current_actor())
    proposal = queries.own_proposal_by_code(round, code, current_actor())
    current = proposal.current
    form = ChangeForm(data=data_of(current, spare_lines=2) | {"base_number": str(current.number)})
    wards, whole_area = queries.areas(round)
    form.offer(wards, whole_area=whole_area)
    form.offer_citations(
        [choice for choices in slots.gathered("proposal.citable", proposal=proposal) for choice in choices]
    )
    refusal: Refusal | None = None
    if form.validate_on_submit():
        try:
            _revise(proposal, form)
            flash(_("The new version is public. The one before can still be read."), "good")
            return go_to(url_for("proposals.show", slug=slug, code=code))
        except NotComplete as error:
            refusal = error
            form.ask_for(name for fields in error.missing.values() for name in fields)
        except Refusal as error:
            refusal = error
            form.refuse(error)
    form.base_number.data = str(current.number)
    limit = _limit(round, proposal)
    status = _status(form, refusal)
    return render_page("proposals/change.html", round=round, proposal=proposal, form=form, limit=limit, status=status)


def _revise(proposal: Proposal, form: ChangeForm) -> None:
    service.revise(
        proposal,
        form.values(),
        reason=form.why.data,
        note=form.note.data,
        base_number=form.seen_number(),
        cites=form.cites.data or (),
        by=current_actor(),
        now=now(),
    )


@access.signed_in
def withdraw(slug: str, code: str) -> ResponseReturnValue:
    """Say what withdrawing means, ask why, and do it."""
    round = round_by_slug(slug, viewer=current_actor())
    proposal = queries.own_proposal_by_code(round, code, current_actor())
    form = WithdrawForm()
    refusal: Refusal | None = None
    if form.validate_on_submit():
        try:
            service.withdraw(proposal, reason=form.reason.data or "", by=current_actor(), now=now())
            flash(_("Your proposal is withdrawn. Its page stays, with your reason."), "good")
            return go_to(url_for("proposals.show", slug=slug, code=code))
        except Refusal as error:
            refusal = error
            form.refuse(error)
    status = _status(form, refusal)
    return render_page("proposals/withdraw.html", round=round, proposal=proposal, form=form, status=status)


def add_to(bp: Blueprint) -> None:
    """Open these pages on the room's blueprint."""
    both = ["GET", "POST"]
    bp.add_url_rule("/propose/<slug>", "new", new, methods=["GET"])
    bp.add_url_rule("/propose/<slug>", "start", start, methods=["POST"])
    bp.add_url_rule(DRAFT, "draft", draft, methods=["GET"])
    bp.add_url_rule(f"{DRAFT}/{STEP}", "step", step, methods=both)
    bp.add_url_rule(f"{DRAFT}/check", "check", check, methods=both)
    bp.add_url_rule(f"{DRAFT}/sent", "sent", sent, methods=["GET"])
    bp.add_url_rule(f"{DRAFT}/delete", "delete", delete, methods=both)
    bp.add_url_rule("/rounds/<slug>/projects/<code>/change", "change", change, methods=both)
    bp.add_url_rule("/rounds/<slug>/projects/<code>/withdraw", "withdraw", withdraw, methods=both)
