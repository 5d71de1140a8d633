"""Packs of published rounds, and the ballots that make a round worth publishing ballot by ballot."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app
from nacl.signing import SigningKey

from pb.core.db import session
from pb.core.money import Money
from pb.opendata.queries import file_of
from pb.results.pack import Issuer, contents_of, pack_of, pb_file_of, pots_of, tasks_of
from pb.results.queries import latest_publication
from pb.rounds.models import Round
from pb.rounds.service import PotPlan

MANY = [["B01", "B02"]] * 130 + [["B02", "B03"]] * 70 + [["B03"]] * 40 + [[]] * 2
"""Of three projects for £9,000, £10,000 and £11,000."""
SMALL_POT = (PotPlan("The Together pot", Money(20_000_00), "£20,000 from the council"),)
"""Not all three fit."""
ISSUER = Issuer("Exampleshire Council", "http://localhost", ZoneInfo("Europe/London"), SigningKey(b"k" * 32))
LOT = "5eed" * 16


def seal_lot(slug: str) -> None:
    """Put a known lot where the freeze of this round finds it, so that two rounds can be the same to the byte."""
    file: Path = current_app.extensions["settings"].data_dir / "lots" / f"{slug}.lot"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(LOT)


def pack_bytes(round: Round, issuer: Issuer = ISSUER) -> bytes:
    """The pack of the newest version, made now."""
    round = session().merge(round)
    publication = latest_publication(round.id)
    assert publication
    pots, tasks = pots_of(round, publication), tasks_of(round)
    ballots = {
        pot.file: pb_file_of(round, pot, tasks[pot.count.pot_id], issuer).text().encode() for pot in pots if pot.file
    }
    files = contents_of(round, publication, pots, ballots)
    return pack_of(round, publication, files, issuer)


def published_pack(round: Round) -> bytes:
    """The pack as it was kept at publication."""
    return file_of(round.id, 1, "contest.zip").content
