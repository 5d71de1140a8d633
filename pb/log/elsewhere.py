"""What the log puts into the pages of lower rooms, and how it hears of a published result."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, render_template, url_for
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.core import slots
from pb.core.actor import Actor
from pb.core.clock import council_zone, now
from pb.log import following, queries, service, words
from pb.log.queries import Promise
from pb.results.models import CouncilDecision, Publication
from pb.rounds.models import Project, Round, Ward


def on_published(*, round: Round, publication: Publication, by: Actor, now: datetime) -> None:
    """Open the log's entries, or let them follow a correction, in the same transaction as the publication."""
    following.follow_result(round, publication, by=by, now=now)


def on_decided(*, decision: CouncilDecision, publication: Publication, by: Actor, now: datetime, **_f: object) -> None:
    """Let the entry of a project follow what the council decided of it, in the same transaction."""
    following.follow_decision(decision, publication, by=by, now=now)


def on_home(**_facts: object) -> str:
    """How past promises stand, in numbers."""
    found = _promises()
    if not found:
        return ""
    return render_template("log/_on_home.html", numbers=queries.numbers(found, now()), words=words)


def on_round(*, round: Round, **_facts: object) -> str:
    """What became of this round's promises."""
    found = _promises(round_id=round.id) if round.results_at else []
    if not found:
        return ""
    numbers = queries.numbers(found, now())
    return render_template("log/_on_round.html", round=round, numbers=numbers, promises=found, words=words)


def on_project(*, project: Project | None = None, **_facts: object) -> str:
    """The promise that a project became."""
    entry = queries.entry_of_project(project.id) if project else None
    return render_template("log/_on_project.html", entry=entry, words=words) if entry else ""


def on_ward(*, ward: Ward, **_facts: object) -> str:
    """A ward's promises, overdue ones first."""
    found = _promises(ward_id=ward.id)
    return render_template("log/_on_ward.html", ward=ward, promises=found[:5], words=words) if found else ""


def waiting(*, viewer: Actor) -> Waiting | None:
    """Promises whose update is overdue."""
    if not viewer.has(*service.KEEPERS):
        return None
    overdue = _promises(only_overdue=True)
    url = url_for("log.index", status="overdue")
    return Waiting(_("Update overdue in the log"), url, len(overdue)) if overdue else None


def _promises(**wanted: object) -> list[Promise]:
    return queries.promises(now().astimezone(council_zone()).date(), **wanted)  # type: ignore[arg-type]


def init_app(app: Flask) -> None:
    slots.fill(app, "results.published", on_published)
    slots.fill(app, "council.decided", on_decided)
    slots.fill(app, "home.sections", on_home)
    slots.fill(app, "round.sections", on_round)
    slots.fill(app, "results.sections", on_round)
    slots.fill(app, "project.sections", slots.for_everybody(on_project, "project"), order=10)
    slots.fill(app, "ward.sections", on_ward)
    slots.fill(app, "staff.waiting", waiting)
