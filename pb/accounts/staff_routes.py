"""Staff home: what is waiting."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pb.accounts.waiting import oldest_first
from pb.core import access, slots
from pb.core.actor import Role, current_actor
from pb.core.htmx import render_page

bp = Blueprint("accounts_staff", __name__)


@bp.get("/staff")
@access.staff()
def home() -> ResponseReturnValue:
    """What is waiting for this member of staff, the oldest first."""
    viewer = current_actor()
    waiting = oldest_first(slots.gathered("staff.waiting", viewer=viewer))
    return render_page("accounts/staff_home.html", waiting=waiting, is_admin=viewer.has(Role.ADMIN))
