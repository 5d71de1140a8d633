"""In which phase a round stands: judged from its dates, its events and the clock, each time anew.

No timer fires. A phase begins at the very second of its date; events (freeze, close, publication, end) count from when
they are written; a hold keeps the phase in which it was made. Times are aware; those of a `Window` are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pb.rounds.errors import VotingNotDated
from pb.rounds.models import Phase, Round

DATED = (
    Phase.INFORMING,
    Phase.PROPOSING,
    Phase.REVIEWING,
    Phase.VALUATING,
    Phase.FROZEN,
    Phase.VOTING,
    Phase.COUNTING,
    Phase.RESULTS,
    Phase.DELIVERING,
)
"""The phases an officer dates, in order. Those of FROZEN, RESULTS and DELIVERING are announcements: events decide."""

BRIDGES = frozenset({Phase.REVIEWING, Phase.VALUATING, Phase.FROZEN, Phase.COUNTING})
"""Phases in which there is nothing for residents to do but wait: pages say so and say until when."""

_BY_DATE = DATED[:4]
_ORDER = list(Phase)


@dataclass(frozen=True)
class Window:
    """Voting is open from `opens_at` and until just before `closes_at`."""

    opens_at: datetime
    closes_at: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.opens_at <= moment < self.closes_at


@dataclass(frozen=True)
class NextStep:
    """What comes after the present phase.

    phase:     the next one, or None when nothing is left or a hold stops the dates
    at:        its date, or None when none is set or it has passed: then it waits for people, not for the clock
    is_bridge: residents have nothing to do now
    is_held:   an officer has stopped the dates
    """

    phase: Phase | None
    at: datetime | None
    is_bridge: bool
    is_held: bool = False


def dates_of(round: Round) -> dict[Phase, datetime]:
    """The dates that are set, in the order of the phases."""
    found = {Phase(date.phase): date.starts_at for date in round.dates}
    return {phase: found[phase] for phase in DATED if phase in found}


def voting_window(round: Round) -> Window:
    """When votes are taken.

    Raises: VotingNotDated when opening or closing is not set
    """
    dates = dates_of(round)
    try:
        return Window(dates[Phase.VOTING], dates[Phase.COUNTING])
    except KeyError:
        raise VotingNotDated from None


def phase_of(round: Round, now: datetime) -> Phase:
    """The phase of a round at `now`.

    Later events win over earlier ones and over dates: a closed vote is never open again, whatever a clock says.
    """
    if round.ended_at:
        return Phase.CLOSED
    if round.results_at:
        delivering = dates_of(round).get(Phase.DELIVERING)
        return Phase.DELIVERING if delivering and delivering <= now else Phase.RESULTS
    if round.closed_at:
        return Phase.COUNTING
    if round.published_at is None:
        return Phase.DRAFT
    if round.held_at:
        return Phase(round.held_phase or Phase.INFORMING)
    return _phase_by_vote(round, now) if round.frozen_at else _phase_by_date(round, now)


def _phase_by_vote(round: Round, now: datetime) -> Phase:
    """After the freeze the two dates of voting decide."""
    window = voting_window(round)
    if now < window.opens_at:
        return Phase.FROZEN
    return Phase.VOTING if now < window.closes_at else Phase.COUNTING


def _phase_by_date(round: Round, now: datetime) -> Phase:
    """Before the freeze: the last phase that has begun. A public round without dates informs."""
    dates = dates_of(round)
    begun = [phase for phase in _BY_DATE if phase in dates and dates[phase] <= now]
    return begun[-1] if begun else Phase.INFORMING


def next_step(round: Round, now: datetime) -> NextStep:
    """What comes next and when, for the sentence under a round's title."""
    phase = phase_of(round, now)
    if round.held_at and phase in _ORDER[: _ORDER.index(Phase.VOTING)]:
        return NextStep(None, None, is_bridge=phase in BRIDGES, is_held=True)
    following = _following(phase, dates_of(round))
    at = dates_of(round).get(following) if following else None
    return NextStep(following, at if at and at > now else None, is_bridge=phase in BRIDGES)


def _following(phase: Phase, dates: dict[Phase, datetime]) -> Phase | None:
    """The next phase that this round has: voting, counting and results always come, the others when dated."""
    if phase in (Phase.DELIVERING, Phase.CLOSED):
        return None
    sure = {Phase.VOTING, Phase.COUNTING, Phase.RESULTS}
    later = [p for p in DATED if _ORDER.index(p) > _ORDER.index(phase)]
    return next((p for p in later if p in sure or (p in dates and p is not Phase.FROZEN)), None)


@dataclass(frozen=True)
class Shelves:
    """Rounds as the list of rounds shows them, each in the order given."""

    open: list[Round]
    """Something can be done now: propose or vote."""
    coming: list[Round]
    counting: list[Round]
    finished: list[Round]


def on_shelves(rounds: Iterable[Round], now: datetime) -> Shelves:
    """Sort public rounds by what can be done with them; those in voting come first, by the nearest end."""
    shelves = Shelves([], [], [], [])
    by_phase = {
        Phase.PROPOSING: shelves.open,
        Phase.VOTING: shelves.open,
        Phase.COUNTING: shelves.counting,
        Phase.RESULTS: shelves.finished,
        Phase.DELIVERING: shelves.finished,
        Phase.CLOSED: shelves.finished,
    }
    for round in rounds:
        by_phase.get(phase_of(round, now), shelves.coming).append(round)
    shelves.open.sort(key=lambda round: _ends_at(round, now))
    return shelves


def _ends_at(round: Round, now: datetime) -> tuple[bool, str, int]:
    at = next_step(round, now).at
    return (phase_of(round, now) is not Phase.VOTING, at.isoformat() if at else "9", round.id)
