"""Once the ballot is published, no date moves and no hold begins or ends by one person alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pb.approvals.models import ApprovalRequest
from pb.approvals.service import approve
from pb.core.actor import Role
from pb.core.db import committed, session
from pb.core.errors import Refusal
from pb.rounds import errors, published_dates
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of
from tests.conftest import FixedClock
from tests.support.people import actor_for, make_person
from tests.support.rounds import make_round

REASON = "The hall is closed that week."


def agree(request: ApprovalRequest | None, clock: FixedClock) -> None:
    assert request is not None
    by = actor_for(make_person("Helena", Role.RETURNING_OFFICER))
    number, mark = request.id, request.payload_sha256
    with committed():
        approve(number, seen=mark, by=by, now=clock())


def fresh(round: Round) -> Round:
    session().expire_all()
    return session().get_one(Round, round.id)


def test_a_date_after_voting_moves_when_a_second_person_agrees(app: Flask, clock: FixedClock) -> None:
    round, by = make_round("voting", clock), actor_for(make_person("Sam", Role.OFFICER))
    was = dates_of(round)[Phase.RESULTS]
    later = was + timedelta(days=2)

    with committed():
        asked = published_dates.change_dates(
            fresh(round), dates={Phase.RESULTS: later}, reason=REASON, by=by, now=clock()
        )
    assert dates_of(fresh(round))[Phase.RESULTS] == was
    agree(asked, clock)

    assert dates_of(fresh(round))[Phase.RESULTS] == later


def test_before_the_ballot_is_published_one_person_sets_dates(app: Flask, clock: FixedClock) -> None:
    round, by = make_round("proposing", clock), actor_for(make_person("Sam", Role.OFFICER))
    later = dates_of(round)[Phase.RESULTS] + timedelta(days=2)

    with committed():
        act = {"reason": REASON, "by": by, "now": clock()}
        asked = published_dates.change_dates(fresh(round), dates={Phase.RESULTS: later}, **act)  # type: ignore[arg-type]
        held = published_dates.change_hold(fresh(round), **act)  # type: ignore[arg-type]

    assert (asked, held) == (None, None)
    assert dates_of(fresh(round))[Phase.RESULTS] == later
    assert fresh(round).held_at is not None


def test_a_hold_begins_and_ends_when_a_second_person_agrees(app: Flask, clock: FixedClock) -> None:
    round, by = make_round("frozen", clock), actor_for(make_person("Sam", Role.OFFICER))
    for expected in (True, False):
        with committed():
            asked = published_dates.change_hold(fresh(round), reason=REASON, by=by, now=clock())
        assert (fresh(round).held_at is not None) is not expected
        agree(asked, clock)
        assert (fresh(round).held_at is not None) is expected

    assert phase_of(fresh(round), clock()) is Phase.FROZEN


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({Phase.VOTING: timedelta(days=1)}, errors.FrozenRound),
        ({Phase.COUNTING: timedelta(days=-1)}, errors.FrozenRound),
        ({Phase.RESULTS: timedelta(days=-60)}, errors.DateInThePast),
    ],
)
def test_what_cannot_be_agreed_on_is_not_asked_for(
    app: Flask, clock: FixedClock, change: dict[Phase, timedelta], refusal: type[Refusal]
) -> None:
    round, by = make_round("frozen", clock), actor_for(make_person("Sam", Role.OFFICER))
    dates = {phase: dates_of(round)[phase] + by_how_much for phase, by_how_much in change.items()}

    with pytest.raises(refusal), committed():
        published_dates.change_dates(fresh(round), dates=dates, reason=REASON, by=by, now=clock())
    with pytest.raises(errors.ReasonNeeded), committed():
        published_dates.change_hold(fresh(round), reason="soon", by=by, now=clock())

    assert session().query(ApprovalRequest).count() == 0
