"""Groups: start one, invite neighbours, join, leave."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts import browser, queries, service
from pb.accounts.errors import InvitationNotGood
from pb.accounts.forms import GroupForm, InviteForm
from pb.accounts.models import Group
from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page

bp = Blueprint("accounts_groups", __name__, url_prefix="/groups")


def _my_group(slug: str) -> Group:
    """Raises: NotFound for groups of others."""
    viewer = current_actor()
    assert viewer.id is not None
    return queries.group_of(viewer.id, slug)


@bp.route("/new", methods=["GET", "POST"])
@access.signed_in
def new() -> ResponseReturnValue:
    """Start a group."""
    form, status = GroupForm(), 422
    if form.validate_on_submit():
        try:
            group = service.create_group(
                name=form.name.data,
                about=form.about.data,
                constitution=form.constitution.data,
                host=form.host.data,
                by=current_actor(),
                now=now(),
            )
            flash(_("%(group)s is there. Invite the others.", group=group.name), "good")
            return go_to(url_for("accounts_groups.show", slug=group.slug))
        except Refusal as refusal:
            form.refuse(refusal)
            status = refusal.status
    return render_page("accounts/group_new.html", form=form, status=status if form.errors else 200)


@bp.get("/<slug>")
@access.signed_in
def show(slug: str) -> ResponseReturnValue:
    """A group, for its members: who is in it, invite, leave."""
    return _page(_my_group(slug), InviteForm(formdata=None))


def _page(group: Group, form: InviteForm) -> ResponseReturnValue:
    members = queries.members_of(group.id)
    return render_page(
        "accounts/group.html", group=group, members=members, form=form, status=422 if form.errors else 200
    )


@bp.post("/<slug>/invite")
@access.signed_in
def invite(slug: str) -> ResponseReturnValue:
    """E-mail an invitation."""
    group, form = _my_group(slug), InviteForm()
    if form.validate():
        try:
            service.invite_to_group(
                group=group,
                email=form.email.data,
                by=current_actor(),
                link_to=lambda text: browser.whole_address("accounts_groups.join", invitation=text),
                now=now(),
            )
            flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "good")
            return go_to(url_for("accounts_groups.show", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(group, form)


@bp.post("/<slug>/leave")
@access.signed_in
def leave(slug: str) -> ResponseReturnValue:
    """Stop acting for a group."""
    group = _my_group(slug)
    service.leave_group(group=group, by=current_actor())
    flash(_("You no longer act for %(group)s.", group=group.name), "good")
    return go_to(url_for("accounts.me"))


@bp.route("/join/<invitation>", methods=["GET", "POST"])
@access.signed_in
def join(invitation: str) -> ResponseReturnValue:
    """Accept an invitation, after a look at who invites."""
    viewer, form = current_actor(), Form()
    try:
        if form.validate_on_submit():
            group = service.join_group(invitation=invitation, by=viewer, now=now())
            flash(_("You now act for %(group)s.", group=group.name), "good")
            return go_to(url_for("accounts_groups.show", slug=group.slug))
        group = service.invited_to(invitation=invitation, by=viewer, now=now())
    except InvitationNotGood as refusal:
        return render_page("accounts/invitation_ended.html", sentence=refusal.sentence, status=refusal.status)
    return render_page("accounts/group_join.html", group=group, invitation=invitation)
