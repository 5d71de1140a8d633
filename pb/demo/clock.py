"""The demonstration's clock can be moved, so that a person can see a vote end without waiting for days.

The offset lies in a small file that all processes of the demonstration read. It exists only with DEMO=1.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

LONGEST = timedelta(days=400)


class TooFar(ValueError):
    """The clock may go 400 days on or back, not further."""


class TravellingClock:
    """The system's clock plus the offset in `folder/clock-offset` (whole seconds; no file is no offset)."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock-offset"

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        try:
            return timedelta(seconds=int(self._file.read_text()))
        except (FileNotFoundError, ValueError):
            return timedelta(0)

    def go_to(self, moment: datetime) -> None:
        """Let it be `moment` now. Written whole or not at all.

        Raises: TooFar
        """
        offset = moment - datetime.now(UTC)
        if abs(offset) > LONGEST:
            raise TooFar
        part = self._file.with_suffix(".part")
        part.write_text(str(round(offset.total_seconds())))
        os.replace(part, self._file)

    def come_back(self) -> None:
        """Let it be now."""
        self._file.unlink(missing_ok=True)
