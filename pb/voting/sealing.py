"""Sealing: libsodium's sealed box over a ballot padded to one length, so that neither content nor size tells anything.

Mode S1 keeps the private key in a file (0400, `keys/round-<id>-….seal` under the data directory), outside the
database and its backups. For mode S2 (two of three holders) see `pb.voting.custody`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from nacl.bindings import crypto_box_SEALBYTES, sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from pb.core.keys import key_folder, read_key, remove_key, write_key

_STEP = 64


class CannotOpen(ValueError):
    """A sealed ballot does not open with this round's key, or its padding is broken."""


def sealed_size_for(largest: int) -> int:
    """Bytes of a sealed ballot whose content takes at most `largest`: room for padding, then the box's overhead."""
    return (largest // _STEP + 1) * _STEP + crypto_box_SEALBYTES


def seal(content: bytes, *, public_key: bytes, size: int) -> bytes:
    """Seal for the round's key, to exactly `size` bytes.

    Raises: ValueError when the content does not fit, which the freeze made impossible for a valid ballot.
    """
    block = size - crypto_box_SEALBYTES
    if len(content) >= block:
        raise ValueError("a ballot longer than any valid one")
    return bytes(SealedBox(PublicKey(public_key)).encrypt(sodium_pad(content, block)))


def unseal(sealed: bytes, private_key: PrivateKey) -> bytes:
    """Raises: CannotOpen."""
    try:
        padded = SealedBox(private_key).decrypt(sealed)
        return bytes(sodium_unpad(padded, len(padded)))
    except (CryptoError, ValueError, TypeError) as error:
        raise CannotOpen from error


def hash_of(sealed: bytes) -> str:
    """SHA-256 in hexadecimal: the name of a sealed ballot in the box."""
    return hashlib.sha256(sealed).hexdigest()


def _key_file(round_id: int, public_key: bytes) -> Path:
    """Named after the key too: a freeze that was rolled back leaves a file that the next freeze must not meet."""
    return key_folder() / f"round-{round_id}-{hash_of(public_key)[:12]}.seal"


def make_key(round_id: int) -> bytes:
    """Make a round's key pair, keep the private half in its file (mode S1) and return the public half."""
    private = PrivateKey.generate()
    public = bytes(private.public_key)
    write_key(_key_file(round_id, public), bytes(private))
    return public


def private_key(round_id: int, public_key: bytes) -> PrivateKey:
    """Raises: KeyMissing."""
    return PrivateKey(read_key(_key_file(round_id, public_key)))


def destroy_key(round_id: int, public_key: bytes) -> None:
    """Take the key file away for good, on the disk before we go on; nothing happens where there is none."""
    remove_key(_key_file(round_id, public_key))
