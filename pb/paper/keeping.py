"""Readings on their way: kept encrypted until the batch is sealed, so that the database shows nothing of a paper."""

from __future__ import annotations

import hashlib

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.secret import SecretBox

from pb.core.db import session
from pb.core.keys import pepper
from pb.paper.models import PaperBatch, PaperReading
from pb.paper.reading import Reading
from pb.voting.models import Contest
from pb.voting.queries import contest_of


def keep(batch: PaperBatch, number: int, turn: int, reading: Reading) -> None:
    """Keep a reading; the same paper keyed again replaces it."""
    contest = contest_of(batch.round_id)
    kept = PaperReading(batch_id=batch.id, paper=number, turn=turn, sealed=encrypt(reading, contest))
    session().merge(kept)
    session().flush()


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(pepper(), digest_size=32, person=b"paper reading").digest())


def encrypt(reading: Reading, contest: Contest) -> bytes:
    """Padded to one length for all papers: neither content nor size tells anything to a reader of the database."""
    return bytes(_box().encrypt(sodium_pad(reading.text().encode(), contest.sealed_size + 64)))


def decrypt(sealed: bytes) -> Reading:
    """What `encrypt` kept."""
    padded = _box().decrypt(sealed)
    return Reading.of(sodium_unpad(padded, len(padded)).decode())
