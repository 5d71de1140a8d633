"""What waits for a second person: the list, one request, and the three answers to it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.approvals import queries, service
from pb.approvals.actions import action
from pb.approvals.forms import ApproveForm, DeclineForm
from pb.approvals.models import ApprovalRequest
from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.db import committed
from pb.core.errors import NotFound, Refusal
from pb.core.htmx import go_to, render_page

bp = Blueprint("approvals_staff", __name__, url_prefix="/staff/approvals")


@bp.get("")
@access.staff()
def index() -> ResponseReturnValue:
    """Everything this person may decide, and what was decided lately."""
    viewer = current_actor()
    waiting = queries.waiting_for(viewer, now())
    return render_page(
        "approvals/index.html",
        waiting=[request for request in waiting if request.asked_by != viewer.id],
        mine=[request for request in waiting if request.asked_by == viewer.id],
        decided=queries.decided_for(viewer, now()),
    )


@bp.get("/<int:request_id>")
@access.staff()
def show(request_id: int) -> ResponseReturnValue:
    """One request: what, who, why, until when."""
    return _page(queries.request_of(request_id, current_actor()))


def _page(
    request: ApprovalRequest, approve: ApproveForm | None = None, decline: DeclineForm | None = None
) -> ResponseReturnValue:
    form, act, viewer = approve or decline, action(request.action), current_actor()
    return render_page(
        "approvals/show.html",
        asked=request,
        title=act.words,
        unpublished=act.shows(request.payload),
        approve=approve or ApproveForm(formdata=None, seen=request.payload_sha256),
        decline=decline or DeclineForm(formdata=None),
        form=form,
        is_mine=request.asked_by == viewer.id,
        barred=act.bars(request.payload, viewer),
        is_open=request.state == "waiting" and now() < request.expires_at,
        status=form.answer_status if form else 200,
    )


@bp.post("/<int:request_id>/approve")
@access.staff()
def approve(request_id: int) -> ResponseReturnValue:
    """Agree: it is done at once, or can be done once."""
    form = ApproveForm()
    act = lambda: service.approve(request_id, seen=form.seen.data or "", by=current_actor(), now=now())  # noqa: E731
    return _answer(request_id, form, act, _("You agreed, and it is done."))


@bp.post("/<int:request_id>/decline")
@access.staff()
def decline(request_id: int) -> ResponseReturnValue:
    """Do not agree, and say why."""
    form = DeclineForm()
    act = lambda: service.decline(request_id, reason=form.reason.data or "", by=current_actor(), now=now())  # noqa: E731
    return _answer(request_id, form, act, _("You did not agree. Nothing was done."))


@bp.post("/<int:request_id>/withdraw")
@access.staff()
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take back what one asked for."""
    act = lambda: service.withdraw(request_id, by=current_actor(), now=now())  # noqa: E731
    return _answer(request_id, ApproveForm(formdata=None), act, _("You took it back. Nothing was done."))


def _answer(
    request_id: int, form: ApproveForm | DeclineForm, act: Callable[[], object], done: str
) -> ResponseReturnValue:
    """Do what the form says; what is refused is shown on the request's page, and in the record."""
    actor, at = current_actor(), now()
    queries.request_of(request_id, actor)
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        if isinstance(form, ApproveForm):
            with committed():
                service.note_refusal(request_id, refusal, by=actor, now=at)
        form.refuse(refusal)
        request = queries.request_of(request_id, actor)
        return _page(request, decline=form) if isinstance(form, DeclineForm) else _page(request, approve=form)
    flash(done, "good")
    return go_to(url_for("approvals_staff.index"))
