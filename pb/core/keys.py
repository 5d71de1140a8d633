"""Secrets that live in files of their own (mode 0400, under `data_dir/keys`), outside the database and its backups.

Four secrets, never one for two uses (security.md section 8, 13.3): the session key is SECRET_KEY, the pepper of voting
codes and mailboxes, the key that signs receipts and results, and each round's sealing key (pb/voting/sealing.py).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext
from nacl.signing import SigningKey

from pb.core.errors import Refusal


class KeyMissing(Refusal):
    """A key file is gone or cannot be read: only an administrator can help."""

    status = 503

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.sentence = lazy_gettext("The key file %(name)s is missing. An administrator must put it back.", name=name)


def key_folder() -> Path:
    """Where key files live; nobody else on the machine may list it."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _folder() -> Path:
    found: Path = current_app.extensions["settings"].data_dir / "keys"
    return found


def write_key(path: Path, content: bytes) -> None:
    """Write a new key file, readable by us alone and on the disk before we go on.

    Raises: FileExistsError when there is one already: a key is never overwritten.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def remove_key(path: Path) -> None:
    """Take a key file away, gone from the disk before we go on; nothing happens where there is none."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_key(path: Path) -> bytes:
    """Raises: KeyMissing."""
    try:
        return path.read_bytes()
    except OSError:
        raise KeyMissing(path.name) from None


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """Processes that start together agree: whoever links the file first wins and all read that one."""
    if not path.exists():
        with suppress(FileExistsError):
            write_key(path, make())
    return read_key(path)


@lru_cache(maxsize=8)
def _pepper(folder: Path) -> bytes:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _read_or_make(folder / "pepper", lambda: secrets.token_bytes(32))


@lru_cache(maxsize=8)
def _site_key(folder: Path) -> SigningKey:
    return SigningKey(_read_or_make(folder / "signing", lambda: bytes(SigningKey.generate())))


def pepper() -> bytes:
    """32 bytes under which codes and mailboxes are hashed, so that a stolen database names nobody."""
    return _pepper(_folder())


def site_key() -> SigningKey:
    """The Ed25519 key that signs receipts, checkpoints and results of this installation."""
    return _site_key(key_folder())
