"""What the page of one proposal or project shows: to people, as data, and how it changed from version to version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.core.filters import money, short_day
from pb.core.money import Money
from pb.proposals import words
from pb.proposals.models import Proposal, Revision
from pb.proposals.queries import proposer_name
from pb.proposals.steps import ALL_FIELDS, FIELDS
from pb.proposals.themes import theme_name
from pb.rounds.models import Project

LABELS = {
    "title": _l("Name"),
    "summary": _l("In one sentence"),
    "what": _l("What it is"),
    "place": _l("Place"),
    "point": _l("Point on the map"),
    "ward_id": _l("Area"),
    "theme": _l("About"),
    "already_here": _l("What is already here"),
    "who_benefits": _l("Who would gain"),
    "people_asked": _l("People talked to"),
    "who_we_asked": _l("What they said"),
    "cost_lines": _l("What the money is for"),
    "running_cost": _l("Cost each year afterwards"),
    "running_note": _l("Who pays that and looks after it"),
    "who_does_it": _l("Who would do it"),
    "council_will": _l("The council will"),
    "we_will": _l("We will"),
    "outcome": _l("How we will know it worked"),
    "outcome_on": _l("By when"),
    "risks": _l("What could go wrong"),
}
"""A field of a proposal, as the public reads it."""


@dataclass(frozen=True)
class Shown:
    """What every page about it says first. On the ballot it is the ballot's words; before, the newest version's."""

    code: str
    title: str
    summary: str
    cost: Money
    place: str
    point: str
    theme: str
    ward: str
    proposer: str
    state: str


@dataclass(frozen=True)
class Content:
    """The parts of a version that a template cannot put together by itself."""

    revision: Revision
    who_does_it: str
    sides: tuple[tuple[str, list[str]], tuple[str, list[str]]]
    """The deal: (heading, lines) of each side, the side that leads first."""
    cost_rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Change:
    """One field in one version: what was there and what is there now, in words."""

    label: str
    old: Sequence[str]
    new: Sequence[str]


@dataclass(frozen=True)
class Version:
    """One step of the history."""

    revision: Revision
    why: str
    changes: Sequence[Change]


def shown(proposal: Proposal | None, project: Project | None) -> Shown:
    """Put together what is known; at least one of the two is given."""
    state = proposal.state if proposal else ""
    if project is not None:
        ward = project.ward.name if project.ward else ""
        who = project.proposer or (proposer_name(proposal) if proposal else "")
        state = "withdrawn" if project.withdrawn_at else state
        first = (project.code, project.title, project.summary, project.cost, project.place, project.point)
        return Shown(*first, theme=theme_name(project.theme), ward=ward, proposer=who, state=state)
    assert proposal is not None, "find_by_code gives one of the two"
    now = proposal.current
    cost = now.cost if proposal.checked_cost is None else proposal.checked_cost
    first = (proposal.code or "", now.title, now.summary, cost, now.place, now.point)
    ward, proposer = now.ward.name if now.ward else "", proposer_name(proposal)
    return Shown(*first, theme=theme_name(now.theme), ward=ward, proposer=proposer, state=state)


def content(revision: Revision) -> Content:
    """A version as everybody reads it."""
    council = (_("The council will"), in_words(revision, "council_will"))
    us = (_("We will"), in_words(revision, "we_will"))
    costs = [(str(line["what"]), money(line["pence"])) for line in revision.cost_lines]
    return Content(
        revision=revision,
        who_does_it=str(words.WHO_DOES_IT.get(revision.who_does_it, "")),
        sides=(us, council) if revision.who_does_it == "we" else (council, us),
        cost_rows=[*costs, (_("In all"), money(revision.cost))],
    )


def history(proposal: Proposal) -> list[Version]:
    """Every version with what changed in it, the newest first."""
    pairs = zip([None, *proposal.revisions], proposal.revisions, strict=False)
    return [Version(now, str(words.REVISION_REASONS[now.reason]), changes(before, now)) for before, now in pairs][::-1]


def changes(before: Revision | None, now: Revision) -> list[Change]:
    """The fields that differ, in the order in which they are asked. The first version changed nothing."""
    if before is None:
        return []
    names = (name for fields in FIELDS.values() for name in fields)
    differing = (name for name in names if getattr(before, name) != getattr(now, name))
    return [Change(str(LABELS[n]), in_words(before, n), in_words(now, n)) for n in differing]


def in_words(revision: Revision, name: str) -> list[str]:
    """One field as lines of words; no line when it is empty."""
    value = getattr(revision, name)
    if name == "cost_lines":
        return [_("%(what)s: %(cost)s", what=line["what"], cost=money(line["pence"])) for line in value]
    if name in ("council_will", "we_will"):
        return [deal_line(line) for line in value]
    if name == "ward_id":
        return [revision.ward.name] if revision.ward else [_("The whole area")] if revision.place else []
    if value in (None, ""):
        return []
    if name in ("running_cost", "outcome_on"):
        return [money(value) if name == "running_cost" else short_day(value)]
    if name == "theme":
        return [theme_name(value)]
    return [str(words.WHO_DOES_IT.get(value, value)) if name == "who_does_it" else str(value)]


def deal_line(line: dict[str, Any]) -> str:
    """A promise, with its date if it has one."""
    if not line["by"]:
        return str(line["what"])
    return str(_("%(what)s, by %(day)s", what=line["what"], day=short_day(date.fromisoformat(line["by"]))))


def as_data(item: Shown, proposal: Proposal | None) -> dict[str, Any]:
    """The page for machines: costs in pence, dates as 2026-06-28, no names but the proposer's public one."""
    data: dict[str, Any] = {
        "code": item.code,
        "title": item.title,
        "summary": item.summary,
        "cost_pence": item.cost,
        "place": item.place,
        "point": item.point or None,
        "ward": item.ward or None,
        "theme": item.theme,
        "proposer": item.proposer,
        "state": item.state or None,
    }
    if proposal is None:
        return data
    revision = proposal.current
    said = {"title", "summary", "place", "point", "ward_id", "theme"}
    kept = {name: getattr(revision, name) for name in sorted(ALL_FIELDS - said)}
    kept["outcome_on"] = revision.outcome_on.isoformat() if revision.outcome_on else None
    submitted = proposal.submitted_at.isoformat() if proposal.submitted_at else None
    return data | kept | {"version": revision.number, "submitted_at": submitted}
