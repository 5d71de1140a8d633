"""The both-sides order: what people on both sides find useful comes first, and every fifth place goes to the newest.

    score = min( wilson_lower(u_s, N_s), wilson_lower(u_w, N_w) ), at 95 %

N_s and N_w are the people who have declared support and worry on the page, u_s and u_w those of them who marked the
contribution useful, its author not counted. A contribution takes part when each side has at least five people and at
least three of each found it useful; then by score. The rest follow by time. It orders, never hides, and is printed in
these words on the help page. A crowd from one side cannot win it. While people vote nothing is ranked
(`hosts.Host.is_ranked`).

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Protocol, TypeVar

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
FEWEST_PEOPLE = 5
FEWEST_MARKS = 3
NEWEST_EVERY = 5


class Dated(Protocol):
    """What the order needs to know of a contribution: a number that grows with time, and its score."""

    @property
    def id(self) -> int: ...
    @property
    def both_sides(self) -> float: ...


T = TypeVar("T", bound=Dated)


def wilson_lower(useful: int, people: int) -> float:
    """The lower end of Wilson's 95 % interval for the share `useful / people`; 0 for nobody.

    >>> round(wilson_lower(6, 6), 3), round(wilson_lower(3, 60), 3)
    (0.61, 0.017)
    """
    if useful <= 0 or people <= 0:
        return 0.0
    share, spread = useful / people, Z * Z / people
    middle = share + spread / 2
    margin = Z * sqrt(share * (1 - share) / people + spread / (4 * people))
    return max(0.0, (middle - margin) / (1 + spread))


def both_sides_score(useful_support: int, useful_worry: int, supports: int, worries: int) -> float:
    """The score of one contribution; 0 when it does not take part.

    Shapes: how many supporters and worriers found it useful; how many supporters and worriers there are

    >>> both_sides_score(50, 0, 60, 10)
    0.0
    >>> both_sides_score(6, 6, 60, 10) > 0
    True
    """
    enough_people = supports >= FEWEST_PEOPLE and worries >= FEWEST_PEOPLE
    if not enough_people or useful_support < FEWEST_MARKS or useful_worry < FEWEST_MARKS:
        return 0.0
    return min(wilson_lower(useful_support, supports), wilson_lower(useful_worry, worries))


def both_sides_order(contributions: Sequence[T]) -> list[T]:
    """All contributions, scored ones by score, the rest newest first; every fifth place the newest not shown yet.

    Ties in score go to the newer one.
    """
    by_score = sorted(contributions, key=lambda c: (-c.both_sides, -c.id))
    by_time = sorted(contributions, key=lambda c: -c.id)
    placed: set[int] = set()
    order: list[T] = []
    sources = {False: iter(by_score), True: iter(by_time)}
    while len(order) < len(contributions):
        turn = len(order) % NEWEST_EVERY == NEWEST_EVERY - 1
        chosen = next(c for c in sources[turn] if c.id not in placed)
        placed.add(chosen.id)
        order.append(chosen)
    return order


def slice_needs(scored: int, start: int, count: int) -> tuple[int, int]:
    """Which unscored contributions, newest first, decide places `start` to `start + count`: how many to skip and take.

    Once every scored one has its place, the rest simply follow by time, so a late page needs only its own ten.
    """
    all_placed_by = scored + scored // (NEWEST_EVERY - 1) + NEWEST_EVERY
    return (start - scored, count) if start >= all_placed_by else (0, start + count)


def both_sides_slice(scored: Sequence[int], rest: Sequence[int], *, skipped: int, start: int, count: int) -> list[int]:
    """Places `start` to `start + count` of `both_sides_order`, as ids.

    Shapes: scored: ids with a score, best first; rest: the unscored ids that `slice_needs` named, newest first
    """
    if skipped:
        return list(rest[:count])
    placed: set[int] = set()
    order: list[int] = []
    by_score, by_time = [*scored, *rest], sorted([*scored, *rest], reverse=True)
    sources = {False: iter(by_score), True: iter(by_time)}
    for place in range(min(start + count, len(by_score))):
        chosen = next(i for i in sources[place % NEWEST_EVERY == NEWEST_EVERY - 1] if i not in placed)
        placed.add(chosen)
        order.append(chosen)
    return order[start:]
