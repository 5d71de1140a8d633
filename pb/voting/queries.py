"""Reading the paper, the state of the vote, turnout and, after opening, the ballots. No totals of picks before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select

from pb.core.db import session
from pb.core.edition import Kept, apart
from pb.electorate.models import Entitlement
from pb.rounds.models import Pot, Project, Round, Ward
from pb.rounds.phases import voting_window
from pb.voting.choices import BallotPaper, Line, PotOnPaper
from pb.voting.errors import NoBallot
from pb.voting.models import Ballot, Contest, Envelope, ReceiptInBox, SealedBallot, SetAside, Turnout

SMALL = 10
"""Cells under this are not shown to the public."""


def contest_of(round_id: int) -> Contest:
    """Raises: NoBallot before the freeze."""
    contest = session().get(Contest, round_id)
    if contest is None:
        raise NoBallot
    return contest


def contest_to_read(round_id: int) -> Contest:
    """The contest as of this edition of the site, to be looked at only: what decides reads it again under its lock.

    Raises: NoBallot before the freeze.
    """
    return _contests.of_this_edition(round_id, lambda: apart(contest_of(round_id)))


_contests, _papers = Kept[Contest](200), Kept[BallotPaper](32)


def paper_of(round: Round) -> BallotPaper:
    """The frozen ballot of a round, every pot and project of it (use `for_ward` for one voter's).

    Raises: NoBallot before the freeze.
    """
    if round.frozen_at is None:
        raise NoBallot
    return _papers.of_this_edition(round.id, lambda: _read_paper(round))


def _read_paper(round: Round) -> BallotPaper:
    pots = select(Pot.id, Pot.name, Pot.amount, Pot.ward_id).where(Pot.round_id == round.id)
    return BallotPaper(
        round_id=round.id,
        kind=round.ballot_kind,
        max_picks=round.max_picks,
        min_picks=round.min_picks,
        points_total=round.points_total,
        pots=tuple(PotOnPaper(*row) for row in session().execute(pots.order_by(Pot.position, Pot.id))),
        lines=tuple(_lines(round.id)),
    )


def _lines(round_id: int) -> Iterator[Line]:
    p = Project
    columns = (p.id, p.pot_id, p.code, p.title, p.summary, p.cost, p.place, p.theme, p.ward_id)
    wanted = select(*columns, func.coalesce(Ward.name, ""), p.proposer, p.withdrawn_at.is_not(None))
    rows = wanted.outerjoin(Ward, Ward.id == p.ward_id).where(p.round_id == round_id).order_by(p.code, p.id)
    return (Line(*cast("tuple[Any, ...]", row)) for row in session().execute(rows))


def contests_to_act_on() -> list[tuple[Round, str]]:
    """(round, state) of every vote whose box is not open yet, by round."""
    rows = select(Round, Contest.state).join(Contest, Contest.round_id == Round.id).where(Contest.state != "unsealed")
    return [(round, state) for round, state in session().execute(rows.order_by(Round.id))]


def takes_votes(round: Round, contest: Contest, now: datetime) -> bool:
    """Whether a vote that arrives at `now` counts: after opening, before the `closed` event and the end of the grace.

    The grace covers a phone that sent in the last second and a clock that is a little off; pages say the plain time.
    """
    return has_not_closed(round, contest, now) and now < last_moment(round)


def has_not_closed(round: Round, contest: Contest, now: datetime) -> bool:
    """Whether voting has opened and the `closed` event has not been written: what a paper that came in time needs."""
    is_closed = contest.state in ("closed", "unsealed") or round.closed_at is not None
    return not is_closed and voting_window(round).opens_at <= now


def last_moment(round: Round) -> datetime:
    """From here on the vote can be closed, and no vote is taken."""
    return voting_window(round).closes_at + timedelta(seconds=round.grace_s)


@dataclass(frozen=True)
class Share:
    """How many voted by one channel in one ward; `ward` is empty where it is not known."""

    ward: str
    channel: str
    ballots: int


def turnout_of(round_id: int) -> int:
    """How many envelopes hold a vote: the number of people who have voted so far, or at close."""
    counted = select(func.count()).select_from(Envelope).where(Envelope.round_id == round_id)
    return session().scalar(counted) or 0


def turnout_by_channel(round_id: int) -> list[tuple[str, int]]:
    """Voters by channel, for the staff desk while voting is open."""
    grouped = select(Envelope.channel, func.count()).where(Envelope.round_id == round_id).group_by(Envelope.channel)
    return [(channel, count) for channel, count in session().execute(grouped.order_by(Envelope.channel))]


def turnout_by_ward(round_id: int) -> list[Share]:
    """Turnout as written at close, every cell: whoever shows it suppresses those under `SMALL`."""
    rows = (
        select(func.coalesce(Ward.name, ""), Turnout.channel, Turnout.ballots)
        .outerjoin(Ward, Ward.id == Turnout.ward_id)
        .where(Turnout.round_id == round_id)
        .order_by(Ward.name, Turnout.channel)
    )
    return [Share(*row) for row in session().execute(rows)]


def count_turnout(round_id: int) -> list[tuple[int, str, int]]:
    """(ward id or 0, channel, voters) from the envelopes, for the close."""
    ward = func.coalesce(Entitlement.ward_id, 0)
    grouped = (
        select(ward, Envelope.channel, func.count())
        .join(Entitlement, Entitlement.id == Envelope.entitlement_id)
        .where(Envelope.round_id == round_id, Envelope.sealed.is_not(None), Entitlement.status == "ok")
        .group_by(ward, Envelope.channel)
        .order_by(ward, Envelope.channel)
    )
    return [(ward_id, channel, count) for ward_id, channel, count in session().execute(grouped)]


def frozen_envelopes(round_id: int) -> list[tuple[str, bytes]]:
    """(receipt, sealed) of every envelope, by receipt. A vote of somebody struck since then stays outside the box."""
    rows = select(Envelope.receipt, Envelope.sealed).join(Entitlement, Entitlement.id == Envelope.entitlement_id)
    rows = rows.where(Envelope.round_id == round_id, Envelope.sealed.is_not(None), Entitlement.status == "ok")
    return [(receipt, sealed) for receipt, sealed in session().execute(rows.order_by(Envelope.receipt)) if sealed]


def sealed_ballots(round_id: int) -> Iterator[bytes]:
    """The box, in the order of the hashes."""
    rows = select(SealedBallot.sealed).where(SealedBallot.round_id == round_id).order_by(SealedBallot.sealed_sha256)
    return iter(session().scalars(rows.execution_options(yield_per=1000)))


def opened_ballots(pot_id: int) -> Iterator[str]:
    """The opened ballots of a pot in the order of their numbers, as canonical JSON; streamed."""
    rows = select(Ballot.choices).where(Ballot.pot_id == pot_id).order_by(Ballot.n)
    return iter(session().scalars(rows.execution_options(yield_per=1000)))


def set_aside(round_id: int) -> list[tuple[str, int]]:
    """(reason, ballots) of what could not be counted."""
    rows = select(SetAside.reason, SetAside.ballots).where(SetAside.round_id == round_id).order_by(SetAside.reason)
    return [(reason, ballots) for reason, ballots in session().execute(rows)]


def find_receipt(receipt: str) -> Round | None:
    """The round in whose box (or, while voting is open, envelopes) there is a vote with this receipt.

    Nothing here can tell whether a vote was replaced, for nobody may learn that.
    """
    after = select(ReceiptInBox.round_id).where(ReceiptInBox.receipt == receipt)
    during = select(Envelope.round_id).where(Envelope.receipt == receipt, Envelope.sealed.is_not(None))
    round_id = session().scalar(after) or session().scalar(during)
    return session().get(Round, round_id) if round_id else None


def receipt_of(entitlement_id: str) -> str | None:
    """The receipt of a proven person's vote, for telling them, and only them, that it is in the box."""
    return session().scalar(select(Envelope.receipt).where(Envelope.entitlement_id == entitlement_id))
