"""Lists of voters, codes and letters, made by the real services."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import select

from pb.approvals.models import ApprovalRequest
from pb.approvals.service import approve
from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from pb.electorate import importing, print_runs
from pb.electorate.letters import Facts
from pb.electorate.models import Entitlement, Roll, RollEntry, RollUpload
from pb.electorate.names import folded
from pb.electorate.service import person_key
from pb.rounds.models import Round
from pb.rounds.phases import voting_window
from tests.support.people import actor_for, make_person
from tests.support.rounds import OFFICER


def listed(round: Round, *names: str, now: datetime, ward_id: int | None = None) -> None:
    """Put these people on the round's list, each waiting for a letter. Committed."""
    round_id = round.id
    with committed() as database:
        if database.get(Roll, round_id) is None:
            roll = Roll(round_id=round_id, source="Open register", asks_for=[], updated_at=now, file_sha256="0" * 64)
            database.add(roll)
        for name in names:
            key = person_key(round_id, f"roll|{name}")
            one = Entitlement(id=secrets.token_hex(16), round_id=round_id, person_key=key, status="ok")
            one.ward_id, one.has_fixed_ward = ward_id, ward_id is not None
            database.add(one)
            database.flush()
            where = {"address": "1 High Street\nQuay", "postcode": "WN2 3AA", "email": "", "needs_letter": True}
            where["folded"] = folded(f"{name} WN2 3AA")
            database.add(RollEntry(entitlement_id=one.id, round_id=round_id, reference=name[:20], name=name, **where))


def facts_of(round: Round) -> Facts:
    window = voting_window(round)
    return Facts(
        council="Exampleshire Council",
        round=round.title,
        url=f"http://localhost/ballot/{round.slug}",
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        phone="01234 567 890",
        hours="Monday to Friday",
        key=b"k" * 32,
        languages=("en", "cy"),
    )


def two_officers() -> tuple[Actor, Actor]:
    return actor_for(make_person("Sam", Role.OFFICER)), actor_for(make_person("Kim", Role.OFFICER))


def agreed(round: Round, kind: str, *, by: Actor, second: Actor, now: datetime, **order: int) -> None:
    """One asks for a run, another agrees. Committed."""
    with committed():
        print_runs.ask_for_run(round=round, kind=kind, look_at="/", by=by, now=now, **order)
    request = session().query(ApprovalRequest).order_by(ApprovalRequest.id.desc()).first()
    assert request is not None
    number, seen = request.id, request.payload_sha256
    with committed():
        approve(number, seen=seen, by=second, now=now)


def supplier_list(round: Round, *, by: Actor, second: Actor, now: datetime) -> dict[str, str]:
    """Make codes for all who wait, as the supplier's list: name → code as printed. Committed."""
    agreed(round, "list", by=by, second=second, now=now)
    with committed():
        handover = print_runs.make_run(round=round, kind="list", facts=facts_of(round), by=by, now=now)
        text = handover.content.decode("utf-8-sig")
    return dict(re.findall(r'"\d+","([^"]*)","[^"]*","[^"]*","([0-9A-Z-]{14})"', text))


def cards(round: Round, how_many: int, *, by: Actor, second: Actor, now: datetime, ward_id: int = 0) -> bytes:
    """Codes to hand out, as their PDF. Committed."""
    agreed(round, "cards", by=by, second=second, now=now, how_many=how_many, ward_id=ward_id)
    with committed():
        facts = facts_of(round)
        order = {"how_many": how_many, "ward_id": ward_id}
        return print_runs.make_cards(round=round, facts=facts, by=by, now=now, **order).content


def imported(round: Round, text: str, *, now: datetime, asks_for: tuple[str, ...] = ()) -> tuple[int, int]:
    """Upload a list and import it. Committed. Returns (new, updated)."""
    with committed():
        importing.upload(round=round, content=text.encode(), now=now)
    digest = session().scalars(select(RollUpload.file_sha256).where(RollUpload.round_id == round.id)).one()
    with committed():
        return importing.import_list(
            round=round, source="Open register", asks_for=asks_for, file_sha256=digest, by=OFFICER, now=now
        )
