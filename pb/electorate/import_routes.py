"""Importing the list of voters: choose a file, look at what it holds, import or discard."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from pb.core import access
from pb.core.actor import current_actor
from pb.core.cells import safe_cell
from pb.core.clock import now
from pb.core.db import only_read
from pb.core.errors import Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.electorate import importing
from pb.electorate.errors import NotTable
from pb.electorate.forms import ImportForm, UploadForm
from pb.electorate.print_runs import DESK
from pb.electorate.queries import roll_of
from pb.rounds.models import Round
from pb.rounds.queries import round_by_slug, wards

bp = Blueprint("electorate_import", __name__, url_prefix="/staff/rounds/<slug>/list/import")
LARGEST_FILE = 40 * 1024 * 1024
SHOWN = 100


@bp.url_value_preprocessor
def allow_a_large_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form, and only for those who may send a list."""
    if endpoint == "electorate_import.upload" and current_actor().has(*DESK):
        request.max_content_length = LARGEST_FILE
        request.max_form_memory_size = 1024 * 1024  # also bounds what the parser holds while a file streams by


def _round(slug: str) -> Round:
    return round_by_slug(slug, viewer=current_actor())


@bp.route("", methods=["GET", "POST"])
@access.staff(*DESK)
def upload(slug: str) -> ResponseReturnValue:
    """Choose the file."""
    round, form = _round(slug), UploadForm()
    if form.validate_on_submit():
        try:
            sent = request.files.get("file")
            importing.upload(round=round, content=_content(sent), now=now())
            return go_to(url_for("electorate_import.look", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("electorate/upload.html", round=_round(slug), form=form, status=form.answer_status)


def _content(sent: FileStorage | None) -> bytes:
    if sent is None or not sent.filename:
        raise NotTable
    with sent.stream as stream:
        content: bytes = stream.read()
    return content


@bp.get("/look")
@access.staff(*DESK)
def look(slug: str) -> ResponseReturnValue:
    """What the file holds, and every row that cannot be used, before anything is kept."""
    round = _round(slug)
    roll = roll_of(round.id)
    usual = {"source": roll.source if roll else "", "asks_for": ["reference", "born_on"]}
    return _look(round, ImportForm(formdata=None, **usual))


def _look(round: Round, form: ImportForm) -> ResponseReturnValue:
    found = importing.preview(round, now=now())
    if found is None:
        return go_to(url_for("electorate_import.upload", slug=round.slug))
    form.offer(found.facts)
    form.file_sha256.data = found.file_sha256
    names = {ward.id: ward.name for ward in wards()}
    return render_page(
        "electorate/look.html",
        round=round,
        form=form,
        found=found,
        first=[(person, names.get(ward_id or 0, "")) for person, ward_id in found.people[:10]],
        problems=found.problems[:SHOWN],
        status=form.answer_status,
    )


@bp.get("/problems.csv")
@access.staff(*DESK)
def problems(slug: str) -> ResponseReturnValue:
    """Every row that cannot be used, for whoever mends the list."""
    found = importing.preview(_round(slug), now=now())
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(("row", "problem"))
    table.writerows((problem.row, safe_cell(str(problem.words))) for problem in (found.problems if found else ()))
    response = Response(text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=rows-to-mend.csv"
    return response


@bp.post("/keep")
@access.staff(*DESK)
def keep(slug: str) -> ResponseReturnValue:
    """Import. Reading and comparing take seconds for a borough: votes wait only for the writing."""
    only_read()
    round, form = _round(slug), ImportForm()
    form.asks_for.choices = [(fact, fact) for fact in request.form.getlist("asks_for")[:10]]
    if form.validate_on_submit():
        try:
            new, updated = importing.import_list(
                round=round,
                source=form.source.data,
                asks_for=form.asks_for.data or (),
                file_sha256=form.file_sha256.data or "",
                by=current_actor(),
                now=now(),
            )
            told = ngettext("%(num)s person was added.", "%(num)s people were added.", new)
            flash(f"{told} {_('%(updated)s were on the list already.', updated=updated)}", "good")
            return go_to(url_for("electorate_staff.desk", slug=slug))
        except Refusal as refusal:
            form.refuse(refusal)
    return _look(_round(slug), form)


@bp.post("/discard")
@access.staff(*DESK)
def discard(slug: str) -> ResponseReturnValue:
    """Not this file."""
    Form()
    importing.discard(_round(slug).id)
    flash(_("The file is forgotten. Nothing was imported."))
    return go_to(url_for("electorate_staff.desk", slug=slug))
