"""The frozen ballot as canonical JSON, and the lot for ties: sealed before voting, opened with the results.

The lot is 32 random bytes. Their SHA-256 is published in the frozen ballot; the bytes stay in a file that only the
app's user can read, until the results room publishes them and everybody can check both the hash and the order of ties.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import unicodedata
from datetime import UTC
from pathlib import Path
from typing import Any

from flask import current_app

from pb.core.settings import Settings
from pb.rounds.choices import LOTS
from pb.rounds.errors import NotFrozen, VotingNotOver
from pb.rounds.models import Project, Round
from pb.rounds.phases import voting_window


def canonical_json(value: Any) -> str:
    """One text for one meaning: sorted keys, no spaces, NFC, integers only.

    Raises: TypeError for a float, which has no one spelling
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or type(value) in (int, bool):
        return value
    raise TypeError(f"{value!r} has no canonical form")


def describe(round: Round, projects: list[Project], commitment: str | None) -> dict[str, Any]:
    """Everything voters are promised: what they choose from, by which rule it is counted, and when."""
    window = voting_window(round)
    codes = {None: None} | {pot.ward_id: pot.ward.gss_code for pot in round.pots if pot.ward}
    area = sorted(ward.gss_code for ward in round.wards)
    return {
        "round": round.slug,
        "title": round.title,
        "kind": round.kind,
        "who_may_vote": {"words": round.who_may_vote, "minimum_age": round.minimum_age, "wards": area},
        "ballot": _ballot(round),
        "count": {"rule": round.rule, "completion": round.completion},
        "ties": {"rule": round.tie_rule, "commitment": commitment},
        "identity_rung": round.identity_rung,
        "channel_rule": round.channel_rule,
        **({"other_rungs": round.other_rungs} if round.other_rungs else {}),
        "seal_mode": round.seal_mode,
        "voting": {
            "opens_at": window.opens_at.astimezone(UTC).isoformat(),
            "closes_at": window.closes_at.astimezone(UTC).isoformat(),
            "grace_s": round.grace_s,
        },
        "pots": [{"name": pot.name, "pence": pot.amount, "ward": codes[pot.ward_id]} for pot in round.pots],
        "projects": [
            {"code": p.code, "title": p.title, "summary": p.summary, "pence": p.cost, "pot": p.pot.name}
            for p in sorted(projects, key=lambda p: p.code)
        ],
    }


def _ballot(round: Round) -> dict[str, Any]:
    ballot = {"kind": round.ballot_kind, "max_picks": round.max_picks, "min_picks": round.min_picks}
    return ballot | ({"points": round.points_total} if round.ballot_kind == "points" else {})


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def draw_lot(round: Round) -> str | None:
    """Draw the lot of a round whose tie rule needs one, and return its commitment (SHA-256, hexadecimal).

    A lot left by a freeze that was never committed is used again: nobody saw it. The caller holds the round's lock.
    """
    if round.tie_rule not in LOTS:
        return None
    file = _lot_file(round)
    if not file.exists():
        _write_once(file, secrets.token_hex(32))
    return sha256(file.read_text())


def _write_once(file: Path, text: str) -> None:
    """Whole or not at all: it appears under its name only once it is on the disk."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w") as target:
        target.write(text)
        target.flush()
        os.fsync(handle)
    unfinished.rename(file)


def tie_seed(round: Round) -> str | None:
    """The lot itself (64 hexadecimal digits), for counting once voting is closed; None when no tie rule needs one.

    Raises: NotFrozen before the freeze; VotingNotOver while votes can still come in; BrokenLot when it does not match
    """
    if round.frozen_json is None:
        raise NotFrozen
    if round.closed_at is None:
        raise VotingNotOver
    commitment = json.loads(round.frozen_json)["ties"]["commitment"]
    if commitment is None:
        return None
    seed = _lot_file(round).read_text()
    if sha256(seed) != commitment:
        raise BrokenLot(round.slug)
    return seed


class BrokenLot(Exception):
    """The file of the lot is not the one whose hash voters were shown: the disk or somebody changed it."""


def _lot_file(round: Round) -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir / "lots" / f"{round.slug}.lot"
