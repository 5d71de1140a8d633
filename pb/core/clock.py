"""The one place where the time is read, so that tests and drills can give their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g, has_request_context

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """The time of this request or command, aware and in UTC; the same instant for one whole request."""
    clock: Clock = current_app.extensions["clock"]
    if not has_request_context():
        return clock()
    if "now" not in g:
        g.now = clock()
    moment: datetime = g.now
    return moment


def council_zone() -> ZoneInfo:
    """The zone in which this council's times are shown and typed."""
    return ZoneInfo(current_app.extensions["settings"].time_zone)
