"""Moving the demonstration's clock, from the page that says who can sign in. Not registered in a real installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Flask, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.core import access, slots
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.filters import moment
from pb.core.htmx import go_to
from pb.demo.clock import TooFar, TravellingClock
from pb.rounds.models import Phase
from pb.rounds.queries import public_rounds
from pb.rounds.words import PHASE_BEGINS

pages = Blueprint("demo", __name__, url_prefix="/demo")


class NoSuchTime(Refusal):
    """The clock was asked to go somewhere it cannot."""

    status = 422


@dataclass(frozen=True)
class Stop:
    """A time worth going to."""

    label: str
    at: datetime


def _clock() -> TravellingClock:
    clock: TravellingClock = current_app.extensions["clock"]
    return clock


def _stops() -> list[Stop]:
    """The next dates of the rounds, just after they begin, in order; and tomorrow."""
    dates = [(date.starts_at, date.phase, round.title) for round in public_rounds(now()) for date in round.dates]
    ahead = sorted(row for row in dates if row[0] > now())[:8]
    tomorrow = Stop(_("One day on"), now() + timedelta(days=1))
    return [tomorrow] + [
        Stop(_("%(round)s: %(phase)s", round=title, phase=PHASE_BEGINS[Phase(phase)]), at + timedelta(minutes=3))
        for at, phase, title in ahead
    ]


def _section(**_facts: object) -> str:
    if not isinstance(current_app.extensions["clock"], TravellingClock):
        return ""
    return render_template("demo/_clock.html", stops=_stops(), moment=now(), is_away=bool(_clock().offset))


@pages.post("/clock")
@access.demo_only
def travel() -> ResponseReturnValue:
    """Move the clock of this demonstration, or bring it back."""
    wanted = request.form.get("to", "")
    try:
        _clock().go_to(datetime.fromisoformat(wanted)) if wanted else _clock().come_back()
    except (ValueError, TypeError, OverflowError, TooFar):
        raise NoSuchTime from None
    flash(_("It is now %(moment)s here.", moment=moment(_clock()())))
    return go_to(url_for("accounts_demo.who"))


def init_app(app: Flask) -> None:
    if isinstance(app.extensions["clock"], TravellingClock):
        app.register_blueprint(pages)
        slots.fill(app, "demo.sections", _section)


__all__ = ["init_app"]
