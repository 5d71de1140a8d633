"""Staff home: what is waiting. And, for administrators, who holds which role."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.accounts import queries, service
from pb.accounts.forms import ROLE_NAMES, RoleForm, SignInForm
from pb.accounts.mailbox import normalise
from pb.accounts.models import Person
from pb.accounts.waiting import Waiting, oldest_first
from pb.approvals.queries import waiting_for
from pb.core import access, slots
from pb.core.actor import STAFF_ROLES, Actor, Role, current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page

bp = Blueprint("accounts_staff", __name__, url_prefix="/staff")


@bp.get("")
@access.staff(*STAFF_ROLES, Role.COUNCILLOR)
def home() -> ResponseReturnValue:
    """What is waiting for this member of staff or councillor, the oldest first."""
    viewer = current_actor()
    waiting = oldest_first(slots.gathered("staff.waiting", viewer=viewer))
    return render_page("accounts/staff_home.html", waiting=waiting, is_admin=viewer.has(Role.ADMIN))


@bp.get("/people")
@access.staff(Role.ADMIN)
def people() -> ResponseReturnValue:
    """Everybody with a role; find anybody else by e-mail address."""
    form = SignInForm(formdata=request.args, meta={"csrf": False})
    if "email" in request.args and form.validate():
        try:
            found = queries.person_by_mailbox(normalise(form.email.data))
            if found:
                return go_to(url_for("accounts_staff.person", person_id=found.id))
            form.email.errors = [_("Nobody has signed in with this address yet. Ask them to sign in once.")]
        except Refusal as refusal:
            form.refuse(refusal)
    status = 422 if form.errors else 200
    holders = queries.people_with_roles()
    return render_page("accounts/people.html", form=form, people=holders, role_names=ROLE_NAMES, status=status)


@bp.get("/people/<int:person_id>")
@access.staff(Role.ADMIN)
def person(person_id: int) -> ResponseReturnValue:
    """One person's roles."""
    return _page(queries.person(person_id), RoleForm(formdata=None))


def _page(found: Person, form: RoleForm, status: int = 200) -> ResponseReturnValue:
    wards = queries.wards()
    form.offer(wards)
    return render_page(
        "accounts/person.html",
        person=found,
        form=form,
        role_names=ROLE_NAMES,
        ward_names=dict(wards),
        has_password=queries.has_password(found.id),
        to_agree=service.roles_asked_for(found.id, by=current_actor(), now=now()),
        status=status,
    )


@bp.post("/people/<int:person_id>/roles")
@access.staff(Role.ADMIN)
def grant(person_id: int) -> ResponseReturnValue:
    """Give a role."""
    found, form = queries.person(person_id), RoleForm()
    form.offer(queries.wards())
    if not form.validate():
        return _page(found, form, 422)
    try:
        asked = service.give_role(
            found,
            role=Role(form.role.data),
            title=form.title.data,
            ward_id=form.ward_id.data or None,
            look_at=url_for("accounts_staff.person", person_id=person_id),
            by=current_actor(),
            now=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(found, form, refusal.status)
    given = _("The role is given. %(name)s has to sign in again.", name=found.display_name)
    flash(_("You asked for it. Another administrator must agree.") if asked else given, "good")
    return go_to(url_for("accounts_staff.person", person_id=person_id))


@bp.post("/people/<int:person_id>/roles/<int:grant_id>/revoke")
@access.staff(Role.ADMIN)
def revoke(person_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role back."""
    found = service.revoke_role(person_id=person_id, grant_id=grant_id, by=current_actor(), now=now())
    flash(_("The role is taken back. %(name)s is signed out everywhere.", name=found.display_name), "good")
    return go_to(url_for("accounts_staff.person", person_id=person_id))


def second_opinions(*, viewer: Actor) -> Waiting | None:
    """What other people asked for and this one may agree to. (The room of approvals is below this one.)"""
    asked = [request for request in waiting_for(viewer, now()) if request.asked_by != viewer.id]
    if not asked:
        return None
    return Waiting(_("Needs you as a second person"), url_for("approvals_staff.index"), len(asked), asked[0].asked_at)


def init_app(app: Flask) -> None:
    slots.fill(app, "staff.waiting", second_opinions)
