"""The pack as a file: one zip, one spelling of its bytes, one signature. Shared by who writes it and who checks it.

Pure: nothing of the web or the database, so that it runs on any machine. The zip is stored without compression, because
compressed bytes depend on the version of a library; so there is exactly one zip for the same contents, and a reader can
refuse every other, whatever a changed byte would have done to other programs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

FORMAT = "moothall-pack-1"
MANIFEST, SIGNATURE, KEY = "manifest.json", "signature.ed25519", "key.pem"
LARGEST = 1 << 30
MOST_FILES = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 public key in its DER form. Source: RFC 8410, sections 4 and 10.1."""


class BadPack(Exception):
    """The file is not a pack, or not as it was published; the message says where."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sign(files: Mapping[str, bytes], facts: Mapping[str, Any], key: SigningKey) -> bytes:
    """The pack of these files: the public key and a manifest are added, and the manifest is signed.

    facts: what the manifest says beside the files; JSON without floats
    """
    files = {**files, KEY: pem_of(bytes(key.verify_key))}
    listed = {name: {"bytes": len(content), "sha256": sha256(content)} for name, content in files.items()}
    manifest = json_text({**facts, "format": FORMAT, "files": listed}).encode()
    return zip_of({**files, MANIFEST: manifest, SIGNATURE: key.sign(manifest).signature})


def json_text(value: Any) -> str:
    """One spelling: sorted keys, one value a line. Texts stay as they are, since their hashes are published."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """The one zip with these contents: stored, in the order of the names, without times."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, files[name])
    return target.getvalue()


def unzip(content: bytes) -> dict[str, bytes]:
    """The files in a pack. Nothing is unpacked to disk, and nothing grows: only stored members are read.

    Raises: BadPack
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, len(content))
            files = {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise BadPack(f"it is not a whole zip file ({error})") from error
    if zip_of(files) != content:
        raise BadPack("the zip around the files is not as it was published: a byte of it was changed")
    return files


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > MOST_FILES:
        raise BadPack(f"it holds {len(members)} files; a pack has at most {MOST_FILES}")
    if len({member.filename for member in members}) != len(members):
        raise BadPack("it holds two files of the same name")
    for member in members:
        if not _NAME.fullmatch(member.filename):
            raise BadPack(f"it holds a file with a name that no pack has: {member.filename[:80]!r}")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
            raise BadPack(f"{member.filename} is compressed or encrypted; nothing in a pack is")
    if sum(member.file_size for member in members) > size:
        raise BadPack("its files overlap: together they are larger than the zip")


def manifest_of(files: Mapping[str, bytes], trusted: bytes | None = None) -> dict[str, Any]:
    """The manifest, once its signature and the hash of every file have been checked.

    trusted: the 32 bytes of the public key, where the reader has it from elsewhere
    Raises:  BadPack
    """
    if missing := {MANIFEST, SIGNATURE, KEY} - files.keys():
        raise BadPack(f"{', '.join(sorted(missing))} is missing")
    key = key_in(files[KEY])
    if trusted not in (None, key):
        raise BadPack("it was signed by another key than the one you gave")
    try:
        VerifyKey(key).verify(files[MANIFEST], files[SIGNATURE])
    except (BadSignatureError, ValueError) as error:
        raise BadPack("the signature does not fit the manifest") from error
    manifest = object_in(files, MANIFEST)
    _check_hashes(manifest, files)
    return manifest


def _check_hashes(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    listed = manifest.get("files")
    if manifest.get("format") != FORMAT or not isinstance(listed, dict):
        raise BadPack(f"the manifest is not of the format {FORMAT}")
    if strange := listed.keys() ^ (files.keys() - {MANIFEST, SIGNATURE}):
        raise BadPack(f"the manifest and the files differ: {', '.join(sorted(strange))[:200]}")
    for name, said in listed.items():
        if said != {"bytes": len(files[name]), "sha256": sha256(files[name])}:
            raise BadPack(f"{name} is not the file that was signed")


def object_in(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """A member that is a JSON object. Raises: BadPack."""
    try:
        value = json.loads(files[name])
    except KeyError:
        raise BadPack(f"{name} is missing") from None
    except (ValueError, RecursionError) as error:
        raise BadPack(f"{name} is not JSON") from error
    if not isinstance(value, dict):
        raise BadPack(f"{name} is not a JSON object")
    return value


def pem_of(key: bytes) -> bytes:
    """The public key as openssl reads it."""
    body = base64.b64encode(_SPKI + key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()


def key_in(pem: bytes) -> bytes:
    """The 32 bytes of a public key. Raises: BadPack."""
    body = re.fullmatch(rb"-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]{1,200})-----END PUBLIC KEY-----\s*", pem)
    try:
        content = base64.b64decode(body[1] if body else b"", validate=False)
    except binascii.Error:
        content = b""
    if not content.startswith(_SPKI) or len(content) != len(_SPKI) + 32:
        raise BadPack("the key is not an Ed25519 public key in PEM form")
    return content.removeprefix(_SPKI)


def fingerprint(key: bytes) -> str:
    """The SHA-256 of the key, in groups of four, for comparing by eye."""
    digits = sha256(key)
    return " ".join(digits[place : place + 4] for place in range(0, 64, 4))
