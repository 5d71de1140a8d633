"""Where moderators decide, one item a screen; second looks and appeals; the facilitator's summary; election times."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.core import access, slots
from pb.core.actor import Actor, Role, current_actor
from pb.core.clock import now
from pb.core.db import session
from pb.core.errors import NotFound, Refusal
from pb.core.htmx import go_to, render_page
from pb.discussion import appeals, board, conflicts, desk, election, hosts, overriding, summaries, words
from pb.discussion.errors import ConflictOfInterest, NowhereToMove
from pb.discussion.forms import (
    AppealDecisionForm,
    ElectionForm,
    InterestForm,
    ModerateForm,
    OverrideForm,
    SecondForm,
    StatementDecisionForm,
    SummaryForm,
    ViewForm,
)
from pb.discussion.holds import WHY_HELD
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Moderation, ModerationAppeal, PreElection, Statement, Summary, Talk
from pb.discussion.moderating import Decision, moderate
from pb.discussion.reasons import CONFLICTS, REASONS
from pb.discussion.routes import here
from pb.proposals.queries import public_proposal
from pb.rounds.models import Round

bp = Blueprint("discussion_staff", __name__, url_prefix="/staff")
MODERATORS = (Role.OFFICER, Role.COUNCILLOR, conflicts.LAST_RESORT)
SECOND = (Role.OFFICER, conflicts.LAST_RESORT)


@bp.get("/queue")
@access.staff(*MODERATORS)
def queue() -> ResponseReturnValue:
    """The item that waits longest and that this moderator may decide; then removals and appeals for a second person."""
    viewer = current_actor()
    found = desk.next_item(viewer, after=request.args.get("after", type=int) or 0)
    if found is not None:
        return go_to(url_for("discussion_staff.item", contribution_id=found.id))
    return render_page("discussion/queue_done.html", desk=desk.state_of(viewer), is_read=True)


@bp.get("/queue/second-looks")
@access.staff(*MODERATORS)
def second_looks() -> ResponseReturnValue:
    """Removals, appeals and statements that wait for this person, whatever else is in the queue."""
    return render_page("discussion/queue_done.html", desk=desk.state_of(current_actor()), is_read=False)


@bp.route("/queue/<int:contribution_id>", methods=["GET", "POST"])
@access.staff(*MODERATORS)
def item(contribution_id: int) -> ResponseReturnValue:
    """One item: why it waits, what it says, what becomes of it."""
    contribution, talk = _item(contribution_id)
    viewer, form = current_actor(), ModerateForm()
    conflicts.check_role(contribution, viewer)
    if form.validate_on_submit():
        try:
            moderate(contribution, _decision(form), by=viewer, now=now(), move_to=_other_host(form, talk))
            flash(_("Saved. The author has been told."), "good")
            return go_to(url_for("discussion_staff.queue"))
        except ConflictOfInterest:
            raise
        except Refusal as error:
            form.refuse(error)
    if not form.is_submitted():
        form.new_text.data = contribution.text
    found = conflicts.conflicts(contribution, viewer)
    return render_page(
        "discussion/queue.html",
        post=contribution,
        talk=talk,
        kind=words.KIND_WORDS[contribution.kind],
        form=form,
        flags=desk.flags_of(contribution.id),
        conflicts=[CONFLICTS[code] for code in found],
        may_override=overriding.may_override(found, viewer),
        came_to_last=not viewer.has(Role.OFFICER, Role.COUNCILLOR),
        why_held=WHY_HELD,
        reasons=REASONS,
        desk=desk.state_of(viewer),
        before_election=election.is_on(talk.round_id, now()),
        status=form.answer_status,
    )


@bp.route("/queue/<int:contribution_id>/override", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def override(contribution_id: int) -> ResponseReturnValue:
    """For an officer with an interest: what they would decide and why, for a second officer to agree to."""
    contribution, talk = _item(contribution_id)
    viewer, form = current_actor(), OverrideForm()
    found = conflicts.conflicts(contribution, viewer)
    if not overriding.may_override(found, viewer):
        raise ConflictOfInterest(found)
    if form.validate_on_submit():
        try:
            overriding.ask_to_override(contribution, _decision(form), why=form.why.data or "", by=viewer, now=now())
            flash(_("Asked. Nothing changes until a second officer has agreed."), "good")
            return go_to(url_for("discussion_staff.queue", after=contribution.id))
        except Refusal as error:
            form.refuse(error)
    if not form.is_submitted():
        form.new_text.data = contribution.text
    return render_page(
        "discussion/override.html",
        post=contribution,
        talk=talk,
        kind=words.KIND_WORDS[contribution.kind],
        form=form,
        conflicts=[CONFLICTS[code] for code in found],
        status=form.answer_status,
    )


def _item(contribution_id: int) -> tuple[Contribution, Talk]:
    contribution = session().get(Contribution, contribution_id)
    talk = session().get(Talk, (contribution.host_kind, contribution.host_id)) if contribution else None
    if contribution is None or talk is None:
        raise NotFound
    return contribution, talk


def _decision(form: ModerateForm) -> Decision:
    return Decision(
        action=form.action.data or "",
        reason=form.reason.data or "",
        message=form.message.data or "",
        new_text=form.new_text.data or "",
    )


def _other_host(form: ModerateForm, talk: Talk) -> Host | None:
    """The project of the same round whose code was typed."""
    if form.action.data != "move" or talk.round_id is None:
        return None
    round = session().get_one(Round, talk.round_id)
    code = (form.move_to.data or "").strip().upper()
    try:
        return hosts.of_proposal(public_proposal(round, code), round, now())
    except NotFound:
        raise NowhereToMove from None


@bp.route("/queue/removals/<int:act_id>", methods=["GET", "POST"])
@access.staff(*SECOND)
def removal(act_id: int) -> ResponseReturnValue:
    """The second person on a removal."""
    act = session().get(Moderation, act_id)
    if act is None or act.action != "remove":
        raise NotFound
    form = SecondForm()
    if form.validate_on_submit():
        try:
            appeals.confirm_removal(act, agrees=form.agrees.data == "yes", by=current_actor(), now=now())
            flash(_("Saved. It is in the public record."), "good")
            return go_to(url_for("discussion_staff.second_looks"))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/removal.html",
        act=act,
        post=act.contribution,
        form=form,
        why_not=conflicts.why_not_again(act, current_actor()),
        reasons=REASONS,
        status=form.answer_status,
    )


@bp.route("/queue/appeals/<int:appeal_id>", methods=["GET", "POST"])
@access.staff(*SECOND)
def appeal(appeal_id: int) -> ResponseReturnValue:
    """An appeal, for somebody who did not take the decision."""
    made = session().get(ModerationAppeal, appeal_id)
    if made is None:
        raise NotFound
    form = AppealDecisionForm()
    if form.validate_on_submit():
        try:
            upheld, reason = form.outcome.data == "upheld", form.reason.data or ""
            appeals.decide_appeal(made, upheld=upheld, reason=reason, by=current_actor(), now=now())
            flash(_("Decided. The author has been told, and it is in the public record."), "good")
            return go_to(url_for("discussion_staff.second_looks"))
        except Refusal as error:
            form.refuse(error)
    act = made.moderation
    return render_page(
        "discussion/appeal_decide.html",
        made=made,
        act=act,
        post=act.contribution,
        form=form,
        why_not=conflicts.why_not_again(act, current_actor()),
        reasons=REASONS,
        status=form.answer_status,
    )


@bp.route("/queue/statements/<int:statement_id>", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def statement(statement_id: int) -> ResponseReturnValue:
    """A statement that waits to go on a board."""
    found = session().get(Statement, statement_id)
    if found is None:
        raise NotFound
    form = StatementDecisionForm()
    if form.validate_on_submit():
        try:
            publish, reason = form.outcome.data == "publish", form.reason.data or ""
            board.decide_statement(found, publish=publish, reason=reason, by=current_actor(), now=now())
            flash(_("Saved. The author has been told."), "good")
            return go_to(url_for("discussion_staff.second_looks"))
        except Refusal as error:
            form.refuse(error)
    return render_page("discussion/statement.html", statement=found, form=form, status=form.answer_status)


@bp.post("/queue/<int:contribution_id>/restore")
@access.staff(Role.OFFICER)
def restore(contribution_id: int) -> ResponseReturnValue:
    """Show a hidden item again."""
    contribution, _talk = _item(contribution_id)
    appeals.restore(contribution, by=current_actor(), now=now())
    flash(_("It is shown again."), "good")
    return go_to(url_for("discussion.show", contribution_id=contribution.parent_id or contribution.id))


@bp.route("/talk/<host_kind>/<int:host_id>/summary", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def summary(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Write the next version of the facilitator's summary."""
    host = hosts.find(host_kind, host_id, now())
    talk = session().get(Talk, (host.kind, host.id))
    latest = session().get(Summary, talk.summary_id) if talk and talk.summary_id else None
    kept = {name: summaries.as_text(getattr(latest, name)) for name in summaries.HEADINGS} if latest else {}
    form = SummaryForm(data=kept)
    if form.validate_on_submit():
        try:
            texts = {name: form[name].data or "" for name in summaries.HEADINGS}
            summaries.write_summary(host, texts, by=current_actor(), now=now())
            flash(_("The summary is public. The version before stays in the record."), "good")
            return go_to(here(host.talk_url))
        except Refusal as error:
            form.refuse(error)
    suggestions = desk.worth_citing(host)
    return render_page(
        "discussion/summary.html",
        host=host,
        form=form,
        latest=latest,
        suggestions=suggestions,
        why_not=None if form.is_submitted() else summaries.why_not_write(host, current_actor()),
        kinds=words.KIND_WORDS,
        status=form.answer_status,
    )


