"""Publishing the ballot for good: asked for by one person, done when another agrees to exactly this ballot."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.rounds.freezing import canonical_json, describe
from pb.rounds.models import Round
from pb.rounds.service import check_ballot
from pb.voting import custody
from pb.voting.closing import DESK, freeze_round, lines_of
from pb.voting.errors import AlreadyFrozen, BallotChanged, NothingToVoteOn
from pb.voting.models import Contest


def ask_to_freeze(round: Round, *, look_at: str, by: Actor, now: datetime) -> ApprovalRequest:
    """Ask a second person to publish the ballot as it stands now. `look_at`: the page that lists it.

    Raises: AlreadyFrozen; NothingToVoteOn; KeyNotMade (mode S2); what `rounds.freeze_ballot` and `approvals.ask` raise
    """
    if session().get(Contest, round.id) is not None:
        raise AlreadyFrozen
    lines = lines_of(round)
    if not lines:
        raise NothingToVoteOn
    check_ballot(round, lines, now=now)
    if round.seal_mode == "S2":
        custody.public_key_for(round)
    what = ngettext(
        "Publish the ballot of %(round)s for good, with %(num)s project.",
        "Publish the ballot of %(round)s for good, with %(num)s projects.",
        len(lines),
        round=round.title,
    )
    payload: Payload = {"round_id": round.id, "ballot_sha256": mark_of(round)}
    return approvals.ask(
        "ballot.freeze", what=str(what), payload=payload, round_id=round.id, look_at=look_at, by=by, now=now
    )


def mark_of(round: Round) -> str:
    """SHA-256 of all that publishing would promise: projects and costs, pots, dates, rule, who may vote."""
    promise = {"set_up": describe(round, [], None), "projects": [asdict(line) for line in lines_of(round)]}
    return hashlib.sha256(canonical_json(promise).encode()).hexdigest()


def _freeze_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    round = session().get_one(Round, payload["round_id"])
    if mark_of(round) != payload["ballot_sha256"]:
        raise BallotChanged
    freeze_round(round, by=by, now=now)


declare(Action("ballot.freeze", _l("Publish the ballot for good"), roles=DESK, perform=_freeze_agreed))
