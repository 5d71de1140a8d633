"""Where the real elections are, if they are here."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


def files(largest: int = 10**9) -> list[Path]:
    """The `.pb` files up to a size in bytes, sorted."""
    return [path for path in sorted(DATA.glob("*.pb")) if path.stat().st_size <= largest]
