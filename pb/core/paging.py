"""Pages of a long list, from whatever stands in `?page=`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pb.core.errors import NotFound


@dataclass(frozen=True)
class Paging:
    """Which part of a list is shown. `number` counts from 1, `first` and `last` are entries, from 1."""

    number: int
    total: int
    per_page: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.last < self.total else None


def page_of(query: Mapping[str, str], *, total: int, per_page: int) -> Paging:
    """The page asked for; the first when `page` is absent.

    Raises: NotFound for a page that is no number, or that a list of this length does not have
    """
    asked = query.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        raise NotFound
    paging = Paging(int(asked), total, per_page)
    if paging.number < 1 or (paging.first > total and paging.number > 1):
        raise NotFound
    return paging
