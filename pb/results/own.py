"""The reader's own picks in a result: read from the encrypted cookie of this browser, for this answer only.

Nothing of it is stored, logged or sent anywhere, and the page that shows it must not be stored either (`no-store`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pb.core.filters import number
from pb.results.page import Results
from pb.results.report import Line
from pb.results.words import _, ngettext
from pb.voting.visit import draft_for


@dataclass(frozen=True)
class OwnPicks:
    """The picks that this browser keeps, in the order of the result. `was_sent`: a vote was sent from it."""

    lines: Sequence[Line]
    was_sent: bool

    @property
    def funded(self) -> list[Line]:
        return [line for line in self.lines if line.is_funded]

    @property
    def headline(self) -> str:
        picked, won = len(self.lines), len(self.funded)
        first = ngettext("You picked %(n)s project.", "You picked %(n)s projects.", picked, n=number(picked))
        if not won:
            return f"{first} {_('None of them is funded.')}"
        if won == picked:
            return f"{first} {ngettext('It is funded.', 'All of them are funded.', picked)}"
        return f"{first} " + ngettext("%(n)s of them is funded.", "%(n)s of them are funded.", won, n=number(won))


def own_picks(results: Results) -> OwnPicks | None:
    """What this browser's cookie holds for the round; None without picks."""
    draft = draft_for(results.round)
    if draft is None or not draft.picks:
        return None
    picked = set(draft.picks)
    lines = [line for pot in results.whole.pots for line in pot.lines if line.code in picked]
    return OwnPicks(lines, bool(draft.receipt)) if lines else None
