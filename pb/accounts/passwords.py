"""Passwords of staff: argon2id with the library's defaults. Slow on purpose, so never call it inside a write."""

from __future__ import annotations

import argon2

MINIMUM = 15
_hasher = argon2.PasswordHasher()
# The hash of something nobody knows: checked for unknown people, so that they take as long as known ones.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$8qkrPxptJTvhGjFkrKGp4w$slcu0Jq7ROt1DniQH0rVr1JHL23tYndVvyUA3CShpe0"


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except argon2.exceptions.VerificationError:
        return False