@bp.route("/talk/<host_kind>/<int:host_id>/views", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def views(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Add an opening view before the talk begins."""
    host, form = hosts.find(host_kind, host_id, now()), ViewForm()
    form.text.label.text = _("Their words (400 characters)")
    if form.validate_on_submit():
        try:
            side, who, text = form.side.data or "", form.who.data or "", form.text.data or ""
            summaries.add_opening_view(host, side=side, who=who, text=text, by=current_actor(), now=now())
            flash(_("The opening view is public."), "good")
            return go_to(here(host.talk_url))
        except Refusal as error:
            form.refuse(error)
    why_not = None if form.is_submitted() else summaries.why_not_write(host, current_actor())
    return render_page("discussion/views.html", host=host, form=form, why_not=why_not, status=form.answer_status)


@bp.route("/talk/<host_kind>/<int:host_id>/interest", methods=["GET", "POST"])
@access.staff(*MODERATORS)
def interest(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Declare an interest: from then on somebody else moderates here."""
    host, form = hosts.find(host_kind, host_id, now()), InterestForm()
    if form.validate_on_submit():
        kind = "pecuniary" if form.kind.data == "pecuniary" else "personal"
        conflicts.declare_interest(host.kind, host.id, kind=kind, by=current_actor(), now=now())
        flash(_("Your interest is declared. Somebody else moderates here from now on."), "good")
        return go_to(url_for("discussion_staff.queue"))
    return render_page("discussion/interest.html", host=host, form=form, status=form.answer_status)


@bp.route("/talk/election", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def before_election() -> ResponseReturnValue:
    """The times before elections, for the whole council."""
    form = ElectionForm()
    if form.validate_on_submit():
        assert form.starts_at.data is not None
        assert form.ends_at.data is not None
        try:
            starts, ends, reason = form.starts_at.data, form.ends_at.data, form.reason.data or ""
            by = current_actor()
            election.pause(round_id=None, starts_at=starts, ends_at=ends, reason=reason, by=by, now=now())
            flash(_("Saved. It is in the public record."), "good")
            return go_to(url_for("discussion_staff.before_election"))
        except Refusal as error:
            form.refuse(error)
    return render_page(
        "discussion/election.html", form=form, times=election.all_times(), moment=now(), status=form.answer_status
    )


@bp.post("/talk/election/<int:time_id>/end")
@access.staff(Role.OFFICER)
def end_election(time_id: int) -> ResponseReturnValue:
    """End a time before an election early, because it is over."""
    row = session().get(PreElection, time_id)
    if row is None:
        raise NotFound
    election.end_early(row, reason=_("The election is over."), by=current_actor(), now=now())
    return go_to(url_for("discussion_staff.before_election"))


def _waiting(*, viewer: Actor, **_facts: object) -> list[Waiting] | None:
    """For the staff home."""
    if not viewer.has(*MODERATORS):
        return None
    state = desk.state_of(viewer)
    url = url_for("discussion_staff.second_looks")
    return [
        Waiting(_("Contributions to read"), url_for("discussion_staff.queue"), state.items, state.oldest),
        Waiting(_("Removals for a second person"), url, len(state.removals)),
        Waiting(_("Statements to read"), url, len(state.statements)),
        Waiting(_("Appeals against moderation"), url, len(state.appeals), state.oldest_appeal),
    ]


def init_app(app: Flask) -> None:
    slots.fill(app, "staff.waiting", _waiting)
