"""Which postcodes lie in which ward: taken over whole from a table the council gets from the Ordnance Survey or ONS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select

from pb.core.actor import Actor
from pb.core.db import session
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Ward, WardPostcode

kinds.declare({"postcodes.set": _l("The table of postcodes was replaced: %(postcodes)s lines.")})

_AREA = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?(?: [0-9](?:[A-Z]{2})?)?")


class WrongLine(Exception):
    """A line of the table is no postcode area, or names a ward we do not have."""


def set_postcodes(*, lines: Iterable[tuple[str, str]], by: Actor, now: datetime) -> int:
    """Replace the table by (area, GSS code) pairs and return how many there are.

    An area is a whole postcode, a sector or a district, with the usual space: `WN2 3AA`, `WN2 3`, `WN2`.

    Raises: WrongLine, naming it; nothing is changed then
    """
    wards = {ward.gss_code: ward.id for ward in session().scalars(select(Ward))}
    rows = {}
    for area, gss in lines:
        if not _AREA.fullmatch(area) or gss not in wards:
            raise WrongLine(f"{area},{gss}")
        rows[area] = wards[gss]
    session().execute(delete(WardPostcode))
    if rows:
        session().execute(insert(WardPostcode), [{"area": area, "ward_id": ward} for area, ward in rows.items()])
    record("postcodes.set", by=by, now=now, postcodes=len(rows))
    return len(rows)
