"""Reading entitlements. Nothing here answers "may this person vote?" to anybody but that person."""

from __future__ import annotations

from sqlalchemy import select

from pb.core.db import session
from pb.electorate.models import Entitlement


def entitlement_of(round_id: int, person_key: bytes) -> Entitlement | None:
    """The entitlement that a proven source resolves to."""
    wanted = select(Entitlement).where(Entitlement.round_id == round_id, Entitlement.person_key == person_key)
    return session().scalars(wanted).one_or_none()


def lock_entitlement(entitlement_id: str) -> Entitlement | None:
    """The entitlement, held until the transaction ends: two votes of one person come one after the other."""
    return session().get(Entitlement, entitlement_id, with_for_update=True, populate_existing=True)
