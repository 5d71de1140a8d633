"""What open data hears from lower rooms, and what it puts into their pages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Flask, current_app, render_template

from pb.core import slots
from pb.core.keys import site_key
from pb.opendata import service
from pb.results.models import Publication
from pb.results.pack import Issuer
from pb.rounds.models import Round


def issuer() -> Issuer:
    """This installation as it signs what it publishes."""
    settings = current_app.extensions["settings"]
    return Issuer(settings.council_name, settings.base_url, ZoneInfo(settings.time_zone), site_key())


def on_published(*, round: Round, publication: Publication, **_facts: object) -> None:
    """Write the files in the same transaction as the publication."""
    service.publish_files(round, publication, issuer())


def links(*, round: Round, **_facts: object) -> str:
    """From the results to the files."""
    return render_template("opendata/_links.html", round=round)


def on_round(*, round: Round, **_facts: object) -> str:
    """From a round with results to its data."""
    return render_template("opendata/_on_round.html", round=round) if round.results_at else ""


def head(*, round: Round, **_facts: object) -> str:
    """Where programs find the feed and the card of a round. A draft has neither."""
    if round.published_at is None:
        return ""
    address = f"{current_app.extensions['settings'].base_url}/rounds/{round.slug}"
    return render_template("opendata/_head.html", round=round, address=address)


def init_app(app: Flask) -> None:
    slots.fill(app, "results.published", on_published, order=90)  # after the log: the record in the pack is whole
    slots.fill(app, "results.imported", on_published)
    slots.fill(app, "results.links", links, order=60)
    slots.fill(app, "round.head", head)
    slots.fill(app, "round.sections", on_round, order=90)
