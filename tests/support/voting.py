"""Votes cast, closed and opened by the real services, without pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from pb.electorate import service as electorate
from pb.rounds.models import Round
from pb.voting import closing, opening, service
from pb.voting.models import Contest
from pb.voting.queries import last_moment
from pb.voting.service import Receipt

OFFICER = Actor(id=None, name="Sam", roles=frozenset({Role.RETURNING_OFFICER}))


def ready(round: Round) -> Contest:
    """Give a round that `tests.support.rounds` froze its contest, so that votes can be cast. Committed."""
    with committed():
        return session().get(Contest, round.id) or closing.make_contest(session().merge(round))


def cast(
    round: Round,
    picks: Iterable[str] | Mapping[str, int],
    *,
    now: datetime,
    voter: str | None = None,
    ward_id: int | None = None,
    sees_version: int = 0,
    key: str | None = None,
    secret: str = "a voter's own secret",
) -> Receipt:
    """Cast one committed vote of `voter` (somebody new when not named): codes for approvals, else code → number."""
    marks = dict(picks) if isinstance(picks, Mapping) else dict.fromkeys(picks, 1)
    with committed():
        source = f"mailbox|{voter or secrets.token_hex(6) + '@voters.example'}"
        entitlement = electorate.entitle(round_id=round.id, source=source, ward_id=ward_id)
        return service.cast_ballot(
            round=round,
            entitlement_id=entitlement.id,
            ward_id=ward_id,
            marks=marks,
            key=key or secrets.token_hex(16),
            secret=secret,
            sees_version=sees_version,
            now=now,
        )


def closed(round: Round) -> Contest:
    """Close the vote at its last moment. Committed."""
    with committed():
        return closing.close_vote(round, by=OFFICER, now=last_moment(round))


def closed_and_opened(round: Round) -> Contest:
    """Close the vote at its last moment and open the box. Committed."""
    closed(round)
    with committed():
        return opening.open_box(round, by=OFFICER, now=last_moment(round))
