"""The pages on which something is said: each works without JavaScript; HTMX puts the reply's form under its post."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.core import access, limits
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.core.htmx import go_to, render_page, wants_fragment
from pb.discussion import appeals, hosts, queries, reports, service, summaries, words
from pb.discussion.errors import NotTheAuthor, NotYoursToAnswer
from pb.discussion.forms import AnswerForm, AppealForm, EditForm, FairForm, HelpForm, ReportForm, WordsForm
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Summary

bp = Blueprint("discussion_writing", __name__)
KIND = "<any(support,worry,question,suggestion,help):kind>"


def _find(contribution_id: int) -> tuple[Contribution, Host]:
    contribution = queries.public_contribution(contribution_id, current_actor())
    return contribution, hosts.find(contribution.host_kind, contribution.host_id, now())


def _thank(contribution: Contribution) -> None:
    if contribution.state == "held":
        first = _("Thank you. We tell you when everybody can read it.")
        reply = _("Thank you. Somebody reads it first, usually within a few hours.")
        flash(reply if contribution.parent_id else first, "warn")
    else:
        flash(_("Thank you. Everybody can read it now. You can change your words for 15 minutes."), "good")


def _own_page(contribution: Contribution) -> str:
    root = contribution.parent_id or contribution.id
    if contribution.state == "held" and contribution.parent_id is None:
        return url_for("discussion.show", contribution_id=contribution.id)
    return url_for("discussion.show", contribution_id=root, _anchor=f"c{contribution.id}")


@bp.route(f"/talk/<host_kind>/<int:host_id>/{KIND}", methods=["GET", "POST"])
@access.signed_in
def compose(host_kind: str, host_id: int, kind: str) -> ResponseReturnValue:
    """Say something of one kind."""
    host = hosts.find(host_kind, host_id, now())
    form = HelpForm() if kind == "help" else WordsForm()
    form.text.label.text = words.KIND_WORDS[kind].prompt
    if form.validate_on_submit():
        try:
            said = service.post_contribution(host, form.words(kind), by=current_actor(), now=now())
            _thank(said)
            return go_to(_own_page(said))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/compose.html",
        host=host,
        kind=kind,
        words=words.KIND_WORDS[kind],
        hint=words.HINTS[kind],
        form=form,
        head=queries.head(host, now()),
        mine=queries.viewer_of(host, current_actor()),
        status=form.answer_status,
    )


@bp.route("/c/<int:contribution_id>/reply", methods=["GET", "POST"])
@access.signed_in
def reply(contribution_id: int) -> ResponseReturnValue:
    """Reply to a contribution, on its own page or in a form under it."""
    contribution, host = _find(contribution_id)
    if contribution.state != "published":
        raise NotFound
    form = WordsForm()
    form.text.id = f"reply-to-{contribution.id}"
    form.text.label.text = _("Your reply")
    if form.validate_on_submit():
        try:
            said = service.reply(host, contribution, form.words(), by=current_actor(), now=now())
            if wants_fragment():
                return render_page("discussion/_replied.html", post=said)
            _thank(said)
            return go_to(_own_page(said) if said.state == "published" else _own_page(contribution))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/reply.html",
        "discussion/_reply.html",
        host=host,
        head=queries.head(host, now()),
        post=contribution,
        form=form,
        status=form.answer_status,
    )


@bp.route("/c/<int:contribution_id>/edit", methods=["GET", "POST"])
@access.signed_in
def edit(contribution_id: int) -> ResponseReturnValue:
    """Change one's words for 15 minutes, or when asked to reword; add an update afterwards."""
    contribution, host = _find(contribution_id)
    viewer = current_actor()
    if contribution.author_id != viewer.id:
        raise NotTheAuthor
    can_change = contribution.state == "rewording" or now() - contribution.posted_at <= service.TIME_TO_EDIT
    form = EditForm(text=contribution.text if can_change else contribution.update_text)
    form.text.label.text = _("Your words") if can_change else _("Update:")
    if form.validate_on_submit():
        limits.spend("talk edit", "30/1 day", str(viewer.id))
        change = service.edit if can_change else service.add_update
        try:
            change(contribution, text=form.text.data or "", by=viewer, now=now())
            _thank(contribution) if contribution.state == "held" else flash(_("That is saved."), "good")
            return go_to(_own_page(contribution))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/edit.html",
        host=host,
        post=contribution,
        form=form,
        can_change=can_change,
        acts=queries.acts_on(contribution.id),
        status=form.answer_status,
    )


