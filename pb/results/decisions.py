"""The council's own step after the count: it agrees, departs from it with a reason, or takes a departure back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from pb.core import slots
from pb.core.actor import Actor
from pb.core.db import session
from pb.journal import kinds
from pb.journal.service import record
from pb.results import errors, queries, service
from pb.results.models import CouncilDecision
from pb.rounds.models import Project, Round

kinds.declare({"council.decided": _l("The council decided on the result. It agrees with the count: %(agreed)s.")})


def decide(
    round: Round,
    *,
    decided_by: str,
    is_agreed: bool,
    reason: str = "",
    project: Project | None = None,
    funds: bool | None = None,
    by: Actor,
    now: datetime,
) -> CouncilDecision:
    """Record what the council decided: of the whole result, or of one project.

    is_agreed: with the count. Of one project that takes back an earlier departure
    funds:     what becomes of the project. Its proposal and its log entry follow in the same transaction
    Raises:    NotYours; NotPublished; ReasonMissing where it differs from the count; AlreadyDecided; NothingToTakeBack
    """
    if not by.has(*service.DUTY):
        raise errors.NotYours
    service.hold(round)
    publication = queries.latest_publication(round.id)
    if publication is None:
        raise errors.NotPublished
    if not is_agreed and len(reason.strip()) < service.SHORTEST_REASON:
        raise errors.ReasonMissing
    _check_turn(round, project, is_agreed=is_agreed, funds=funds)
    decision = CouncilDecision(
        round_id=round.id,
        project=project,
        is_agreed=is_agreed,
        funds=funds,
        reason=reason.strip(),
        decided_by=decided_by,
        decided_at=now,
    )
    session().add(decision)
    session().flush()
    subject = f"{round.slug} {project.code}" if project else round.slug
    record("council.decided", by=by, now=now, subject=subject, round_id=round.id, reason=reason, agreed=is_agreed)
    if project:
        service.settle(round, publication, by=by, now=now)
        slots.gathered("council.decided", round=round, decision=decision, publication=publication, by=by, now=now)
    return decision


@dataclass(frozen=True)
class Standing:
    """What the council has decided of one project so far. `word`: agreed, funded or not_funded."""

    word: str
    decided_at: datetime


def standing_of(project_id: int, decided: Mapping[int | None, CouncilDecision]) -> Standing | None:
    """Its own decision where there is one, else what was decided of the whole result. None: nothing yet.

    decided: by project, as `queries.standing_decisions` gives them
    """
    own, whole = decided.get(project_id), decided.get(None)
    if own and not own.is_agreed:
        return Standing("funded" if own.funds else "not_funded", own.decided_at)
    agreed = own or (whole if whole and whole.is_agreed else None)
    return Standing("agreed", agreed.decided_at) if agreed else None


def _check_turn(round: Round, project: Project | None, *, is_agreed: bool, funds: bool | None) -> None:
    """One departure a project, and only a departure can be taken back. Raises: AlreadyDecided; NothingToTakeBack."""
    if project is None:
        return
    before = queries.standing_decisions(round.id).get(project.id)
    departs = before is not None and not before.is_agreed
    if is_agreed and not departs:
        raise errors.NothingToTakeBack
    # A correction can bring the count to where the council was: then the other way is the departure.
    if before and departs and not is_agreed and before.funds == funds:
        raise errors.AlreadyDecided
