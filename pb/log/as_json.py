"""Promises for machines: the JSON twins of the log's pages. Money in pence, times in UTC, roles and never names."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from pb.log.models import LogVersion
from pb.log.queries import Promise

TOLD = (
    *("what_happened", "you_said", "disagreed", "council_did", "residents_did", "partners_did", "deal", "money_note"),
    *("next_step", "answers_to", "outcome", "what_we_learned"),
)
"""Parts of a version as its page shows them."""


def brief(promise: Promise) -> dict[str, Any]:
    """One line of the list."""
    entry, version = promise.entry, promise.version
    return {
        "reference": entry.reference,
        "title": entry.title,
        "question": entry.question,
        "round": entry.round and entry.round.slug,
        "code": entry.project and entry.project.code,
        "ward": entry.ward and entry.ward.gss_code,
        "status": version.status,
        "overdue_days": promise.overdue,
        "currency": promise.currency,
        "budgeted_pence": version.budgeted,
        "paid_pence": version.paid,
        "money_on": version.money_on and version.money_on.isoformat(),
        "next_by": version.next_by and version.next_by.isoformat(),
    }


def whole(promise: Promise) -> dict[str, Any]:
    """Everything the entry's page says, and how it changed."""
    entry, version = promise.entry, promise.version
    checked = {"yes": version.checked_yes, "partly": version.checked_partly, "no": version.checked_no}
    return (
        brief(promise)
        | {"set_by": entry.set_by, "asked_on": entry.asked_on.isoformat()}
        | {name: getattr(version, name) for name in TOLD}
        | {"residents_checked": checked, "versions": [_version(old) for old in entry.versions]}
    )


def _version(old: LogVersion) -> dict[str, Any]:
    at = old.made_at.astimezone(UTC).isoformat()
    return {"number": old.number, "status": old.status, "made_at": at, "made_by_role": old.made_by_role}
