"""Reading rounds, wards, pots and frozen projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from pb.core.actor import ANYONE, Actor
from pb.core.db import session
from pb.core.errors import NotFound
from pb.rounds.models import Pot, Project, Round, Ward


def round_by_slug(slug: str, *, viewer: Actor = ANYONE) -> Round:
    """The round at this address.

    Raises: NotFound when there is none, or when it is a draft and the viewer is not staff: the two look the same
    """
    round = session().scalars(_whole().where(Round.slug == slug[:80])).one_or_none()
    if round is None or (round.published_at is None and not viewer.is_staff):
        raise NotFound
    return round


def public_rounds(now: datetime) -> Sequence[Round]:
    """Every round published by `now`, newest first."""
    public = _whole().where(Round.published_at.is_not(None), Round.published_at <= now)
    return session().scalars(public.order_by(Round.published_at.desc(), Round.id.desc())).all()


def all_rounds() -> Sequence[Round]:
    """Drafts too, for staff; newest first."""
    return session().scalars(_whole().order_by(Round.created_at.desc(), Round.id.desc())).all()


def _whole() -> Select[Round]:
    """Rounds with what nearly every page shows, in three queries however many there are."""
    return select(Round).options(selectinload(Round.pots).joinedload(Pot.ward), selectinload(Round.dates))


def wards() -> Sequence[Ward]:
    """All wards, by name."""
    return session().scalars(select(Ward).order_by(Ward.name, Ward.id)).all()


def ward_by_gss(gss_code: str) -> Ward:
    """Raises: NotFound."""
    ward = session().scalars(select(Ward).where(Ward.gss_code == gss_code[:9])).one_or_none()
    if ward is None or ward.gss_code != gss_code:
        raise NotFound
    return ward


def projects_of(round_id: int) -> Sequence[Project]:
    """The frozen projects of a round by code, withdrawn ones included."""
    projects = select(Project).where(Project.round_id == round_id).order_by(Project.code, Project.id)
    return session().scalars(projects.options(selectinload(Project.pot), selectinload(Project.ward))).all()


def pots_for(round: Round, ward_id: int | None) -> list[Pot]:
    """The pots that a voter of this ward chooses in: the ward's own and those for all, in their order."""
    return [pot for pot in round.pots if pot.ward_id is None or pot.ward_id == ward_id]


def rounds_in_ward(ward_id: int, now: datetime) -> Sequence[Round]:
    """Public rounds with money for this ward, newest first."""
    return [round for round in public_rounds(now) if pots_for(round, ward_id)]
