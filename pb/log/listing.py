"""The list of promises as one page shows it: filters as chosen, numbers over all, one leaf of the matches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from pb.core.clock import council_zone
from pb.log import queries
from pb.log.queries import Numbers, Promise
from pb.log.statuses import Status
from pb.rounds.queries import wards

PER_PAGE = 20
SLUG = re.compile(r"[A-Za-z0-9-]{1,80}")


@dataclass(frozen=True)
class Filter:
    """What was asked for. Anything that is no known choice is as if it had not been asked."""

    status: str = ""
    ward: str = ""
    round: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filter:
        status, page = query.get("status", ""), query.get("page", "1")
        known = status in {s.value for s in Status} or status == "overdue"
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 5 else 1
        ward, round = (text if SLUG.fullmatch(text) else "" for text in (query.get("ward", ""), query.get("round", "")))
        return cls(status if known else "", ward, round, max(number, 1))

    def url(self, page: int) -> str:
        given = {"status": self.status, "ward": self.ward, "round": self.round, "page": page if page > 1 else ""}
        asked: dict[str, Any] = {name: value for name, value in given.items() if value}
        return url_for("log.index", **asked)


@dataclass(frozen=True)
class Listing:
    """`numbers` are of everything, `promises` one leaf of the `matches` that fit the filter."""

    filter: Filter
    numbers: Numbers
    promises: list[Promise]
    matches: int
    wards: list[tuple[str, str]]
    rounds: list[tuple[str, str]]

    @property
    def first(self) -> int:
        return (self.filter.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.promises) - 1

    @property
    def previous_url(self) -> str | None:
        return self.filter.url(self.filter.page - 1) if self.filter.page > 1 else None

    @property
    def next_url(self) -> str | None:
        return self.filter.url(self.filter.page + 1) if self.last < self.matches else None

    @property
    def is_filtered(self) -> bool:
        return bool(self.filter.status or self.filter.ward or self.filter.round)


def listing(asked: Filter, now: datetime) -> Listing:
    everything = queries.promises(now.astimezone(council_zone()).date())
    rounds = {p.entry.round.slug: p.entry.round.title for p in everything if p.entry.round}
    matches = [promise for promise in everything if _fits(promise, asked)]
    start = (asked.page - 1) * PER_PAGE
    return Listing(
        filter=asked,
        numbers=queries.numbers(everything, now),
        promises=matches[start : start + PER_PAGE],
        matches=len(matches),
        wards=[(ward.gss_code, ward.name) for ward in wards()],
        rounds=sorted(rounds.items()),
    )


def matches(asked: Filter, now: datetime) -> list[Promise]:
    """Every promise that fits the filter, on whatever page."""
    return [promise for promise in queries.promises(now.astimezone(council_zone()).date()) if _fits(promise, asked)]


def _fits(promise: Promise, asked: Filter) -> bool:
    entry, status = promise.entry, asked.status
    fits_status = not status or (promise.overdue > 0 if status == "overdue" else promise.version.status == status)
    fits_ward = not asked.ward or (entry.ward is not None and entry.ward.gss_code == asked.ward)
    return (
        fits_status and fits_ward and (not asked.round or (entry.round is not None and entry.round.slug == asked.round))
    )
