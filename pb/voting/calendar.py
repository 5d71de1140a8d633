"""What happens after a vote and when, as sentences and as a calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of

_WORDS: dict[Phase, LazyString] = {
    Phase.VOTING: _l("Voting opens"),
    Phase.COUNTING: _l("Voting ends, then the votes are opened and counted"),
    Phase.RESULTS: _l("Results are published here"),
    Phase.DELIVERING: _l("Work on the funded projects begins"),
}


@dataclass(frozen=True)
class Step:
    """One date to come."""

    phase: Phase
    at: datetime
    words: LazyString


def what_next(round: Round, now: datetime) -> list[Step]:
    """The dates from here on, in order."""
    return [Step(phase, at, _WORDS[phase]) for phase, at in dates_of(round).items() if phase in _WORDS and at > now]


def as_ics(round: Round, now: datetime) -> str:
    """The dates to come as an iCalendar file (RFC 5545): CRLF lines of at most 75 bytes, text escaped."""
    origin = current_app.extensions["settings"].host
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{origin}//Moothall//EN"]
    for step in what_next(round, now):
        summary = _("%(what)s: %(round)s", what=step.words, round=round.title)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{round.slug}-{step.phase.value}@{origin}",
            f"DTSTAMP:{_stamp(round.published_at or now)}",
            f"DTSTART:{_stamp(step.at)}",
            f"SUMMARY:{_escaped(summary)}",
            f"URL:{url_for('rounds.show', slug=round.slug, _external=True)}",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Long lines continue after CRLF and a space; a letter's bytes stay together."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > 74:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
