"""Rounds for machines: the JSON twins of the public pages. Money in pence, times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pb.journal.models import JournalEntry
from pb.rounds import record
from pb.rounds.models import Round
from pb.rounds.phases import dates_of, phase_of


def brief(round: Round, now: datetime) -> dict[str, Any]:
    """One line of the list."""
    pots = [
        {"name": pot.name, "pence": pot.amount, "comes_from": pot.comes_from, "ward": pot.ward and pot.ward.gss_code}
        for pot in round.pots
    ]
    return {"slug": round.slug, "title": round.title, "phase": phase_of(round, now).value, "pots": pots}


def whole(round: Round, now: datetime) -> dict[str, Any]:
    """Everything the page of the round says."""
    names = ("kind", "purpose", "problem", "asked_by", "what_helps", "who_may_vote", "minimum_age", "who_decides")
    count = ("ballot_kind", "max_picks", "min_picks", "rule", "completion", "tie_rule", "identity_rung", "other_rungs")
    words = {name: getattr(round, name) for name in (*names, "facilitator", "paper_help", *count, "frozen_sha256")}
    dates = {phase.value: _utc(at) for phase, at in dates_of(round).items()}
    hold = {"since": _utc(round.held_at), "reason": round.held_reason} if round.held_at else None
    return brief(round, now) | words | {"wards": [w.gss_code for w in round.wards], "dates": dates, "hold": hold}


def entry(one: JournalEntry) -> dict[str, Any]:
    """One decision, with what is needed to check its hash."""
    return {
        "seq": one.seq,
        "at": _utc(one.at),
        "kind": one.kind,
        "sentence": record.sentence(one),
        "role": one.actor_role,
        "reason": one.reason,
        "facts": one.facts,
        "hash": one.hash,
        "previous": one.prev_hash,
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
