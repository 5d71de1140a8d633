"""Opened ballots put straight into the box, and rounds counted and published from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from pb.core.actor import SYSTEM, Role
from pb.core.db import committed, db, session
from pb.results import queries, service, study
from pb.rounds.models import Pot, Round
from pb.voting.models import Ballot, Contest, Turnout
from tests.support.people import actor_for, make_person
from tests.support.rounds import make_round

BALLOTS = [["B01", "B02"]] * 30 + [["B02"]] * 20 + [["B03"]] * 10 + [[]] * 2
"""Of three projects for £9,000, £10,000 and £11,000 and a pot of £60,000."""


def fill_box(pot: Pot, ballots: Iterable[object]) -> None:
    """Opened ballots of one pot, each the choices as plain data: `["B01"]` or `{"B01": 4}`. Committed."""
    texts = sorted(json.dumps(b, separators=(",", ":"), sort_keys=True) for b in ballots)
    rows = [{"pot_id": pot.id, "n": n, "choices": text} for n, text in enumerate(texts, start=1)]
    db.session.execute(insert(Ballot), rows)
    db.session.commit()


def open_box(round: Round, ballots: Iterable[object]) -> Round:
    """A closed round whose single pot's box has been opened, with these ballots in it."""
    contest = Contest(
        round_id=round.id,
        state="unsealed",
        seal_mode="S1",
        seal_public_key=b"k" * 32,
        sealed_size=512,
        order_secret=b"o" * 32,
        box_sha256="0" * 64,
    )
    db.session.merge(contest)
    fill_box(round.pots[0], ballots)
    return round


def turn_out(round: Round, **channels: dict[int, int] | int) -> None:
    """Turnout rows: `turn_out(round, web=40, paper={1: 12})`. Committed."""
    for channel, counts in channels.items():
        by_ward = counts if isinstance(counts, dict) else {0: counts}
        for ward_id, ballots in by_ward.items():
            db.session.add(Turnout(round_id=round.id, ward_id=ward_id, channel=channel, ballots=ballots))
    db.session.commit()


def counted_round(clock: Callable[[], datetime], ballots: Iterable[object] = BALLOTS, **options: Any) -> Round:
    """A closed round whose box was opened and whose votes were counted. Committed."""
    round = open_box(make_round("counting", clock, **options), ballots)
    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())
    return round


def certified_round(clock: Callable[[], datetime], ballots: Iterable[object] = BALLOTS, **options: Any) -> Round:
    """The same, certified by a returning officer and an officer."""
    return _certify(counted_round(clock, ballots, **options), clock)


def _certify(round: Round, clock: Callable[[], datetime], names: tuple[str, str] = ("Rae", "Sam")) -> Round:
    for name, role in zip(names, (Role.RETURNING_OFFICER, Role.OFFICER), strict=True):
        by = actor_for(make_person(name, role))
        with committed():
            service.certify(session().merge(round), by=by, now=clock())
    return round


def published_round(clock: Callable[[], datetime], ballots: Iterable[object] = BALLOTS, **options: Any) -> Round:
    """The same, published by another officer."""
    return publish_certified(certified_round(clock, ballots, **options), clock)


def publish_counted(round: Round, clock: Callable[[], datetime]) -> Round:
    """The rest of the way of a round whose box the services opened: counted, certified, published."""
    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())
    return publish_certified(_certify(round, clock), clock)


def publish_certified(round: Round, clock: Callable[[], datetime]) -> Round:
    """Published by another officer."""
    by = actor_for(make_person("Pat", Role.OFFICER))
    with committed():
        service.publish(session().merge(round), by=by, now=clock())
    return round


def correct(round: Round, clock: Callable[[], datetime], *, was: str, becomes: str, note: str) -> Round:
    """Every ballot that said `was` says `becomes`: counted, certified and published as the next version."""
    db.session.execute(update(Ballot).where(Ballot.choices == was).values(choices=becomes))
    db.session.commit()
    version = len(queries.publications(round.id)) + 1
    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())
    _certify(round, clock, (f"Rae {version}", f"Sam {version}"))
    by = actor_for(make_person(f"Pat {version}", Role.OFFICER))
    with committed():
        service.publish(session().merge(round), by=by, now=clock(), note=note)
    return round


def studied_round(clock: Callable[[], datetime], ballots: Iterable[object] = BALLOTS, **options: Any) -> Round:
    """A published round that has been compared and explained."""
    round = published_round(clock, ballots, **options)
    db.session.rollback()
    study.study(round.id, now=clock, told=lambda _done, _total: None)
    return round
