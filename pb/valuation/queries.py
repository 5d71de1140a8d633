"""Reading checks: what waits, what is ready to publish, and what the public may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from pb.accounts.models import RoleGrant
from pb.core.actor import STAFF_ROLES
from pb.core.db import session
from pb.proposals.models import Proposal, Revision
from pb.proposals.queries import OPEN_STATES, current_revisions
from pb.rounds.models import Round
from pb.valuation.models import Valuation


@dataclass(frozen=True)
class Desk:
    """A round's checks: `waiting` oldest first, `ready` checked but not yet public, `public` in order of code.

    Pairs are of the current version and its newest check.
    """

    waiting: Sequence[Revision]
    ready: Sequence[tuple[Revision, Valuation]]
    public: Sequence[tuple[Revision, Valuation]]


def desk(round: Round) -> Desk:
    """All that the staff page shows, in two queries."""
    latest = {check.proposal_id: check for check in _latest_of(round.id)}
    open_now = [r for r in current_revisions(round.id) if r.proposal.state in OPEN_STATES]
    checked = [(r, latest[r.proposal_id]) for r in open_now if _is_of(latest.get(r.proposal_id), r)]
    waiting = [r for r in open_now if not _is_of(latest.get(r.proposal_id), r)]
    return Desk(
        waiting=sorted(waiting, key=lambda r: (r.proposal.submitted_at or r.made_at, r.proposal_id)),
        ready=[(r, check) for r, check in checked if check.published_at is None],
        public=[(r, check) for r, check in checked if check.published_at is not None],
    )


def _is_of(check: Valuation | None, revision: Revision) -> bool:
    return check is not None and check.revision_number == revision.number


def _latest_of(round_id: int) -> Sequence[Valuation]:
    newest = select(func.max(Valuation.id)).join(Proposal).where(Proposal.round_id == round_id)
    wanted = select(Valuation).where(Valuation.id.in_(newest.group_by(Valuation.proposal_id)))
    return session().scalars(wanted.order_by(Valuation.id)).all()


def newest_check(proposal_id: int) -> Valuation | None:
    """The newest check, public or not: for staff."""
    checks = select(Valuation).where(Valuation.proposal_id == proposal_id).order_by(Valuation.id.desc()).limit(1)
    return session().scalars(checks).one_or_none()


def published_checks(proposal_id: int) -> Sequence[Valuation]:
    """Every public check of a proposal, the newest first."""
    public = select(Valuation).where(Valuation.proposal_id == proposal_id, Valuation.published_at.is_not(None))
    return session().scalars(public.order_by(Valuation.id.desc())).all()


def published_valuation(proposal_id: int) -> Valuation | None:
    """The check that counts for the public: the newest published one."""
    return next(iter(published_checks(proposal_id)), None)


def rounds_with_waiting() -> Sequence[tuple[Round, int, Revision]]:
    """Rounds not yet frozen in which a proposal waits for its check: how many, and the one that has waited longest."""
    open_rounds = select(Round).where(Round.published_at.is_not(None), Round.frozen_at.is_(None)).order_by(Round.id)
    found = [(round_, desk(round_).waiting) for round_ in session().scalars(open_rounds)]
    return [(round_, len(waiting), waiting[0]) for round_, waiting in found if waiting]


def title_of(person_id: int) -> str:
    """How the public reads this officer's role: its title, never a name. Empty when none was given."""
    staff = select(RoleGrant.title).where(RoleGrant.person_id == person_id, RoleGrant.role.in_(STAFF_ROLES))
    return session().scalars(staff.where(RoleGrant.title != "").order_by(RoleGrant.id).limit(1)).one_or_none() or ""
