"""The log editor (A8): every save is a new version that everybody can read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.core import access
from pb.core.actor import Role, current_actor
from pb.core.clock import council_zone, now
from pb.core.errors import Refusal
from pb.core.htmx import go_to, render_page
from pb.log import queries, service, words
from pb.log.forms import form_for
from pb.log.models import LogEntry
from pb.log.service import Deed

bp = Blueprint("log_staff", __name__)


@bp.route("/staff/log/<reference>", methods=["GET", "POST"])
@access.staff(Role.OFFICER, Role.RETURNING_OFFICER)
def edit(reference: str) -> ResponseReturnValue:
    """Bring one entry up to date."""
    entry = queries.entry_by_reference(reference)
    form = form_for(entry.current)
    if not form.validate_on_submit():
        return _page(entry, form, status=422 if form.errors else 200)
    try:
        service.update(entry, by=current_actor(), now=now(), sees=form.sees.data, **_changes(entry, form))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(entry, form, status=refusal.status)
    flash(_("Saved as version %(number)s. Everybody can read it.", number=entry.current.number))
    return go_to(url_for("log.entry", reference=entry.reference))


PLAIN = (
    "status", "what_happened", "residents_had_no_part", "committed", "paid", "money_note", "what_we_learned",
    "next_step", "next_by", "answers_to",
)  # fmt: skip


def _changes(entry: LogEntry, form: Any) -> dict[str, Any]:
    today = now().astimezone(council_zone()).date()
    states = [line | {"state": form[f"deal_{n}"].data} for n, line in enumerate(entry.current.deal)]
    changes: dict[str, Any] = {name: form[name].data for name in PLAIN} | {"deal": states, "money_on": today}
    for side in ("council", "residents", "partners"):
        what, who = form[f"{side}_did"].data, form[f"{side}_who"].data
        if what:
            changes[f"{side}_did"] = [Deed(what, who, form.done_on.data or today)]
    return changes


def _page(entry: LogEntry, form: Any, *, status: int = 200) -> ResponseReturnValue:
    return render_page("log/edit.html", status=status, entry=entry, form=form, version=entry.current, words=words)
