"""A person's paper ballot has come in: their one envelope waits for it, and no online vote is taken any more.

The envelope stays empty until the batch is sealed. It is made under the same lock as a cast, so a paper and an online
vote that come at the same moment are one vote.
"""

from __future__ import annotations

from datetime import datetime

from pb.core.db import session
from pb.electorate.codes import new_code
from pb.electorate.models import Entitlement
from pb.electorate.queries import lock_entitlement
from pb.rounds.models import Round
from pb.rounds.phases import voting_window
from pb.voting.errors import MayNotVote, PaperTwice, VotedOnlineFirst, VotingClosed, VotingNotOpen
from pb.voting.models import Envelope
from pb.voting.queries import takes_votes
from pb.voting.service import PAPER, hold_contest


def check_receives_paper(round: Round, now: datetime) -> None:
    """Paper comes in exactly as long as online votes do. Holds the contest, so that the close waits.

    Raises: VotingNotOpen; VotingClosed
    """
    contest = hold_contest(round.id)
    if takes_votes(round, contest, now):
        return
    is_early = round.closed_at is None and now < voting_window(round).opens_at
    raise VotingNotOpen if is_early else VotingClosed()


def expect_paper(round: Round, entitlement_id: str, ward_id: int | None, *, now: datetime) -> None:
    """Keep this person's envelope free for a paper ballot of this ward.

    Where the round says that the first vote stands, an online vote refuses the paper; where it says that paper
    stands, the online vote is taken out.

    Raises: VotingNotOpen; VotingClosed; MayNotVote; PaperTwice; VotedOnlineFirst
    """
    check_receives_paper(round, now)
    entitlement = lock_entitlement(entitlement_id)
    if entitlement is None or entitlement.round_id != round.id or entitlement.status != "ok":
        raise MayNotVote
    _check_ward(entitlement, ward_id)
    envelope = session().get(Envelope, entitlement_id, populate_existing=True)
    if envelope is None:
        waits = Envelope(entitlement_id=entitlement_id, round_id=round.id, receipt=new_code(), version=1, channel=PAPER)
        session().add(waits)
    elif envelope.channel == PAPER:
        raise PaperTwice
    elif round.channel_rule == "first":
        raise VotedOnlineFirst
    else:
        envelope.sealed, envelope.channel, envelope.version = None, PAPER, envelope.version + 1
    session().flush()


def _check_ward(entitlement: Entitlement, ward_id: int | None) -> None:
    """The paper says which ward, unless a list knows it.

    Raises: MayNotVote
    """
    if not entitlement.has_fixed_ward:
        entitlement.ward_id = ward_id
    elif entitlement.ward_id != ward_id:
        raise MayNotVote


def forget_paper(entitlement_id: str) -> None:
    """The paper is not there after all: the person may vote again, in whichever way."""
    lock_entitlement(entitlement_id)
    envelope = session().get(Envelope, entitlement_id, populate_existing=True)
    if envelope is not None and envelope.channel == PAPER and envelope.sealed is None:
        session().delete(envelope)
        session().flush()


def version_of(entitlement_id: str) -> int:
    """The version that a cast into this envelope must name."""
    return session().get_one(Envelope, entitlement_id).version
