"""The ten statuses of a promise, what each demands, and when the app itself says that an update is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.log.models import LogVersion


class Status(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    DELAYED = "delayed"
    CHANGED = "changed"
    FINISHED = "finished"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Words:
    """How a status is named, coloured (never colour alone) and explained."""

    name: LazyString
    kind: str
    meaning: LazyString


WORDS: dict[str, Words] = {
    Status.OPEN: Words(_l("Open"), "", _l("Asked, no answer yet.")),
    Status.ANSWERED: Words(_l("Answered"), "quiet", _l("Replied to; no action was promised.")),
    Status.AGREED: Words(_l("Agreed"), "", _l("It will happen. Who answers for it, and by when, is set.")),
    Status.UNDER_WAY: Words(_l("Under way"), "", _l("Work or spending has begun.")),
    Status.DELAYED: Words(_l("Delayed"), "warn", _l("The date has moved. The old date stays to be seen.")),
    Status.CHANGED: Words(_l("Changed"), "warn", _l("What will be done differs from what was agreed.")),
    Status.FINISHED: Words(_l("Finished"), "good", _l("Those who did it say it is done. Residents check next.")),
    Status.CONFIRMED: Words(_l("Confirmed"), "good", _l("Residents went to look, and most say it is done.")),
    Status.STOPPED: Words(_l("Stopped"), "bad", _l("It will not happen. The entry says why and where the money goes.")),
    Status.NOT_OURS: Words(_l("Not ours"), "quiet", _l("Somebody else’s job. The entry says whose.")),
}
EDITABLE = tuple(status for status in Status if status is not Status.CONFIRMED)
"""Confirmed comes from residents, never from the desk."""
LIVING = frozenset({Status.OPEN, Status.AGREED, Status.UNDER_WAY, Status.DELAYED, Status.CHANGED})
"""Something is still to come: a next step, its date and who answers are needed."""
TEACHING = frozenset({Status.CHANGED, Status.DELAYED, Status.STOPPED, Status.FINISHED})
SPEAK_EVERY = timedelta(days=60)
"""Work under way is reported at least this often."""


def deal_state(line: Mapping[str, Any], status: str, today: date) -> str:
    """Where a line of the deal stands: what was noted, or, of one that nobody noted yet, what the day says.

    Returns: `kept`, `not_kept`, `not_due`; `not_said` once its day has passed; `called_off` when all was stopped
    """
    if line["state"] != "not_due":
        return str(line["state"])
    if status == Status.STOPPED:
        return "called_off"
    return "not_said" if line.get("by") and date.fromisoformat(line["by"]) < today else "not_due"


def overdue_days(version: LogVersion, today: date) -> int:
    """How many days an update is overdue, judged by the app alone; 0 when it is not."""
    if version.status not in LIVING:
        return 0
    due = [version.next_by] if version.next_by else []
    if version.status == Status.UNDER_WAY:
        due.append((version.made_at + SPEAK_EVERY).date())
    return max([0, *((today - day).days for day in due)])
