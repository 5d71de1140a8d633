"""Ballots as text: the canonical line of each, and the one hash over all of them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pb.counting import Ballot, Points, Ranking


def canonical(ballot: Ballot) -> str:
    """A ballot as the box keeps it: `["H01","H12"]` sorted for approvals, in order for rankings, `{"H01":4}` points."""
    choices: Any = sorted(ballot.values())
    if isinstance(ballot, Ranking):
        choices = list(ballot.projects)
    if isinstance(ballot, Points):
        choices = ballot.values()
    return json.dumps(choices, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def ballots_sha256(choices: Mapping[str, int]) -> str:
    """SHA-256 over all ballots as lines of canonical JSON, sorted as text."""
    digest = hashlib.sha256()
    for text, cast in sorted(choices.items()):
        digest.update(f"{text}\n".encode() * cast)
    return digest.hexdigest()
