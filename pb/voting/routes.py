"""The voter's way: two questions, picking, review, who you are, receipt. Works without JavaScript, in this order.

Nothing of a draft is stored here: picks travel in the voter's own encrypted cookie (`pb.voting.draft`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Flask, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from pb.core import access, limits, slots
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.db import begin_writing, only_read, session
from pb.core.errors import Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_fragment, render_page, same_page_fragment
from pb.electorate import service as electorate
from pb.electorate.codes import in_groups
from pb.electorate.errors import CodeExpired, WrongCode
from pb.electorate.models import Entitlement
from pb.electorate.queries import mailbox_on_list
from pb.rounds.choices import RUNGS_WITH_LIST
from pb.rounds.models import Round, Ward
from pb.rounds.queries import pots_for, wards_of
from pb.voting import calendar, receipts, service
from pb.voting.closing import close_late
from pb.voting.compare import FEWEST, MOST
from pb.voting.compare import compare as side_by_side
from pb.voting.draft import Draft
from pb.voting.elsewhere import on_project, on_round
from pb.voting.errors import AlreadyVoted, NotProven, VotingClosed
from pb.voting.forms import (
    CodeForm,
    EligibilityForm,
    MailboxForm,
    PointsForm,
    ReceiptForm,
    ReplaceForm,
    SendForm,
    box_name,
)
from pb.voting.kiosk import forget_voter, kiosk
from pb.voting.listing import Filter, band_words, leaf_of, neighbour, place_after
from pb.voting.queries import find_receipt, paper_of
from pb.voting.rows import init_rows
from pb.voting.visit import (
    NotStarted,
    NotVotingNow,
    Visit,
    draft_for,
    find_round,
    keep,
    open_round,
    sending_visit,
    this_minute,
    visit_of,
    visit_to,
)

bp = Blueprint("voting", __name__, url_prefix="/ballot")

GUESSES = "20/10 minutes"
"""Wrong codes or references from one network; right ones are never limited, for a library shares one address."""
MAILS = "60/10 minutes"


# Before picking ----------------------------------------------------------------------------------------------------


@bp.route("/<slug>/check", methods=["GET", "POST"])
@access.public
def check(slug: str) -> ResponseReturnValue:
    """Can I vote? Two questions; no answer is an error."""
    only_read()
    round = open_round(slug)
    draft = draft_for(round)
    form = EligibilityForm(ward=str(draft.ward_id) if draft and draft.ward_id else None)
    form.offer(_wards_with_a_vote(round))
    if form.validate_on_submit():
        if why := form.stands_in_the_way:
            return go_to(url_for("voting.not_this_time", slug=slug, why=why))
        return keep(go_to(url_for("voting.ballot", slug=slug)), round, _moved(round, draft, form.ward_id))
    return render_page("voting/check.html", round=round, form=form, status=422 if form.errors else 200)


def _wards_with_a_vote(round: Round) -> list[Ward]:
    """The wards whose people have something to vote on."""
    return [ward for ward in wards_of(round) if pots_for(round, ward.id)]


def _moved(round: Round, draft: Draft | None, ward_id: int | None) -> Draft:
    """The draft in its (new) ward, without picks for pots that this ward does not share."""
    if draft is None:
        return Draft(ward_id=ward_id)
    codes = {line.code for line in paper_of(round).for_ward(ward_id).lines}
    kept = replace(draft, ward_id=ward_id)
    for code in [code for code in draft.picks if code not in codes]:
        kept = kept.without_pick(code)
    if lost := len(draft.picks) - len(kept.picks):
        flash(ngettext("1 pick was for another ward: we took it out.", "%(num)s picks were for another ward.", lost))
    return kept


@bp.get("/<slug>/not-this-time")
@access.public
def not_this_time(slug: str) -> ResponseReturnValue:
    """You cannot vote in this round, but this is what you can do."""
    why = "age" if request.args.get("why") == "age" else "place"
    return render_page("voting/not_this_time.html", round=open_round(slug), why=why)


# Picking -----------------------------------------------------------------------------------------------------------


@bp.get("/<slug>")
@access.public
def ballot(slug: str) -> ResponseReturnValue:
    """The list of projects, in this voter's own order, each with one button."""
    visit = visit_of(slug)
    asked = Filter.read(request.args)
    return render_page(
        "voting/ballot.html",
        visit=visit,
        asked=asked,
        leaf=leaf_of(visit.found(asked), asked),
        themes=sorted({line.theme for line in visit.lines if line.theme}),
        wards=sorted({(line.ward, line.ward_id) for line in visit.lines if line.ward_id}),
        bands=band_words(),
    )


@bp.post("/<slug>/add/<code>")
@access.public
def add(slug: str, code: str) -> ResponseReturnValue:
    """Add a project to my picks. Adding twice is adding once."""
    return _change(slug, code, Draft.with_pick)


