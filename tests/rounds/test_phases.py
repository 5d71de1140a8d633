"""The phase is judged from dates, events and hold at any second, without a timer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pb.rounds.errors import VotingNotDated
from pb.rounds.models import Phase, PhaseDate, Round
from pb.rounds.phases import BRIDGES, DATED, NextStep, next_step, on_shelves, phase_of, voting_window

LONDON = ZoneInfo("Europe/London")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, 9, tzinfo=UTC)
DATES = {phase: FIRST + 10 * DAY * n for n, phase in enumerate(p for p in DATED if p is not Phase.FROZEN)}


def a_round(dates: dict[Phase, datetime] = DATES, **events: object) -> Round:
    """A published round, not saved anywhere."""
    events.setdefault("published_at", FIRST - DAY)
    return Round(dates=[PhaseDate(phase=phase, starts_at=at) for phase, at in dates.items()], **events)


FROZEN = {"frozen_at": DATES[Phase.VOTING] - 5 * DAY}
CLOSED = FROZEN | {"closed_at": DATES[Phase.COUNTING]}
COUNTED = CLOSED | {"results_at": DATES[Phase.RESULTS]}


@pytest.mark.parametrize(
    ("events", "boundary", "before", "after"),
    [
        ({}, Phase.INFORMING, Phase.INFORMING, Phase.INFORMING),
        ({}, Phase.PROPOSING, Phase.INFORMING, Phase.PROPOSING),
        ({}, Phase.REVIEWING, Phase.PROPOSING, Phase.REVIEWING),
        ({}, Phase.VALUATING, Phase.REVIEWING, Phase.VALUATING),
        (FROZEN, Phase.VOTING, Phase.FROZEN, Phase.VOTING),
        (FROZEN, Phase.COUNTING, Phase.VOTING, Phase.COUNTING),
        (COUNTED, Phase.DELIVERING, Phase.RESULTS, Phase.DELIVERING),
    ],
)
def test_phase_changes_at_the_very_second(
    events: dict[str, datetime], boundary: Phase, before: Phase, after: Phase
) -> None:
    round = a_round(**events)
    at = DATES[boundary]

    seen = [phase_of(round, at - SECOND), phase_of(round, at), phase_of(round, at + SECOND)]

    assert seen == [before, after, after]


@pytest.mark.parametrize(
    ("events", "now", "phase"),
    [
        ({"published_at": None}, DATES[Phase.VOTING], Phase.DRAFT),
        ({}, DATES[Phase.VOTING] + DAY, Phase.VALUATING),  # nobody froze the ballot: voting cannot open by itself
        (FROZEN, DATES[Phase.RESULTS] + DAY, Phase.COUNTING),  # nobody published: results do not come by date
        (CLOSED, DATES[Phase.VOTING] + DAY, Phase.COUNTING),  # a slow clock does not open a closed vote again
        (COUNTED, DATES[Phase.VOTING], Phase.RESULTS),
        (COUNTED | {"ended_at": FIRST}, FIRST, Phase.CLOSED),
    ],
)
def test_events_win_over_dates(events: dict[str, datetime | None], now: datetime, phase: Phase) -> None:
    assert phase_of(a_round(**events), now) is phase


def test_a_hold_keeps_its_phase_and_release_follows_the_dates() -> None:
    held = a_round(held_at=DATES[Phase.PROPOSING] + DAY, held_phase="proposing")
    now = DATES[Phase.VALUATING] + DAY

    assert phase_of(held, now) is Phase.PROPOSING
    assert next_step(held, now) == NextStep(None, None, is_bridge=False, is_held=True)

    held.held_at = held.held_phase = None
    assert phase_of(held, now) is Phase.VALUATING


def test_a_held_frozen_round_does_not_open_voting() -> None:
    round = a_round(**FROZEN, held_at=DATES[Phase.VOTING] - DAY, held_phase="frozen")

    assert phase_of(round, DATES[Phase.VOTING] + DAY) is Phase.FROZEN


def test_phases_without_a_date_are_left_out() -> None:
    round = a_round({Phase.VOTING: DATES[Phase.VOTING], Phase.COUNTING: DATES[Phase.COUNTING]})

    assert phase_of(round, FIRST) is Phase.INFORMING
    assert next_step(round, FIRST) == NextStep(Phase.VOTING, DATES[Phase.VOTING], is_bridge=False)


def test_a_public_round_without_any_date_informs_and_has_no_window() -> None:
    round = a_round({})

    assert phase_of(round, FIRST) is Phase.INFORMING
    assert next_step(round, FIRST) == NextStep(Phase.VOTING, None, is_bridge=False)
    with pytest.raises(VotingNotDated):
        voting_window(round)


def test_the_window_holds_its_first_second_and_not_its_last() -> None:
    window = voting_window(a_round())

    inside = [at in window for at in (window.opens_at - SECOND, window.opens_at, window.closes_at - SECOND)]
    assert [*inside, window.closes_at in window] == [False, True, True, False]


@pytest.mark.parametrize(
    ("local_close", "utc_close"),
    [
        (datetime(2026, 3, 29, 17, tzinfo=LONDON), datetime(2026, 3, 29, 16, tzinfo=UTC)),  # summer time begins at 1
        (datetime(2026, 10, 25, 17, tzinfo=LONDON), datetime(2026, 10, 25, 17, tzinfo=UTC)),  # and ends at 2
        (datetime(2026, 10, 25, 1, 30, tzinfo=LONDON), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first 1:30
        (datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=LONDON), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_voting_closes_at_the_right_instant_on_clock_change_nights(local_close: datetime, utc_close: datetime) -> None:
    opens = local_close.astimezone(UTC) - 7 * DAY
    round = a_round({Phase.VOTING: opens, Phase.COUNTING: local_close}, frozen_at=opens - DAY)

    assert phase_of(round, utc_close - SECOND) is Phase.VOTING
    assert phase_of(round, utc_close) is Phase.COUNTING


@pytest.mark.parametrize(
    ("events", "now", "step"),
    [
        ({}, FIRST, NextStep(Phase.PROPOSING, DATES[Phase.PROPOSING], is_bridge=False)),
        ({}, DATES[Phase.REVIEWING], NextStep(Phase.VALUATING, DATES[Phase.VALUATING], is_bridge=True)),
        ({}, DATES[Phase.VALUATING], NextStep(Phase.VOTING, DATES[Phase.VOTING], is_bridge=True)),
        ({}, DATES[Phase.VOTING], NextStep(Phase.VOTING, None, is_bridge=True)),  # late: waits for people
        (FROZEN, DATES[Phase.VOTING] - DAY, NextStep(Phase.VOTING, DATES[Phase.VOTING], is_bridge=True)),
        (FROZEN, DATES[Phase.VOTING], NextStep(Phase.COUNTING, DATES[Phase.COUNTING], is_bridge=False)),
        (CLOSED, DATES[Phase.COUNTING], NextStep(Phase.RESULTS, DATES[Phase.RESULTS], is_bridge=True)),
        (COUNTED, DATES[Phase.RESULTS], NextStep(Phase.DELIVERING, DATES[Phase.DELIVERING], is_bridge=False)),
        (COUNTED, DATES[Phase.DELIVERING], NextStep(None, None, is_bridge=False)),
    ],
)
def test_next_step_says_what_comes_and_when(events: dict[str, datetime], now: datetime, step: NextStep) -> None:
    assert next_step(a_round(**events), now) == step


def test_bridges_are_the_phases_in_which_residents_wait() -> None:
    assert {Phase.REVIEWING, Phase.VALUATING, Phase.FROZEN, Phase.COUNTING} == BRIDGES


def test_shelves_put_the_vote_that_ends_first_on_top() -> None:
    now = DATES[Phase.VOTING] + DAY
    slow = a_round({**DATES, Phase.COUNTING: DATES[Phase.COUNTING] + DAY}, **FROZEN, id=1)
    quick = a_round(**FROZEN, id=2)
    proposing = a_round({Phase.PROPOSING: FIRST}, id=3)
    waiting, counting, done = a_round(id=4), a_round(**CLOSED, id=5), a_round(**COUNTED, id=6)

    shelves = on_shelves([slow, proposing, quick, waiting, counting, done], now)

    assert [round.id for round in shelves.open] == [2, 1, 3]
    assert (shelves.coming, shelves.counting, shelves.finished) == ([waiting], [counting], [done])
