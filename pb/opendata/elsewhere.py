"""What open data hears from lower rooms, and what it puts into their pages."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Flask, current_app, render_template

from pb.core import slots
from pb.core.db import committed, session
from pb.core.keys import site_key
from pb.opendata import ballots, queries, service
from pb.results.models import Count, Publication
from pb.results.pack import Issuer
from pb.results.study import Told
from pb.rounds.models import Round


def issuer() -> Issuer:
    """This installation as it signs what it publishes."""
    settings = current_app.extensions["settings"]
    return Issuer(settings.council_name, settings.base_url, ZoneInfo(settings.time_zone), site_key())


def on_published(*, round: Round, publication: Publication, **_facts: object) -> None:
    """Write the files in the same transaction as the publication."""
    service.publish_files(round, publication, issuer())


def on_imported(*, round_id: int, told: Told) -> None:
    """Give a finished round that was imported its files, if it has none yet."""
    if queries.versions_without_files(session().get_one(Round, round_id)):
        ballots.make_ahead(round_id, issuer(), told)
        with committed():
            service.publish_missing(session().get_one(Round, round_id), issuer())


def files_missing(*, counts: Sequence[Count], **_facts: object) -> bool:
    """Whether these counts cannot be published before the files of their ballots are made."""
    return bool(counts) and ballots.are_missing(counts[0].pot.round, counts)


def make_files(*, round_id: int, told: Told) -> None:
    """Make them, outside any publication."""
    ballots.make_ahead(round_id, issuer(), told)


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
    slots.fill(app, "results.imported", on_imported)
    slots.fill(app, "results.files_missing", files_missing)
    slots.fill(app, "results.files_wanted", make_files)
    slots.fill(app, "results.links", links, order=60)
    slots.fill(app, "round.head", head)
    slots.fill(app, "round.sections", on_round, order=90)
