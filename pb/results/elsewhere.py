"""What results put into the pages of lower rooms: the way to a round's results, to the desk, and what waits there."""

from __future__ import annotations

from flask import Flask, render_template, url_for
from flask_babel import gettext as _

from pb.accounts.waiting import Waiting
from pb.core import slots
from pb.core.actor import Actor
from pb.results import queries, service
from pb.results.example import POT, example_of
from pb.results.page import results_of
from pb.results.words import say_for
from pb.rounds.models import Round


def on_round(*, round: Round, **_facts: object) -> str:
    """The main way on from a round with results."""
    return render_template("results/_on_round.html", round=round) if round.results_at else ""


def on_how(*, round: Round, **_facts: object) -> str:
    """On the page that explains the count: a worked example of this round's rule."""
    example = example_of(round)
    pot = say_for(round).money(POT)
    return render_template("results/_example.html", example=example, pot=pot) if example else ""


def on_project(*, round: Round, code: str, **_facts: object) -> str:
    """On a project's page: funded or not, and the way to why."""
    results = results_of(round) if round.results_at else None
    found = results.whole.find(code) if results else None
    return render_template("results/_on_project.html", round=round, line=found[1]) if found else ""


def on_vote_desk(*, round: Round, stage: str, **_facts: object) -> str:
    """From the open box to the count."""
    return render_template("results/_on_vote_desk.html", round=round) if stage == "unsealed" else ""


def waiting(*, viewer: Actor) -> list[Waiting]:
    """Counts to make, to certify, to publish."""
    if not viewer.has(*service.DUTY):
        return []
    return [line for round in queries.rounds_to_publish() if (line := _line(round, viewer))]


def _line(round: Round, viewer: Actor) -> Waiting | None:
    url, since = url_for("results_staff.desk", slug=round.slug), round.closed_at
    counts = queries.official_counts(round.id)
    if not counts:
        return Waiting(_("Count the votes: %(round)s", round=round.title), url, 1, since)
    words = queries.certifications(round.id, service.mark_of(counts))
    if service.is_certified(words):
        return Waiting(_("Publish the results: %(round)s", round=round.title), url, 1, since)
    if viewer.id in {word.person_id for word in words}:
        return None
    return Waiting(_("Certify the count: %(round)s", round=round.title), url, 1, since)


def init_app(app: Flask) -> None:
    slots.fill(app, "round.actions", on_round, order=5)
    slots.fill(app, "round.how", on_how)
    slots.fill(app, "project.actions", slots.for_everybody(on_project, "round", "code"), order=5)
    slots.fill(app, "vote.next", on_vote_desk)
    slots.fill(app, "staff.waiting", waiting)
