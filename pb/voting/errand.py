"""What a browser takes along to the council's sign-in service and back: sealed in a cookie of its own, for minutes.

First the question it must answer; after a good answer the mark of the account that answered. Never a pick, and nothing
of it is stored here.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass

from flask import Response, current_app, request
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from pb.core.provider import Question
from pb.voting.visit import this_minute

LIVES_MINUTES = 30


@dataclass(frozen=True)
class Errand:
    """Which round it is for, in which language, until which minute; the question, or the account's mark."""

    slug: str
    language: str
    until: int
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    account: str = ""

    @property
    def question(self) -> Question:
        return Question(self.state, self.nonce, self.verifier)


def read() -> Errand | None:
    """This browser's errand; None when there is none, or an old one."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(_name(), "")[:3_000])
        found = Errand(**json.loads(_box().decrypt(sealed)))
    except (CryptoError, ValueError, TypeError):
        return None
    return found if this_minute() <= found.until else None


def account_for(slug: str) -> bytes | None:
    """The mark of the account that has signed in here for this round."""
    found = read()
    return bytes.fromhex(found.account) if found and found.account and found.slug == slug else None


def keep(response: Response, errand: Errand) -> Response:
    """Give the browser its errand, sealed."""
    sealed = _box().encrypt(json.dumps(asdict(errand), separators=(",", ":")).encode())
    cookie = base64.urlsafe_b64encode(sealed).decode()
    lives = LIVES_MINUTES * 60
    is_secure = current_app.extensions["settings"].https
    response.set_cookie(_name(), cookie, max_age=lives, secure=is_secure, httponly=True, samesite="Lax", path="/")
    return response


def forget(response: Response) -> Response:
    """Take the errand from this browser: each question is answered once, each sign-in sends one vote."""
    is_secure = current_app.extensions["settings"].https
    response.delete_cookie(_name(), path="/", secure=is_secure, httponly=True, samesite="Lax")
    return response


def _name() -> str:
    return f"{'__Host-' if current_app.extensions['settings'].https else ''}errand"


def _box() -> SecretBox:
    secret: str = current_app.extensions["settings"].secret_key
    return SecretBox(hashlib.blake2b(secret.encode(), digest_size=32, person=b"sign-in errand").digest())
