"""Random tokens and codes, and the hashes under which they are kept."""

from __future__ import annotations

import hashlib
import secrets


def link_token() -> str:
    """128 random bits for an e-mailed link."""
    return secrets.token_urlsafe(16)


def session_token() -> str:
    """256 random bits for a signed-in browser."""
    return secrets.token_urlsafe(32)


def six_digits() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def digest(*parts: str) -> str:
    """SHA-256 in hexadecimal; the database never holds a token itself."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
