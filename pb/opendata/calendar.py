"""A round's dates for people's own calendars. Source: RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from pb.journal.models import JournalEntry
from pb.log.queries import Promise
from pb.rounds.models import Round
from pb.rounds.phases import dates_of
from pb.rounds.words import PHASE_BEGINS

SETS_DATES = frozenset({"dates.set", "round.held", "round.released"})


def calendar_of(round: Round, record: Iterable[JournalEntry], promises: Iterable[Promise], site: str) -> str:
    """The phases that have a date, and the next steps promised in the log.

    Each event keeps its UID for ever; SEQUENCE counts the times the dates were changed or held.
    """
    changes = [entry.at for entry in record if entry.kind in SETS_DATES]
    stamp = max(changes, default=round.created_at)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Moothall//Rounds//EN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_escaped(round.title)}")
    lines += _phases(round, len(changes), stamp, site)
    lines += _steps(promises, site)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _phases(round: Round, changes: int, stamp: datetime, site: str) -> Iterator[str]:
    for phase, at in dates_of(round).items():
        summary = f"{PHASE_BEGINS[phase]}: {round.title}"
        starts = [f"DTSTART:{_time(at)}", "DURATION:PT0S"]
        held = "TENTATIVE" if round.held_at else "CONFIRMED"
        rest = [f"SEQUENCE:{changes}", f"STATUS:{held}", f"URL:{site}/rounds/{round.slug}"]
        yield from _event(f"{round.slug}-{phase.value}", summary, stamp, [*starts, *rest], site)


def _steps(promises: Iterable[Promise], site: str) -> Iterator[str]:
    for promise in promises:
        entry, version = promise.entry, promise.version
        if version.next_by is None or not version.next_step:
            continue
        days = [f"DTSTART;VALUE=DATE:{_day(version.next_by)}", f"DTEND;VALUE=DATE:{_day(version.next_by, 1)}"]
        rest = [f"SEQUENCE:{version.number}", "STATUS:CONFIRMED", f"URL:{site}/log/{entry.reference}"]
        summary = f"{entry.title}: {version.next_step}"
        yield from _event(f"log-{entry.reference}", summary, version.made_at, [*days, *rest], site)


def _event(name: str, summary: str, stamp: datetime, lines: list[str], site: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{name}@{urlsplit(site).hostname}"
    yield f"DTSTAMP:{_time(stamp)}"
    yield f"SUMMARY:{_escaped(summary)}"
    yield from lines
    yield "END:VEVENT"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _day(day: date, later: int = 0) -> str:
    return (day + timedelta(days=later)).strftime("%Y%m%d")


def _escaped(text: str) -> str:
    """Section 3.3.11: backslash, semicolon, comma and line feed."""
    for plain, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, safe)
    return text


def _folded(line: str) -> str:
    """Section 3.1: at most 75 octets a line, never cutting a letter; a space begins what goes on."""
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > 74:
            pieces.append(piece)
            piece = ""
        piece += letter
    return "\r\n ".join([*pieces, piece])
