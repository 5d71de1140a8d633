"""Proposals: begun, written and sent in by their proposers; checked, published and joined by the council."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pb.core.money import Money
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import DealLine, Proposal
from pb.proposals import service


def steps(town: Town) -> Iterator[Step]:
    """Each is written an hour before it is sent in; drafts were left a few days ago."""
    for number, words in enumerate(town.content.proposals):
        if words.submitted_on is None:
            left = town.some_time_on(town.now.date() - timedelta(days=3 + number % 5), words.key)
            yield Step(left, partial(_draft, town, words))
        else:
            sent = town.some_time_on(words.submitted_on, words.key)
            yield Step(sent, partial(_send_in, town, words))


def _draft(town: Town, words: Proposal, now: datetime) -> None:
    by = town.actor(words.proposer)
    group_id = town.groups[words.proposer.key] if words.proposer.kind == "group" else None
    proposal = service.start_draft(town.round(words.round), by=by, now=now, group_id=group_id)
    town.proposals[words.key] = proposal.id
    service.save_draft(proposal, _fields(town, words), by=by, now=now)


def _send_in(town: Town, words: Proposal, now: datetime) -> None:
    _draft(town, words, now - timedelta(minutes=50))
    proposal, by = town.proposal(words.key), town.actor(words.proposer)
    listing = f"{town.base_url}/rounds/{town.words_of(words.round).slug}/projects"
    service.submit(proposal, by=by, now=now, address=lambda sent: f"{listing}/{sent.code}")


def _fields(town: Town, words: Proposal) -> dict[str, Any]:
    is_draft = words.status == "draft"
    return {
        "title": words.title,
        "summary": words.summary,
        "what": words.what,
        "place": words.where,
        "ward_id": town.wards[words.ward],
        "theme": words.theme,
        "already_here": words.already_here,
        "who_benefits": words.who_benefits,
        "cost_lines": [{"what": line.what, "pence": line.amount} for line in words.cost_lines],
        "running_cost": None if is_draft else Money(words.running),
        "running_note": words.running_cost,
        "who_does_it": _side(words),
        "council_will": _deal(words.council_will),
        "we_will": _deal(words.we_will),
        "outcome": words.outcome,
        "outcome_on": words.outcome_by,
        "risks": words.risks,
    }


def _side(words: Proposal) -> str:
    if words.council_will and words.we_will:
        return "both"
    return "council" if words.council_will else "we" if words.we_will else ""


def _deal(lines: tuple[DealLine, ...]) -> list[dict[str, str | None]]:
    return [{"what": line.text, "by": line.by.isoformat() if line.by else None} for line in lines]
