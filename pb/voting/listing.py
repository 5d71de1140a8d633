"""The list of projects as one voter sees it: filtered, paged, marked with what is picked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from pb.core.filters import money
from pb.voting.choices import BallotPaper, Line, PotOnPaper

PER_PAGE = 25
BANDS: Mapping[str, tuple[int, int]] = {
    "1": (0, 1_000_00),
    "2": (1_000_00, 5_000_00),
    "3": (5_000_00, 20_000_00),
    "4": (20_000_00, 10**15),
}
"""Cost bands in pence: from (inclusive) and to (exclusive)."""


def band_words() -> list[tuple[str, str]]:
    """The bands with their words, cheapest first."""
    bounds = [(name, money(low), money(high)) for name, (low, high) in BANDS.items()]
    first, *middle, last = bounds
    return [
        (first[0], _("Under %(high)s", high=first[2])),
        *((name, _("%(low)s to %(high)s", low=low, high=high)) for name, low, high in middle),
        (last[0], _("%(low)s and over", low=last[1])),
    ]


def few_picks_words(rule: str, kind: str, points: int) -> str:
    """What picking only one or two means, true for this rule and ballot; empty where nothing simple is true."""
    if rule == "equal-shares":
        return str(
            _(
                "Everyone’s vote controls the same share of the pot. If you pick only one project and it does not win, "
                "your share cannot help anything else you like."
            )
        )
    if kind == "points":
        return str(_("You share the same %(points)s points however many projects you pick.", points=points))
    if kind in ("approval", "knapsack"):
        return str(_("Each pick counts as one vote for that project. Picking more does not weaken your other picks."))
    return ""


@dataclass(frozen=True)
class Filter:
    """What a voter asked to see. Anything that is not understood is no filter: a list is never an error."""

    words: str = ""
    ward: int | None = None
    theme: str = ""
    band: str = ""
    pot: int | None = None
    only_picks: bool = False
    only_new: bool = False
    page: int = 1
    show_all: bool = False

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filter:
        """From an address's query."""
        return cls(
            words=args.get("words", "").strip()[:60],
            ward=_number(args.get("ward")),
            theme=args.get("theme", "")[:120],
            band=args.get("band", "") if args.get("band", "") in BANDS else "",
            pot=_number(args.get("pot")),
            only_picks=args.get("mine") == "1",
            only_new=args.get("new") == "1",
            page=_number(args.get("page")) or 1,
            show_all=args.get("all") == "1",
        )

    def query(self, **changes: Any) -> dict[str, Any]:
        """The query of the same list with some things changed (None takes one away), without what says nothing."""
        asked = {
            "words": self.words,
            "ward": self.ward,
            "theme": self.theme,
            "band": self.band,
            "pot": self.pot,
            "mine": "1" if self.only_picks else None,
            "new": "1" if self.only_new else None,
            "all": "1" if self.show_all else None,
            "page": self.page if self.page > 1 else None,
        }
        return {name: value for name, value in {**asked, **changes}.items() if value}

    @property
    def how_many_on(self) -> int:
        parts = (self.words, self.ward, self.theme, self.band, self.pot, self.only_picks, self.only_new)
        return sum(bool(part) for part in parts)

    def shows(self, line: Line, picks: Iterable[str], *, is_new: bool = True) -> bool:
        low, high = BANDS.get(self.band, (0, 10**15))
        return (
            self.ward in (None, line.ward_id)
            and self.theme in ("", line.theme)
            and self.pot in (None, line.pot_id)
            and low <= line.cost < high
            and (not self.only_picks or line.code in picks)
            and (not self.only_new or is_new)
            and all(word in _text(line) for word in self.words.casefold().split())
        )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _text(line: Line) -> str:
    return " ".join((line.code, line.title, line.summary, line.place, line.theme, line.ward, line.proposer)).casefold()


