"""The order of projects on a voter's ballot: different for each voter, the same for one voter everywhere.

Each project's place depends only on the round's secret, the voter's token and the project itself, so a filter, a page
or a late project never moves two others past each other (voting-ux.md 2.4).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from pb.voting.choices import Line


def shuffled(lines: Iterable[Line], *, secret: bytes, token: str) -> list[Line]:
    """Lines sorted by HMAC-SHA-256(secret, token | project id)."""
    return sorted(lines, key=lambda line: hmac.digest(secret, f"{token}|{line.project_id}".encode(), "sha256"))
