"""A sealing key for three holders of whom two can open: the key wrapped once for each pair. Pure; libsodium only.

No home-made secret sharing: each passphrase becomes a key of its own (Argon2id, its own salt), the keys of a pair are
hashed together, and the private key is sealed under that (XChaCha20-Poly1305), bound to the round, the pair and the
public key. One holder alone, or a wrong passphrase, opens nothing (security.md 4.1).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.pwhash import argon2id
from nacl.secret import Aead
from nacl.utils import random

HOLDERS = 3
VERSION = 1


class DoesNotFit(ValueError):
    """The passphrases of this pair do not open the key."""


@dataclass(frozen=True)
class Cost:
    """What one guess of a passphrase takes: passes over so many bytes of memory."""

    passes: int
    memory: int


CEREMONY = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)
"""256 MiB, about a second: nothing at a ceremony, much for somebody who guesses."""


@dataclass(frozen=True)
class SplitKey:
    """A public key, and the private one wrapped for each pair of holders, as JSON keeps it."""

    public_key: bytes
    wrapped: dict[str, Any]


def make(passphrases: Sequence[str], *, bound_to: str, cost: Cost = CEREMONY) -> SplitKey:
    """A new key pair, its private half wrapped for every two of three passphrases and kept nowhere else."""
    assert len(passphrases) == HOLDERS
    private = PrivateKey.generate()
    public = bytes(private.public_key)
    salts = [random(argon2id.SALTBYTES) for _ in passphrases]
    keys = [_key_of(text, salt, cost) for text, salt in zip(passphrases, salts, strict=True)]
    pairs = {}
    for a, b in itertools.combinations(range(1, HOLDERS + 1), 2):
        sealed = Aead(_together(keys[a - 1], keys[b - 1])).encrypt(bytes(private), _bound(bound_to, a, b, public))
        pairs[f"{a}+{b}"] = base64.b64encode(sealed).decode()
    wrapped = {"v": VERSION, "cost": [cost.passes, cost.memory], "salts": [salt.hex() for salt in salts]}
    return SplitKey(public, {**wrapped, "pairs": pairs})


def open_with(key: SplitKey, passphrases: Mapping[int, str], *, bound_to: str) -> PrivateKey:
    """The private key, from the passphrases of two holders by their numbers (1 to 3).

    Raises: DoesNotFit
    """
    if len(passphrases) != 2 or not set(passphrases) <= set(range(1, HOLDERS + 1)):
        raise DoesNotFit
    (a, text_a), (b, text_b) = sorted(passphrases.items())
    cost = Cost(*key.wrapped["cost"])
    salts = [bytes.fromhex(salt) for salt in key.wrapped["salts"]]
    keys = _key_of(text_a, salts[a - 1], cost), _key_of(text_b, salts[b - 1], cost)
    sealed = base64.b64decode(key.wrapped["pairs"][f"{a}+{b}"])
    try:
        private = PrivateKey(Aead(_together(*keys)).decrypt(sealed, _bound(bound_to, a, b, key.public_key)))
    except (CryptoError, ValueError) as error:
        raise DoesNotFit from error
    if bytes(private.public_key) != key.public_key:
        raise DoesNotFit
    return private


def plain(passphrase: str) -> str:
    """One text for what fingers and keyboards spell in several ways."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


def fingerprint(public_key: bytes) -> str:
    """How a record and a page name a key: the first 16 hexadecimal digits of its SHA-256, in groups of four."""
    text = hashlib.sha256(public_key).hexdigest()[:16]
    return " ".join(text[n : n + 4] for n in range(0, 16, 4))


def _key_of(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return bytes(argon2id.kdf(32, plain(passphrase).encode(), salt, opslimit=cost.passes, memlimit=cost.memory))


def _together(one: bytes, other: bytes) -> bytes:
    return hashlib.blake2b(one + other, digest_size=32, person=b"pb-key-pair-v1").digest()


def _bound(bound_to: str, a: int, b: int, public: bytes) -> bytes:
    return f"pb-key-v{VERSION}|{bound_to}|{a}+{b}|{public.hex()}".encode()
