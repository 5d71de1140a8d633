"""Batches of paper received, keyed and settled by the real services, without pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime

from pb.core.actor import Actor, Role
from pb.core.db import committed
from pb.electorate import service as electorate
from pb.electorate.models import Entitlement
from pb.paper import queries, service
from pb.paper.models import PaperBatch
from pb.paper.reading import Reading
from pb.rounds.models import Round

FIRST = Actor(id=901, name="Sam", roles=frozenset({Role.OFFICER}))
SECOND = Actor(id=902, name="Nia", roles=frozenset({Role.OFFICER}))
THIRD = Actor(id=903, name="Helena", roles=frozenset({Role.RETURNING_OFFICER}))

_people = itertools.count(1)


def person(round: Round, name: str | None = None, ward_id: int | None = None) -> Entitlement:
    """The entitlement of somebody at the desk; somebody new when not named."""
    source = f"mailbox|{name or f'paper{next(_people)}@home.example'}"
    return electorate.entitle(round_id=round.id, source=source, ward_id=ward_id)


def receive(
    round: Round, papers: int, *, now: datetime, stubs: int | None = None, ward_id: int | None = None
) -> PaperBatch:
    """A batch with as many stubs as papers (or `stubs`), locked. Committed."""
    with committed():
        batch = service.receive_batch(round, ward_id=ward_id, hand_count=papers, now=now)
        for _ in range(papers if stubs is None else stubs):
            service.receive_stub(round, batch, person(round, ward_id=ward_id), now=now)
        service.begin_keying(round, batch, by=FIRST, now=now)
        number = batch.number
    return queries.batch(round.id, number)


def read(*codes: str, aside: str = "") -> Reading:
    return Reading(dict.fromkeys(codes, 1), aside)


def key(batch: PaperBatch, papers: Iterable[Reading], by: Actor) -> None:
    """Key a whole pile and say that it was the last. Committed."""
    round_id, number = batch.round_id, batch.number
    with committed():
        mine = queries.batch(round_id, number, to_write=True)
        for place, reading in enumerate(papers, start=1):
            service.key_paper(mine, reading, number=place, by=by)
        service.end_turn(mine, by=by)


def key_twice(batch: PaperBatch, papers: Iterable[Reading]) -> None:
    """Both people read the same. Committed."""
    pile = list(papers)
    key(batch, pile, FIRST)
    key(batch, pile, SECOND)