@dataclass(frozen=True)
class Leaf:
    """One page of a list: its lines, which of how many, and the pages beside it (None at an end)."""

    lines: Sequence[Line]
    first: int
    last: int
    total: int
    previous: int | None
    next: int | None


def leaf_of(lines: Sequence[Line], asked: Filter) -> Leaf:
    """The asked page, or the nearest there is."""
    total = len(lines)
    if asked.show_all:
        return Leaf(lines, min(1, total), total, total, None, None)
    last_page = max(1, -(-total // PER_PAGE))
    page = min(max(1, asked.page), last_page)
    start = (page - 1) * PER_PAGE
    part = lines[start : start + PER_PAGE]
    return Leaf(
        part,
        start + 1 if part else 0,
        start + len(part),
        total,
        page - 1 if page > 1 else None,
        page + 1 if page < last_page else None,
    )


def place_after(order: Sequence[str], code: str, still: Iterable[str]) -> str:
    """Where to go on reading after a press at `code`: its row, or the nearest one after or before it still shown."""
    shown = set(still)
    place = order.index(code) if code in order else len(order)
    nearest = [*order[place:], *reversed(order[:place])]
    return next((f"project-{other}" for other in nearest if other in shown), "found")


@dataclass(frozen=True)
class PotTally:
    """What a voter has picked for one pot, in the order of picking.

    over:      how many picks too many
    over_cost: pence too many, where the picks must fit the pot (knapsack)
    """

    pot: PotOnPaper
    lines: Sequence[Line]
    cost: int
    limit: int | None
    over: int
    over_cost: int

    @property
    def picked(self) -> int:
        return len(self.lines)

    @property
    def left(self) -> int | None:
        """How many more may come; None when there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.picked)

    @property
    def money_left(self) -> int:
        return max(0, self.pot.amount - self.cost)


def tallies(paper: BallotPaper, picks: Sequence[str]) -> list[PotTally]:
    """The picks by pot, in the order in which they were picked."""
    by_code = {line.code: line for line in paper.lines}
    chosen = [by_code[code] for code in picks if code in by_code]
    return [_tally(paper, pot, [line for line in chosen if line.pot_id == pot.id]) for pot in paper.pots]


def _tally(paper: BallotPaper, pot: PotOnPaper, lines: Sequence[Line]) -> PotTally:
    cost = sum(line.cost for line in lines)
    over = max(0, len(lines) - paper.max_picks) if paper.max_picks is not None else 0
    over_cost = max(0, cost - pot.amount) if paper.kind == "knapsack" else 0
    return PotTally(pot, lines, cost, paper.max_picks, over, over_cost)


def marks_of(paper: BallotPaper, picks: Sequence[str], points: Mapping[str, int]) -> dict[str, int]:
    """Picks as the marks of a ballot of this paper's kind; a ranking counts its places within each pot."""
    if paper.kind == "points":
        return {code: points.get(code, 0) for code in picks}
    if paper.kind != "ranking":
        return dict.fromkeys(picks, 1)
    ranked = {line.code: place for tally in tallies(paper, picks) for place, line in enumerate(tally.lines, start=1)}
    return {code: ranked.get(code, 0) for code in picks}


def neighbour(paper: BallotPaper, picks: Sequence[str], code: str, *, up: bool) -> tuple[str, str | None] | None:
    """How to move a pick by one place within its pot: (which pick moves, before which other); None at an end."""
    for tally in tallies(paper, picks):
        codes = [line.code for line in tally.lines]
        if code not in codes:
            continue
        place = codes.index(code)
        if up:
            return (code, codes[place - 1]) if place else None
        return (codes[place + 1], code) if place + 1 < len(codes) else None
    return None


def shared_evenly(codes: Sequence[str], points: Mapping[str, int], total: int) -> dict[str, int]:
    """The points not given yet, dealt out one by one to the picks with the fewest, first pick first."""
    given = {code: max(0, points.get(code, 0)) for code in codes}
    while sum(given.values()) < total:
        least = min(codes, key=lambda code: given[code])
        given[least] += 1
    return given
