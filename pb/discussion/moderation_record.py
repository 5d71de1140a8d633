"""Counts and median times of moderation, for everybody to read, page and data alike. No names, no words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from pb.core.actor import Role
from pb.core.db import session
from pb.discussion.models import Contribution, Moderation, ModerationAppeal, Talk
from pb.rounds.record import ROLES


@dataclass(frozen=True)
class ModerationRecord:
    """How often each thing was done, why things were hidden, by which role, how fast, and what appeals changed.

    Units: waits in seconds; None when nothing had to wait
    """

    contributions: int
    actions: dict[str, int]
    reasons: dict[str, int]
    roles: dict[str, int]
    half_within: int | None
    half_within_by_role: dict[str, int | None]
    waiting: int
    appeals: int
    upheld: int
    open_appeals: int
    half_of_appeals_within: int | None


def record_of(round_id: int | None) -> ModerationRecord:
    """The record of one round, or with None of the council, in four statements."""
    wanted = select(Moderation.action, Moderation.reason, Moderation.moderator_role, Moderation.waited_s)
    appeals = select(ModerationAppeal.outcome, ModerationAppeal.made_at, ModerationAppeal.decided_at)
    said = select(func.coalesce(func.sum(Talk.contributions), 0))
    here = (Talk.host_kind == Contribution.host_kind) & (Talk.host_id == Contribution.host_id)
    waiting = select(func.count()).select_from(Contribution).where(Contribution.waiting_since.is_not(None))
    if round_id is not None:
        wanted = wanted.where(Moderation.round_id == round_id)
        appeals = appeals.join(Moderation).where(Moderation.round_id == round_id)
        said = said.where(Talk.round_id == round_id)
        waiting = waiting.join(Talk, here).where(Talk.round_id == round_id)
    acts, decided = session().execute(wanted).all(), session().execute(appeals).all()
    times = [int((row.decided_at - row.made_at).total_seconds()) for row in decided if row.decided_at]
    return ModerationRecord(
        contributions=session().scalar(said) or 0,
        actions=dict(Counter(act.action for act in acts)),
        reasons=dict(Counter(act.reason for act in acts if act.reason)),
        roles=dict(Counter(act.moderator_role for act in acts)),
        half_within=_middle([act.waited_s for act in acts if act.waited_s]),
        half_within_by_role={
            role: _middle([act.waited_s for act in acts if act.waited_s and act.moderator_role == role])
            for role in sorted({act.moderator_role for act in acts})
        },
        waiting=session().scalar(waiting) or 0,
        appeals=len(decided),
        upheld=sum(row.outcome == "upheld" for row in decided),
        open_appeals=sum(row.outcome is None for row in decided),
        half_of_appeals_within=_middle(times),
    )


def _middle(seconds: Sequence[int]) -> int | None:
    return median_low(seconds) if seconds else None


def time_words(seconds: int | None) -> str:
    """ "3 hours", "2 days", "20 minutes": how long, in the largest unit that fits."""
    if seconds is None:
        return "–"
    if seconds >= 2 * 86_400:
        return str(ngettext("%(num)s day", "%(num)s days", seconds // 86_400))
    if seconds >= 3600:
        return str(ngettext("%(num)s hour", "%(num)s hours", seconds // 3600))
    return str(ngettext("%(num)s minute", "%(num)s minutes", max(1, seconds // 60)))


def rows(counts: Mapping[str, int], words: Mapping[str, object]) -> list[tuple[str, str]]:
    """The words for each code, and how often; the most frequent first."""
    return [(str(words.get(code, code.replace("_", " "))), str(count)) for code, count in _by_count(counts)]


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def role_rows(record: ModerationRecord) -> list[tuple[str, str]]:
    """Who decided how often, and how fast."""
    found = []
    for role, count in _by_count(record.roles):
        half = record.half_within_by_role[role]
        within = _("%(count)s, half within %(time)s", count=count, time=time_words(half))
        found.append((str(ROLES[Role(role)]), str(count) if half is None else str(within)))
    return found
