"""Opened ballots put straight into the box, and rounds counted and published from them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import insert

from pb.core.db import db
from pb.rounds.models import Pot, Round
from pb.voting.models import Ballot, Contest, Turnout


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
