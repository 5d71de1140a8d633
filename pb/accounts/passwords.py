"""Passwords of staff: argon2id with the library's defaults. Slow on purpose, so never call it inside a write."""

from __future__ import annotations

import argon2

MINIMUM = 15
_hasher = argon2.PasswordHasher()
# The hash of something nobody knows: checked for unknown people, so that they take as long as known ones.
NOBODYS = _hasher.hash("nobody has this password: it is only here to take the same time")


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except argon2.exceptions.VerificationError:
        return False