@bp.post("/<slug>/remove/<code>")
@access.public
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Take a project out of my picks."""
    return _change(slug, code, Draft.without_pick)


def _change(slug: str, code: str, change: Callable[[Draft, str], Draft]) -> Response:
    only_read()
    visit = visit_of(slug)
    line = visit.paper.line(code)
    after = visit.with_draft(change(visit.having_looked_at(line), code))
    asked = Filter.read(request.args)
    if same_page_fragment():
        response = render_fragment("voting/_changed.html", visit=after, line=line, asked=asked)
    elif request.args.get("to") == "review":
        order = [picked.code for tally in visit.tallies for picked in tally.lines]
        anchor = place_after(order, code, after.draft.picks)
        response = go_to(url_for("voting.review", slug=slug, _anchor=anchor))
    else:
        order = [line.code for line in visit.found(asked)]
        anchor = place_after(order, code, {line.code for line in after.found(asked)})
        response = go_to(url_for("voting.ballot", slug=slug, _anchor=anchor, **asked.query()))
    return keep(response, visit.round, after.draft)


@bp.post("/<slug>/none")
@access.public
def none(slug: str) -> ResponseReturnValue:
    """ "I do not want to pick any": go on to review an empty ballot."""
    only_read()
    visit = visit_of(slug)
    return keep(go_to(url_for("voting.review", slug=slug)), visit.round, visit.draft.without_any())


@bp.route("/<slug>/points", methods=["GET", "POST"])
@access.public
def points(slug: str) -> ResponseReturnValue:
    """Share out the points among my picks: number boxes, or a press on plus and minus. No dragging."""
    only_read()
    visit = visit_of(slug)
    form = PointsForm.for_picks(visit.tallies, visit.draft.points)
    if request.method == "POST" and form.validate_on_submit():
        after = visit.with_draft(replace(visit.draft, points=form.shared(visit.tallies, visit.paper.points_total)))
        if form.wants != "continue":
            return keep(go_to(url_for("voting.points", slug=slug, _anchor=form.anchor)), visit.round, after.draft)
        if (problem := after.problem) is None:
            return keep(go_to(url_for("voting.review", slug=slug)), visit.round, after.draft)
        return render_page("voting/points.html", visit=after, form=form, problem=problem, status=422)
    return render_page("voting/points.html", visit=visit, form=form, problem=None, status=422 if form.errors else 200)


@bp.post("/<slug>/move/<code>/<direction>")
@access.public
def move(slug: str, code: str, direction: str) -> ResponseReturnValue:
    """Put a pick one place up or down in a ranking."""
    only_read()
    visit = visit_of(slug)
    step = neighbour(visit.paper, visit.draft.picks, code, up=direction == "up")
    draft = visit.draft if step is None else visit.draft.moved(step[0], before=step[1])
    return keep(go_to(url_for("voting.review", slug=slug, _anchor=f"project-{code}")), visit.round, draft)


@bp.route("/<slug>/compare", methods=["GET", "POST"])
@access.public
def compare(slug: str) -> ResponseReturnValue:
    """Two or three of my picks side by side. Chosen by POST, so that no address names picks."""
    only_read()
    visit = visit_of(slug)
    asked = request.form.getlist("code") or visit.draft.picks
    lines = [line for line in visit.lines if line.code in asked]
    is_right = FEWEST <= len(lines) <= MOST
    compared = side_by_side(visit.round, lines, now=now()) if is_right else []
    is_wrong = request.method == "POST" and not is_right
    status = 422 if is_wrong else 200
    ticked = request.form.getlist("code")
    return render_page(
        "voting/compare.html",
        visit=visit,
        compared=compared,
        asked=ticked,
        form=Form(),
        is_wrong=is_wrong,
        status=status,
    )


# Review and who you are --------------------------------------------------------------------------------------------


@bp.route("/<slug>/review", methods=["GET", "POST"])
@access.public
def review(slug: str) -> ResponseReturnValue:
    """Check your picks before you submit. Sends the vote at once where we know already who it is."""
    only_read()
    visit = sending_visit(slug)
    form = SendForm(key=secrets.token_hex(16))
    problem = visit.problem
    if form.validate_on_submit() and problem is None and (visit.draft.picks or visit.draft.wants_none):
        if visit.needs_code:
            return go_to(url_for(visit.asked_at, slug=slug))
        known = visit if visit.is_proven else _declared(visit)
        return send(known, form.key.data, known.draft.version)
    ward = session().get(Ward, visit.draft.ward_id) if visit.draft.ward_id else None
    status = 422 if request.method == "POST" else 200
    return render_page("voting/review.html", visit=visit, form=form, problem=problem, ward=ward, status=status)


def _declared(visit: Visit) -> Visit:
    """Rung 0: the two answers are all we ask, and a browser votes once. The results page says so."""
    begin_writing()
    source = f"device|{visit.draft.token}"
    entitlement = electorate.entitle(round_id=visit.round.id, source=source, ward_id=visit.draft.ward_id)
    return visit.proven(entitlement.id)


@bp.route("/<slug>/who", methods=["GET", "POST"])
@access.public
def verify(slug: str) -> ResponseReturnValue:
    """Where shall we send your code? Every address gets the same answer."""
    visit = visit_of(slug)
    if 1 not in visit.round.rungs:
        return go_to(url_for(visit.asked_at, slug=slug))
    form = MailboxForm(email=visit.draft.mailbox)
    if form.validate_on_submit():
        try:
            limits.spend("voting mails", MAILS, limits.caller_network())
            proof = electorate.send_mailbox_code(
                round_id=visit.round.id, round_title=visit.round.title, email=form.email.data, now=now()
            )
            draft = replace(visit.draft, mailbox=form.email.data, proof=proof)
            return keep(go_to(url_for("voting.code", slug=slug)), visit.round, draft)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("voting/verify.html", visit=visit, form=form, status=422 if form.errors else 200)


@bp.route("/<slug>/code", methods=["GET", "POST"])
@access.public
def code(slug: str) -> ResponseReturnValue:
    """Type the code, submit the vote: one transaction proves, seals and stores."""
    visit = sending_visit(slug)
    if not visit.draft.proof:
        return go_to(url_for(visit.asked_at, slug=slug))
    form = CodeForm(key=secrets.token_hex(16))
    if form.validate_on_submit():
        try:
            limits.check("voting codes", GUESSES, limits.caller_network())
            entitlement = electorate.prove_mailbox(
                round_id=visit.round.id,
                proof_id=visit.draft.proof,
                code=form.code.data,
                ward_id=visit.draft.ward_id,
                only_listed=visit.round.identity_rung in RUNGS_WITH_LIST,
                now=now(),
            )
            known = visit.proven(entitlement.id)
            if (put := put_in_ward(known, entitlement)) is not None:
                return put
            return send(known, form.key.data, known.draft.version)
        except Refusal as refusal:
            if isinstance(refusal, WrongCode):
                limits.spend("voting codes", GUESSES, limits.caller_network())
            if isinstance(refusal, CodeExpired):
                open_round(slug)  # after the end a new code would lead nowhere: say so at once
            form.refuse(refusal)
    return render_page("voting/code.html", visit=visit, form=form, status=422 if form.errors else 200)


@bp.post("/<slug>/replace")
@access.public
def replace_vote(slug: str) -> ResponseReturnValue:
    """Yes, replace the vote I made in another window."""
    visit = sending_visit(slug)
    form = ReplaceForm()
    if not visit.is_proven or not form.validate_on_submit():
        raise NotProven
    return send(visit, form.key.data, int(form.version.data))


def send(visit: Visit, key: str, sees_version: int) -> Response:
    """Cast, then thank; or say what stands in the way. The answer is kept only behind a commit (pb.core.db)."""
    draft = visit.draft
    _check_helper(draft)
    try:
        receipt = service.cast_ballot(
            round=visit.round,
            entitlement_id=draft.entitlement_id,
            ward_id=draft.ward_id,
            marks=visit.marks,
            key=key,
            secret=draft.token,
            sees_version=sees_version,
            paper=visit.whole_paper,
            mailbox=draft.mailbox or _mailbox_on_list(visit),
            channel="assisted" if draft.helped else "web",
            now=now(),
        )
    except AlreadyVoted as voted:
        form = ReplaceForm(formdata=None, key=secrets.token_hex(16), version=str(voted.version))
        return keep(render_page("voting/replace.html", visit=visit, form=form, status=409), visit.round, draft)
    except VotingClosed as late:
        close_late(visit.round.id, now=now())
        return render_page("voting/late.html", visit=visit, receipt=late.receipt, status=409)
    if draft.helped and not receipt.is_repeat:
        slots.gathered("vote.helped", round=visit.round, how=draft.helped)
    voted_at = draft.voted_at if receipt.is_repeat and draft.voted_at else this_minute()
    thanked = replace(draft, receipt=receipt.code, version=receipt.version, voted_at=voted_at)
    return keep(go_to(url_for("voting.done", slug=visit.round.slug)), visit.round, thanked)


def _mailbox_on_list(visit: Visit) -> str:
    """The address that the round's list has for this voter; a round that asks no list has none."""
    asks_list = any(rung in RUNGS_WITH_LIST for rung in visit.round.rungs)
    return mailbox_on_list(visit.draft.entitlement_id) if asks_list else ""


