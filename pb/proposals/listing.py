"""The list of a round's proposals, or of its projects once the ballot is frozen: filters, order, pages.

The whole list is read in two queries, however long, and narrowed here: a round has tens of proposals, an imported one
at most some thousands, and filters must mean the same on both databases.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pb.core.money import Money
from pb.proposals.models import Revision
from pb.proposals.queries import current_revisions, proposer_name
from pb.proposals.titles import fold
from pb.rounds.models import Project, Round
from pb.rounds.queries import projects_of

PER_PAGE = 25
OUT = frozenset({"not_feasible", "inadmissible", "withdrawn", "merged", "not_shortlisted"})
"""States of proposals that do not go to the vote; they stay public, on a list of their own."""

BANDS: dict[str, tuple[int, int | None]] = {
    "under-5000": (0, 5_000_00),
    "5000-10000": (5_000_00, 10_000_00),
    "10000-25000": (10_000_00, 25_000_00),
    "25000-50000": (25_000_00, 50_000_00),
    "over-50000": (50_000_00, None),
}
"""Cost bands in pence: from, and up to but not including."""


@dataclass(frozen=True)
class Row:
    """One line of the list. `state` is empty for a project without a proposal (an imported round)."""

    code: str
    title: str
    summary: str
    cost: Money
    place: str
    theme: str
    ward: str
    ward_slug: str
    state: str
    proposer: str
    text: str

    def as_data(self) -> dict[str, Any]:
        """The line for machines: the cost in pence."""
        words = {
            name: getattr(self, name) for name in ("code", "title", "summary", "place", "theme", "ward", "proposer")
        }
        return words | {"cost_pence": self.cost, "state": self.state or None}

    @property
    def is_out(self) -> bool:
        return self.state in OUT


@dataclass(frozen=True)
class Wanted:
    """What somebody filters for; empty means everything. `out`: the ones that do not go to the vote."""

    ward: str = ""
    theme: str = ""
    cost: str = ""
    words: str = ""
    out: bool = False

    @property
    def how_many(self) -> int:
        """How many filters are on."""
        return sum(bool(value) for value in (self.ward, self.theme, self.cost, self.words))

    def admits(self, row: Row) -> bool:
        if self.out != row.is_out or (self.ward and self.ward != row.ward_slug):
            return False
        if self.theme and self.theme != row.theme:
            return False
        return _in_band(self.cost, row.cost) and all(fold(word) in row.text for word in self.words.split())


@dataclass(frozen=True)
class Listing:
    """One page of the list, and what its filters can offer."""

    rows: Sequence[Row]
    found: int
    total: int
    page: int
    pages: int
    first: int
    is_all: bool
    out_total: int
    wards: Sequence[tuple[str, str]]
    themes: Sequence[str]

    @property
    def last(self) -> int:
        """The number of the last row shown, counted from 1."""
        return self.first + len(self.rows) - 1


def list_of(round: Round, wanted: Wanted, *, page: int, show_all: bool, shuffle_on: date | None) -> Listing:
    """The page asked for, or the nearest there is. `shuffle_on` mixes the order anew each day; None sorts by code."""
    every = _rows(round)
    rows = sorted((row for row in every if wanted.admits(row)), key=lambda row: _order(round, row.code, shuffle_on))
    size = max(len(rows), 1) if show_all else PER_PAGE
    pages = max(1, -(-len(rows) // size))
    page = min(max(page, 1), pages)
    start = (page - 1) * size
    return Listing(
        rows=rows[start : start + size],
        found=len(rows),
        total=sum(row.is_out == wanted.out for row in every),
        page=page,
        pages=pages,
        first=start + 1,
        is_all=show_all,
        out_total=sum(row.is_out for row in every),
        wards=sorted({(row.ward, row.ward_slug) for row in every if row.ward}),
        themes=sorted({row.theme for row in every if row.theme}),
    )


def is_listed_by_projects(round: Round) -> bool:
    """Whether the list is of the ballot's projects; before the freeze it is of proposals."""
    return round.frozen_at is not None or round.imported_from is not None


def daily_place(slug: str, day: date, code: str) -> str:
    """The key by which a day's order is sorted: SHA-256 of `slug|2026-06-01|H12`, so that anybody can check it."""
    return hashlib.sha256(f"{slug}|{day.isoformat()}|{code}".encode()).hexdigest()


def natural(code: str) -> tuple[tuple[bool, int, str], ...]:
    """Sorts H2 before H12, and numbers as numbers."""
    parts = re.findall(r"\d{1,18}|\D+|\d+", code)
    return tuple(
        (part.isascii() and part.isdigit(), int(part) if part.isascii() and part.isdigit() else 0, part)
        for part in parts
    )


def _order(round: Round, code: str, day: date | None) -> tuple[object, ...]:
    return natural(code) if day is None else (daily_place(round.slug, day, code),)


def _in_band(band: str, cost: int) -> bool:
    low, high = BANDS.get(band, (0, None))
    return low <= cost and (high is None or cost < high)


def _rows(round: Round) -> list[Row]:
    revisions = {revision.proposal.code or "": revision for revision in current_revisions(round.id)}
    if not is_listed_by_projects(round):
        return [_of_proposal(code, revision) for code, revision in revisions.items()]
    projects = projects_of(round.id)
    on_ballot = {project.code for project in projects}
    left = (_of_proposal(code, revision) for code, revision in revisions.items() if code not in on_ballot)
    return [*(_of_project(p, revisions.get(p.code)) for p in projects), *left]


def _of_proposal(code: str, revision: Revision) -> Row:
    proposal = revision.proposal
    words = (code, revision.title, revision.summary, revision.place, revision.what)
    return Row(
        code=code,
        title=revision.title,
        summary=revision.summary,
        cost=revision.cost if proposal.checked_cost is None else proposal.checked_cost,
        place=revision.place,
        theme=revision.theme,
        ward=revision.ward.name if revision.ward else "",
        ward_slug=revision.ward.slug if revision.ward else "",
        state=proposal.state,
        proposer=proposer_name(proposal),
        text=_searchable(words),
    )


def _of_project(project: Project, revision: Revision | None) -> Row:
    state = revision.proposal.state if revision else ""
    words = (project.code, project.title, project.summary, project.place, revision.what if revision else "")
    return Row(
        code=project.code,
        title=project.title,
        summary=project.summary,
        cost=project.cost,
        place=project.place,
        theme=project.theme,
        ward=project.ward.name if project.ward else "",
        ward_slug=project.ward.slug if project.ward else "",
        state="withdrawn" if project.withdrawn_at else state,
        proposer=project.proposer,
        text=_searchable(words),
    )


def _searchable(words: Iterable[str]) -> str:
    return fold("\n".join(words))