@bp.route("/c/<int:contribution_id>/answer", methods=["GET", "POST"])
@access.signed_in
def answer(contribution_id: int) -> ResponseReturnValue:
    """Say what becomes of a question, a suggestion or an offer; the offer's contact is shown to the proposer here."""
    contribution, host = _find(contribution_id)
    viewer = current_actor()
    is_proposer = host.is_proposer(viewer)
    if contribution.kind not in service.OUTCOMES or contribution.state != "published":
        raise NotFound
    if not (is_proposer or (contribution.kind == "question" and service.is_named(viewer))):
        raise NotYoursToAnswer
    form = AnswerForm()
    form.offer(contribution.kind)
    form.text.label.text = _("Your answer")
    if form.validate_on_submit():
        try:
            outcome = form.outcome.data or ""
            service.answer(host, contribution, form.words(), outcome=outcome, by=viewer, now=now())
            flash(_("Your answer is public, and we told the author."), "good")
            return go_to(url_for("discussion.show", contribution_id=contribution.id))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/answer.html",
        host=host,
        post=contribution,
        form=form,
        is_proposer=is_proposer,
        status=form.answer_status,
    )


@bp.route("/c/<int:contribution_id>/report", methods=["GET", "POST"])
@access.signed_in
def report(contribution_id: int) -> ResponseReturnValue:
    """Report something that breaks the rules."""
    contribution, host = _find(contribution_id)
    viewer, form = current_actor(), ReportForm()
    if form.validate_on_submit():
        limits.spend("talk report", "20/1 day", str(viewer.id))
        try:
            reason, said = form.reason.data or "", form.words.data or ""
            reports.report(contribution, reason=reason, words=said, by=viewer, now=now())
            flash(
                _("Thank you. Somebody looks at it within two days, and decides by the rules that everybody can read.")
            )
            return go_to(host_page(host))
        except Refusal as error:
            form.refuse(error)
    head = queries.head(host, now())
    return render_page(
        "discussion/report.html", host=host, head=head, post=contribution, form=form, status=form.answer_status
    )


@bp.route("/c/<int:contribution_id>/appeal", methods=["GET", "POST"])
@access.signed_in
def appeal(contribution_id: int) -> ResponseReturnValue:
    """Ask somebody else to look again at what was decided about one's words."""
    contribution, host = _find(contribution_id)
    act = next((a for a in queries.acts_on(contribution.id) if a.action in appeals.CAN_BE_APPEALED), None)
    if act is None or contribution.author_id != current_actor().id:
        raise NotFound
    form = AppealForm()
    if form.validate_on_submit():
        try:
            appeals.appeal(act, words=form.words.data or "", by=current_actor(), now=now())
            flash(
                _("Somebody else looks at it within five working days. We tell you what they decide, and why."), "good"
            )
            return go_to(url_for("discussion.show", contribution_id=contribution.id))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/appeal.html", host=host, post=contribution, act=act, form=form, status=form.answer_status
    )


@bp.route("/talk/<host_kind>/<int:host_id>/fair", methods=["GET", "POST"])
@access.signed_in
def fair(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Say whether the summary is fair."""
    host = hosts.find(host_kind, host_id, now())
    summary = queries.head(host, now()).summary
    if summary is None:
        raise NotFound
    summary = session().get_one(Summary, summary.id)
    form = FairForm()
    if form.validate_on_submit():
        try:
            answer, why = form.answer.data or "", form.why.data or ""
            summaries.judge_summary(summary, answer=answer, why=why, by=current_actor())
            flash(_("Thank you. Everybody sees how readers answered."), "good")
            return go_to(host_page(host))
        except Refusal as error:
            form.refuse(error)
    return render_page("discussion/fair.html", host=host, summary=summary, form=form, status=form.answer_status)


def host_page(host: Host) -> str:
    """The talk of a host, in the language of this request."""
    return request.script_root + host.talk_url


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
