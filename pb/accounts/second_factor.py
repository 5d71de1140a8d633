"""Time-based codes of staff (RFC 6238): the secret sealed with a key made from SECRET_KEY, a code good for one use."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

import pyotp
from flask import current_app
from nacl.secret import SecretBox

STEP = 30


def new_secret() -> str:
    return str(pyotp.random_base32())


def _box() -> SecretBox:
    secret: str = current_app.extensions["settings"].secret_key
    key = hashlib.blake2b(b"secrets of second factors", key=secret.encode()[:64], digest_size=32).digest()
    return SecretBox(key)


def seal(secret: str) -> bytes:
    return bytes(_box().encrypt(secret.encode()))


def unseal(sealed: bytes) -> str:
    """Raises: nacl.exceptions.CryptoError when SECRET_KEY is not the one that sealed it."""
    return str(_box().decrypt(sealed).decode())


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, the one before and after included; None when it is none of them."""
    digits = "".join(c for c in code if c.isdecimal() and c.isascii())
    current = int(now.timestamp()) // STEP
    otp = pyotp.TOTP(secret)
    matching = [s for s in (current - 1, current, current + 1) if hmac.compare_digest(otp.generate_otp(s), digits)]
    return matching[0] if matching else None


def code_at(secret: str, now: datetime) -> str:
    """The code an authenticator shows now: for tests and the demonstration."""
    return str(pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // STEP))


def address_for_app(secret: str, *, email: str, issuer: str) -> str:
    """The otpauth:// address that an authenticator app reads from a QR code."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer))
