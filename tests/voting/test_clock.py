"""Clocks that jump, lag or stand wrong: no vote after the close, nothing opens again, and pages still answer (C7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from pb.core.db import committed, session
from pb.core.filters import moment
from pb.rounds.models import Phase, PhaseDate, Round
from pb.rounds.phases import phase_of, voting_window
from pb.voting import closing
from pb.voting.errors import VotingClosed, VotingNotOpen
from pb.voting.models import Envelope
from pb.voting.queries import contest_of, last_moment, takes_votes
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.rounds import make_round
from tests.support.voting import cast, closed, ready

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    made = make_round("voting", clock)
    ready(made)
    return made


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(seconds=90), HOUR, timedelta(days=9)])
def test_after_the_close_no_clock_that_is_behind_takes_a_vote(round: Round, back: timedelta) -> None:
    """Another host's clock, or this one's after a jump back: the `closed` event decides."""
    end = last_moment(round)
    closed(round)

    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=end - back)

    with committed():
        assert not closing.close_if_due(session().get_one(Round, round.id), now=end - back)
    assert phase_of(session().get_one(Round, round.id), end - back) is Phase.COUNTING
    assert contest_of(round.id).state == "closed"


def test_two_hosts_ninety_seconds_apart_agree_about_the_same_vote(round: Round) -> None:
    """The host that is ahead refuses by its own clock; the one behind takes votes until the event is written."""
    end = last_moment(round)
    behind = cast(round, ["B01"], now=end - timedelta(seconds=90))
    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=end)

    closed(round)

    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=end - timedelta(seconds=89))
    assert [envelope.receipt for envelope in session().query(Envelope)] == [behind.code]


def test_a_jump_forward_takes_no_vote_and_closes_nothing_before_its_time(round: Round) -> None:
    window, end = voting_window(round), last_moment(round)
    with pytest.raises(VotingNotOpen):
        cast(round, ["B01"], now=window.opens_at - HOUR)
    with pytest.raises(VotingClosed):
        cast(round, ["B01"], now=end + HOUR)

    cast(round, ["B01"], now=end - HOUR)

    assert contest_of(round.id).state != "closed"


@pytest.mark.parametrize(
    ("closes_at", "said"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "1:30am on Sunday 25 October 2026"),  # the hour that comes twice,
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "1:30am on Sunday 25 October 2026"),  # its second time
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "12:59am on Sunday 28 March 2027"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "2am on Sunday 28 March 2027"),  # the hour that is skipped
    ],
)
def test_in_both_nights_of_the_clock_change_voting_ends_once(round: Round, closes_at: datetime, said: str) -> None:
    with committed():
        dates = {date.phase: date for date in session().query(PhaseDate).filter_by(round_id=round.id)}
        dates["counting"].starts_at = closes_at
        dates["voting"].starts_at = closes_at - timedelta(days=9)
    round, contest = session().get_one(Round, round.id), contest_of(round.id)

    minutes = [closes_at + n * MINUTE for n in range(-180, 181)]
    taken = [takes_votes(round, contest, minute) for minute in minutes]

    assert taken == sorted(taken, reverse=True)
    assert minutes[taken.index(False)] == last_moment(round)
    assert moment(closes_at) == said


@pytest.mark.parametrize(
    "moment",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)],
)
def test_a_clock_that_is_years_off_takes_no_vote_and_every_page_answers(
    client: StrictClient, clock: FixedClock, moment: datetime
) -> None:
    round = make_round("voting", clock)
    ready(round)
    page = client.get(f"/ballot/{round.slug}/check")
    client.submit(page, page.one("form", action=f"/ballot/{round.slug}/check"), old_enough="yes")
    client.post(f"/ballot/{round.slug}/add/B01", {})

    clock.at = moment

    for path in ("/", "/rounds", f"/rounds/{round.slug}", f"/ballot/{round.slug}", "/ballot/check", "/help"):
        client.get(path)
    client.post(f"/ballot/{round.slug}/add/B02", {}, status=409)
    assert session().query(Envelope).count() == 0
