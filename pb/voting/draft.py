"""The voter's draft: it lives only in the voter's own browser, in an encrypted cookie that scripts cannot read.

No pick of a draft reaches the database, a log or a backup. The cookie is compact text, padded so that its length says
little of how many picks there are, sealed with a key derived from SECRET_KEY. A cookie that does not open (another
installation, a changed key, tampering) is simply no draft.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from pb.voting.errors import DraftTooLarge

LARGEST_COOKIE = 3_000
_BLOCK = 192
_NAMES = {
    "token": "t",
    "ward_id": "w",
    "picks": "p",
    "points": "n",
    "wants_none": "0",
    "was_nudged": "u",
    "mailbox": "m",
    "proof": "q",
    "entitlement_id": "e",
    "proven_until": "l",
    "receipt": "r",
    "version": "v",
    "voted_at": "a",
    "helped": "h",
    "looked": "k",
}
_LONG = {short: name for name, short in _NAMES.items()}


@dataclass(frozen=True)
class Draft:
    """One voter's unfinished ballot in one round, and what is known of the voter on this device.

    `looked` has a bit for each project looked at; `helped` says how staff help (`beside` or `phone`) on their device.
    Units: `proven_until` and `voted_at` are minutes since 1970; `token` is 16 random bytes in hexadecimal.
    """

    token: str = field(default_factory=lambda: secrets.token_hex(16))
    ward_id: int | None = None
    picks: tuple[str, ...] = ()
    points: Mapping[str, int] = field(default_factory=dict)
    wants_none: bool = False
    was_nudged: bool = False
    mailbox: str = ""
    proof: str = ""
    entitlement_id: str = ""
    proven_until: int = 0
    receipt: str = ""
    version: int = 0
    voted_at: int = 0
    helped: str = ""
    looked: int = 0

    def with_pick(self, code: str) -> Draft:
        """Adding twice is adding once."""
        if code in self.picks:
            return self
        return replace(self, picks=(*self.picks, code), wants_none=False)

    def without_pick(self, code: str) -> Draft:
        points = {kept: given for kept, given in self.points.items() if kept != code}
        return replace(self, picks=tuple(kept for kept in self.picks if kept != code), points=points)

    def looking_at(self, place: int) -> Draft:
        """Having looked at the project with this place on the paper: one bit each, so that 120 take 30 digits."""
        return replace(self, looked=self.looked | 1 << place)

    def has_looked_at(self, place: int) -> bool:
        return bool(self.looked >> place & 1)

    def without_any(self) -> Draft:
        """ "I do not want to pick any": a ballot too."""
        return replace(self, picks=(), points={}, wants_none=True)

    def moved(self, code: str, *, before: str | None) -> Draft:
        """The picks with one of them put before another, or at the end."""
        rest = [kept for kept in self.picks if kept != code]
        place = rest.index(before) if before in rest else len(rest)
        return replace(self, picks=(*rest[:place], code, *rest[place:]))


def _box(secret_key: str) -> SecretBox:
    return SecretBox(hashlib.blake2b(secret_key.encode(), digest_size=32, person=b"ballot draft").digest())


def write(draft: Draft, *, secret_key: str, round_id: int) -> str:
    """The cookie's value.

    Raises: DraftTooLarge past 3,000 characters, which is some 400 picks.
    """
    values = asdict(draft)
    short = {short: values[name] for name, short in _NAMES.items() if values[name] or name == "token"}
    text = json.dumps({**short, "i": round_id}, separators=(",", ":"), ensure_ascii=False).encode()
    sealed = _box(secret_key).encrypt(sodium_pad(text, _BLOCK))
    cookie = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    if len(cookie) > LARGEST_COOKIE:
        raise DraftTooLarge
    return cookie


def read(cookie: str | None, *, secret_key: str, round_id: int) -> Draft | None:
    """The draft that a cookie holds; None when there is none of this round, whatever the reason."""
    if not cookie or len(cookie) > LARGEST_COOKIE:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        data = json.loads(sodium_unpad(_box(secret_key).decrypt(sealed), _BLOCK))
    except (CryptoError, ValueError, TypeError):
        return None
    if data.pop("i", None) != round_id:
        return None
    known = {_LONG[short]: value for short, value in data.items() if short in _LONG}
    return Draft(**{**known, "picks": tuple(known.get("picks", ()))})
