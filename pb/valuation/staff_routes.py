"""Where officers check proposals and publish the outcomes; and what the public reads of a check."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from pb.accounts.waiting import Waiting
from pb.core import access, slots
from pb.core.actor import Actor, Role, current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page
from pb.core.money import Money
from pb.proposals import page
from pb.proposals.models import Proposal
from pb.proposals.queries import looks_like, pace_of, public_proposal
from pb.proposals.words import STEPS
from pb.proposals.writing_routes import address_of
from pb.rounds.models import Round
from pb.rounds.queries import round_by_slug
from pb.valuation import queries, service
from pb.valuation.errors import VersionIsNotCurrent
from pb.valuation.forms import CheckForm, PublishForm
from pb.valuation.models import Valuation
from pb.valuation.reasons import OUTCOMES, reason_words

bp = Blueprint("valuation_staff", __name__)


@bp.get("/staff/rounds/<slug>/checks")
@access.staff(Role.OFFICER)
def queue(slug: str) -> ResponseReturnValue:
    """What waits for a check, the oldest first; what is checked and not public yet; what is public."""
    round = round_by_slug(slug, viewer=current_actor())
    pace = pace_of(round.id)
    stopped = [(STEPS.get(step, _("Read through, not sent in")), count) for step, count in pace.stopped.most_common()]
    return render_page(
        "valuation/queue.html",
        round=round,
        desk=queries.desk(round),
        outcomes=OUTCOMES,
        median_minutes=pace.median_minutes,
        stopped=stopped,
    )


@bp.route("/staff/rounds/<slug>/checks/<code>", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def check(slug: str, code: str) -> ResponseReturnValue:
    """One proposal: read it, decide, say why."""
    round = round_by_slug(slug, viewer=current_actor())
    proposal = public_proposal(round, code)
    form = _check_form(proposal)
    status = 200
    if form.validate_on_submit():
        try:
            _save(proposal, form)
            flash(_("The check of %(code)s is saved. It is not public yet.", code=code), "good")
            return go_to(url_for("valuation_staff.queue", slug=slug))
        except Refusal as error:
            form.refuse(error)
            status = error.status
            if isinstance(error, VersionIsNotCurrent):
                form.revision_number.data = str(proposal.current.number)
    return render_page(
        "valuation/check.html",
        round=round,
        proposal=proposal,
        content=page.content(proposal.current),
        form=form,
        same=looks_like(round.id, proposal.current.title, except_id=proposal.id),
        earlier=queries.newest_check(proposal.id),
        outcomes=OUTCOMES,
        status=422 if form.errors and status == 200 else status,
    )


def _check_form(proposal: Proposal) -> CheckForm:
    """Filled with the newest check, if there is one, so that it can be corrected."""
    latest = queries.newest_check(proposal.id)
    number = {"revision_number": str(proposal.current.number)}
    if latest is None:
        return CheckForm(data=number | {"cost": proposal.current.cost})
    names = ("outcome", "reason", "reason_code", "rule_name", "rule_url", "cost", "already_doing")
    return CheckForm(data=number | {name: getattr(latest, name) for name in names})


def _save(proposal: Proposal, form: CheckForm) -> None:
    service.value_proposal(
        proposal,
        outcome=form.outcome.data,
        reason=form.reason.data or "",
        reason_code=form.reason_code.data or "",
        rule_name=form.rule_name.data or "",
        rule_url=form.rule_url.data or "",
        already_doing=form.already_doing.data or "",
        cost=Money(form.cost.data or 0),
        revision_number=form.seen_number(),
        by=current_actor(),
        now=now(),
    )


@bp.route("/staff/rounds/<slug>/checks/publish", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def publish(slug: str) -> ResponseReturnValue:
    """Ask once, then publish all outcomes at the same moment."""
    round = round_by_slug(slug, viewer=current_actor())
    form = PublishForm()
    refusal: Refusal | None = None
    if form.validate_on_submit():
        try:
            count = service.publish_outcomes(round, by=current_actor(), now=now(), address_of=address_of)
            flash(ngettext("%(num)s outcome is public.", "%(num)s outcomes are public.", count), "good")
            return go_to(url_for("valuation_staff.queue", slug=slug))
        except Refusal as error:
            refusal = error
            form.refuse(error)
    status = refusal.status if refusal else 200
    desk = queries.desk(round)
    return render_page("valuation/publish.html", round=round, desk=desk, form=form, outcomes=OUTCOMES, status=status)


def _waiting(*, viewer: Actor, **_facts: object) -> list[Waiting] | None:
    """For the staff home: the proposals of each round that wait for their check."""
    if not viewer.has(Role.OFFICER):
        return None
    return [
        Waiting(
            label=_("Proposals to check: %(round)s", round=round.title),
            url=url_for("valuation_staff.queue", slug=round.slug),
            count=count,
            since=oldest.proposal.submitted_at,
        )
        for round, count, oldest in queries.rounds_with_waiting()
    ]


def _on_project_page(*, proposal: Proposal | None, **_facts: object) -> str:
    """The published check, with its reason and the officer's role."""
    checks = queries.published_checks(proposal.id) if proposal else ()
    if proposal is None or not checks:
        return ""
    return render_template(
        "valuation/_outcome.html",
        check=checks[0],
        outcomes=OUTCOMES,
        reason_words=reason_words,
        is_of_older_version=checks[0].revision_number != proposal.current.number,
    )


def _to_the_desk(*, round: Round, proposal: Proposal | None, **_facts: object) -> str:
    """For officers, the way to check it, until the ballot is frozen."""
    if proposal is None or round.frozen_at is not None or not current_actor().has(Role.OFFICER):
        return ""
    return render_template("valuation/_to_the_desk.html", round=round, proposal=proposal)


def _in_history(*, proposal: Proposal, **_facts: object) -> str:
    """Every published check, so that a changed mind stays visible."""
    checks: list[Valuation] = list(queries.published_checks(proposal.id))
    return render_template("valuation/_history.html", checks=checks, outcomes=OUTCOMES, reason_words=reason_words)


def init_app(app: Flask) -> None:
    slots.fill(app, "staff.waiting", _waiting)
    slots.fill(app, "project.check", slots.for_everybody(_on_project_page, "proposal"), order=10)
    slots.fill(app, "project.check", _to_the_desk, order=20)
    slots.fill(app, "proposal.history", _in_history)
    slots.fill(app, "setup.actions", _setup_link)


def _setup_link(*, round: Round, **_facts: object) -> str:
    return render_template("valuation/_setup_link.html", round=round)
