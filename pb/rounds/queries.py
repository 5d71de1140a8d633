"""Reading rounds, wards, pots and frozen projects."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from pb.core.actor import ANYONE, Actor
from pb.core.db import session
from pb.core.edition import Kept, apart
from pb.core.errors import NotFound
from pb.core.money import Money
from pb.rounds.models import Pot, Project, Round, Ward, WardPostcode

_SLUG = re.compile(r"[a-z0-9-]{1,80}")
_BESIDE = (selectinload(Round.pots).joinedload(Pot.ward), selectinload(Round.wards))
_GSS = re.compile(r"[A-Z][0-9]{8}")


def round_by_slug(slug: str, *, viewer: Actor = ANYONE) -> Round:
    """The round at this address.

    Raises: NotFound when there is none, or when it is a draft and the viewer is not staff: the two look the same
    """
    if not _SLUG.fullmatch(slug):
        raise NotFound
    wanted = select(Round).options(*_BESIDE, joinedload(Round.dates)).where(Round.slug == slug)
    round = session().scalars(wanted).unique().one_or_none()
    if round is None or (round.published_at is None and not viewer.is_staff):
        raise NotFound
    return round


_kept = Kept[Round](200)


def round_to_look_at(slug: str, *, viewer: Actor = ANYONE) -> Round:
    """`round_by_slug` for pages that only show it: read once for each edition of the site, and part of no session.

    Raises: NotFound, as that does
    """
    round = _kept.of_this_edition(slug[:80], lambda: apart(round_by_slug(slug, viewer=viewer)))
    if round.published_at is None and not viewer.is_staff:
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
    return select(Round).options(*_BESIDE, selectinload(Round.dates))


def wards() -> Sequence[Ward]:
    """All wards, by name."""
    return session().scalars(select(Ward).order_by(Ward.name, Ward.id)).all()


def ward_by_gss(gss_code: str) -> Ward:
    """Raises: NotFound."""
    ward = None
    if _GSS.fullmatch(gss_code):
        ward = session().scalars(select(Ward).where(Ward.gss_code == gss_code)).one_or_none()
    if ward is None:
        raise NotFound
    return ward


_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)(?:([0-9])([A-Z]{2}))?")


def ward_of_postcode(text: str) -> Ward | None:
    """The ward in which a postcode lies, or None when it is not one of ours. Spaces and small letters are fine.

    A whole postcode decides over its sector, and that over its district: a ward's edge can cut through a sector.
    """
    areas = _areas_of(text)
    found = session().scalars(select(WardPostcode).where(WardPostcode.area.in_(areas))).all()
    nearest = max(found, key=lambda postcode: len(postcode.area), default=None)
    return nearest.ward if nearest else None


def ward_finder() -> Callable[[str], int | None]:
    """`ward_of_postcode` for a long list: the whole table read once, ward ids given back."""
    table = dict(session().execute(select(WardPostcode.area, WardPostcode.ward_id)).all())
    return lambda text: next((table[area] for area in _areas_of(text) if area in table), None)


def _areas_of(text: str) -> list[str]:
    """The areas a postcode lies in, the smallest first; none when it is no postcode."""
    match = _POSTCODE.fullmatch(re.sub(r"[^A-Z0-9]", "", text[:20].upper()))
    if match is None:
        return []
    district, digit, unit = match.groups()
    return [district] if digit is None else [f"{district} {digit}{unit}", f"{district} {digit}", district]


def projects_of(round_id: int) -> Sequence[Project]:
    """The frozen projects of a round by code, withdrawn ones included."""
    projects = select(Project).where(Project.round_id == round_id).order_by(Project.code, Project.id)
    return session().scalars(projects.options(selectinload(Project.pot), selectinload(Project.ward))).all()


def wards_of(round: Round) -> Sequence[Ward]:
    """The area of a round: the wards it names, or all of them."""
    return round.wards or wards()


def pots_for(round: Round, ward_id: int | None) -> list[Pot]:
    """The pots that a voter of this ward chooses in: the ward's own and those for all, in their order."""
    if ward_id is not None and ward_id not in {ward.id for ward in wards_of(round)}:
        return []
    return [pot for pot in round.pots if pot.ward_id is None or pot.ward_id == ward_id]


def rounds_in_ward(ward_id: int, now: datetime) -> Sequence[Round]:
    """Public rounds with money for this ward, newest first."""
    return [round for round in public_rounds(now) if pots_for(round, ward_id)]


def total_of(round: Round) -> Money:
    """All the round's money, in pence."""
    return Money(sum(pot.amount for pot in round.pots))


def how_many_projects(round_ids: Sequence[int]) -> dict[int, int]:
    """How many projects are on the ballot of each of these rounds, withdrawn ones left out; 0 before the freeze."""
    standing = Project.round_id.in_(round_ids) & Project.withdrawn_at.is_(None)
    counted = session().execute(select(Project.round_id, func.count()).where(standing).group_by(Project.round_id))
    return dict.fromkeys(round_ids, 0) | {row[0]: row[1] for row in counted}