def _check_helper(draft: Draft) -> None:
    """A ballot begun by a helper is sent by a helper, signed in under their own name.

    Raises: NotProven
    """
    if draft.helped and not current_actor().is_staff:
        raise NotProven


# Afterwards --------------------------------------------------------------------------------------------------------


@bp.get("/<slug>/done")
@access.public
def done(slug: str) -> ResponseReturnValue:
    """Your vote is in: reference, what happens next, how to change it. Survives a reload."""
    visit = _voted(slug)
    return render_page("voting/done.html", visit=visit, steps=calendar.what_next(visit.round, now()))


def _voted(slug: str) -> Visit:
    """Raises: NotFound; NotStarted when this browser holds no receipt of the round."""
    visit = visit_to(find_round(slug))
    if not visit.draft.receipt:
        raise NotStarted(slug)
    return visit


@bp.get("/<slug>/done/reference.txt")
@access.public
def reference_file(slug: str) -> ResponseReturnValue:
    """The reference with our signature: proof that this council gave it."""
    visit = _voted(slug)
    response = Response(receipts.as_text(round=visit.round, receipt=visit.draft.receipt), mimetype="text/plain")
    response.headers["Content-Disposition"] = "attachment; filename=my-vote.txt"
    return response


@bp.get("/<slug>/dates.ics")
@access.public
def dates(slug: str) -> ResponseReturnValue:
    """The dates that follow, for a calendar."""
    round = find_round(slug)
    response = Response(calendar.as_ics(round, now()), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f"attachment; filename={round.slug}.ics"
    return response


@bp.post("/finish")
@access.public
def finish() -> ResponseReturnValue:
    """Finish and clear this screen, for a shared phone or a library's computer."""
    only_read()
    start = url_for("booth.start", slug=kiosk()) if kiosk() else url_for("voting.finished")
    return forget_voter(go_to(start))


@bp.get("/finished")
@access.public
def finished() -> ResponseReturnValue:
    """Nothing of the last voter is left here."""
    return render_page("voting/finished.html")


@bp.route("/check", methods=["GET", "POST"])
@access.public
def was_it_counted() -> ResponseReturnValue:
    """Was my vote in the box? In, or not in; never whether it was replaced."""
    only_read()
    form = ReceiptForm()
    found, is_asked = None, False
    if form.validate_on_submit():
        try:
            limits.check("receipts", GUESSES, limits.caller_network())
            found, is_asked = find_receipt(receipts.read(form.receipt.data)), True
            if found is None:
                limits.spend("receipts", GUESSES, limits.caller_network())
        except Refusal as refusal:
            form.refuse(refusal)
    status = 422 if form.errors else 200
    return render_page("voting/was_it_counted.html", form=form, found=found, is_asked=is_asked, status=status)


# What these pages have in common -----------------------------------------------------------------------------------


@bp.after_request
def keep_nothing(response: Response) -> Response:
    """No page of a ballot stays in a browser's or a proxy's store."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(NotStarted)
def start_first(missing: NotStarted) -> ResponseReturnValue:
    """Without the two answers, the two questions."""
    return go_to(url_for("voting.check", slug=missing.slug))


@bp.errorhandler(NotVotingNow)
def not_now(error: NotVotingNow) -> ResponseReturnValue:
    """Voting has not opened yet, or has ended: say when, and what became of the picks."""
    draft = draft_for(error.round)
    has_unsent = draft is not None and not draft.receipt and bool(draft.picks or draft.wants_none)
    late = request.method == "POST" or has_unsent
    steps = calendar.what_next(error.round, now())
    return render_page(
        "voting/not_now.html",
        round=error.round,
        steps=steps,
        late=late,
        status=409 if request.method == "POST" else 200,
    )


def put_in_ward(known: Visit, entitlement: Entitlement) -> Response | None:
    """A list knows the ward better than the voter's answer: back to the review, with the ballot of that ward."""
    if not entitlement.has_fixed_ward or entitlement.ward_id == known.draft.ward_id:
        return None
    flash(_("The list says that you vote in another ward than you said. This is its ballot: look at your picks again."))
    draft = _moved(known.round, known.draft, entitlement.ward_id)
    return keep(go_to(url_for("voting.review", slug=known.round.slug)), known.round, draft)


def init_app(app: Flask) -> None:
    from pb.voting import account_routes, identity_routes  # here: their pages end by sending the vote, as ours do

    app.register_blueprint(identity_routes.bp)
    app.register_blueprint(account_routes.bp)
    init_rows(app)
    app.jinja_env.filters["in_groups"] = in_groups
    app.jinja_env.globals |= {"box_name": box_name, "kiosk": kiosk}
    slots.fill(app, "round.actions", on_round, order=10)
    slots.fill(app, "project.actions", on_project, order=10)
