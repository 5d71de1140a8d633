"""Signing in through the council's own provider: OpenID Connect, the authorization code flow with PKCE, and no other.

Nothing is fetched but what the configured issuer publishes of itself; redirects are not followed. What comes back
counts only if state, nonce, issuer, audience, times and a signature by one of two algorithms all hold (security.md
10, C29).
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pb.core.clock import system_clock
from pb.core.errors import Refusal
from pb.core.settings import ProviderSettings, Settings

ALGORITHMS = ("RS256", "ES256")
"""Never `none`, and never one whose key is a shared secret: a public key would pass for it (Authlib CVE-2024-37568)."""
PATIENCE_S = (3, 5)
"""Until it answers at all, and between two pieces of an answer."""
AT_ONCE, WAIT_S = 4, 2
"""So many threads of a process may wait for the provider; the others go on taking votes."""
KEPT_S, NEW_KEYS_AFTER_S = 3600, 30
SKEW_S, OLDEST_S = 60, 600
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(Refusal):
    """The provider does not answer, or not with what OpenID Connect says."""

    status = 503
    sentence = _l("The sign-in service cannot be reached just now. Your picks are kept. Try again in a few minutes.")


class SignInCancelled(Refusal):
    """Whoever went to the provider came back without having signed in."""

    sentence = _l("You came back without signing in. Your picks are kept, and nothing was sent.")


class AnswerRefused(Refusal):
    """What came back is not the provider's answer to this browser's question. `why` is for tests, never shown."""

    status = 400
    sentence = _l("We could not check what the sign-in service told us. Your picks are kept. Start again from here.")

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Question:
    """What this browser was sent away with; only its own answer fits."""

    state: str
    nonce: str
    verifier: str


@dataclass
class _Kept:
    """Something that the provider publishes, and when we read it."""

    value: Any
    at: float


class Provider:
    """The one provider of this installation: where it is asked, and how its answers are checked."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self._kept: dict[str, _Kept] = {}
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, *, back_to: str, language: str) -> tuple[str, Question]:
        """(where to send the browser, what to remember until it comes back).

        Raises: ProviderAway
        """
        question = Question(*(generate_token(48) for _ in range(3)))
        with self._spoken_to():
            where = self._metadata()["authorization_endpoint"]
        address, _state = self._client(back_to).create_authorization_url(
            where,
            state=question.state,
            nonce=question.nonce,
            code_verifier=question.verifier,
            prompt="login",  # on a shared device the account of whoever signed in before must not vote again
            ui_locales=language,
        )
        return address, question

    def subject_of(self, answer: Mapping[str, str], question: Question, *, back_to: str) -> str:
        """Who signed in, as the provider's own name for them in this installation.

        answer: the query with which the browser came back

        Raises: SignInCancelled; AnswerRefused; ProviderAway
        """
        self._check_answer(answer, question)
        with self._spoken_to():
            token = self._token(answer["code"], question, back_to)
            return self._check_token(token, question)

    def _check_answer(self, answer: Mapping[str, str], question: Question) -> None:
        if not hmac.compare_digest(answer.get("state", "").encode(), question.state.encode()):
            raise AnswerRefused("state")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise AnswerRefused("issuer of the answer")
        if answer.get("error") in ("temporarily_unavailable", "server_error"):
            raise ProviderAway
        if "error" in answer:
            raise SignInCancelled
        if not 0 < len(answer.get("code", "")) <= 4_000:
            raise AnswerRefused("code")

    def _token(self, code: str, question: Question, back_to: str) -> str:
        try:
            with self._client(back_to) as client:
                token = client.fetch_token(
                    self._metadata()["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=question.verifier,
                    timeout=PATIENCE_S,
                    allow_redirects=False,
                )
        except AuthlibBaseError:
            raise AnswerRefused("exchange") from None
        if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
            raise AnswerRefused("no identity")
        identity: str = token["id_token"]
        return identity

    def _check_token(self, token: str, question: Question) -> str:
        try:
            claims = self._verified(token)
        except (JoseError, ValueError, TypeError):
            raise AnswerRefused("signature") from None
        for what, holds in self._conditions(claims, question).items():
            if not holds:
                raise AnswerRefused(what)
        subject: str = claims["sub"]
        return subject

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that one of the provider's keys signed; new keys are fetched once, for a new one."""
        kept = self._keys()
        try:
            return jwt.decode(token, kept.value, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            if time.monotonic() - kept.at < NEW_KEYS_AFTER_S:
                raise
        self._kept.pop("jwks_uri", None)
        return jwt.decode(token, self._keys().value, algorithms=ALGORITHMS).claims

    def _conditions(self, claims: Mapping[str, Any], question: Question) -> dict[str, bool]:
        ours, present = self.settings.client_id, system_clock().timestamp()  # a moved clock of ours is not theirs
        nonce, subject = claims.get("nonce"), claims.get("sub")
        return {
            "issuer": claims.get("iss") == self.settings.issuer,
            "audience": claims.get("aud") in (ours, [ours]) and claims.get("azp", ours) == ours,
            "nonce": isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), question.nonce.encode()),
            "expired": _number(claims, "exp") > present - SKEW_S,
            "issued": present - OLDEST_S < _number(claims, "iat") < present + SKEW_S,
            "not yet": "nbf" not in claims or 0 < _number(claims, "nbf") < present + SKEW_S,
            "subject": isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable(),
        }

    # What the provider publishes ----------------------------------------------------------------------------------

    def _metadata(self) -> Mapping[str, str]:
        address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        found: Mapping[str, str] = self._read("metadata", address, self._check_metadata).value
        return found

    def _check_metadata(self, found: dict[str, Any]) -> Mapping[str, str]:
        schemes = ("https://", f"{self.settings.issuer.partition('://')[0]}://")
        endpoints = {name: str(found.get(name, "")) for name in _ENDPOINTS}
        if found.get("issuer") != self.settings.issuer or not all(at.startswith(schemes) for at in endpoints.values()):
            raise ProviderAway
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        is_basic = "client_secret_basic" in methods
        return {**endpoints, "method": "client_secret_basic" if is_basic else "client_secret_post"}

    def _keys(self) -> _Kept:
        return self._read("jwks_uri", self._metadata()["jwks_uri"], _signing_keys)

    def _read(self, what: str, address: str, use: Callable[[dict[str, Any]], Any]) -> _Kept:
        kept = self._kept.get(what)
        if kept is None or time.monotonic() - kept.at > KEPT_S:
            answer = requests.get(address, timeout=PATIENCE_S, allow_redirects=False)
            if answer.status_code != 200 or not isinstance(found := answer.json(), dict):
                raise ProviderAway
            kept = self._kept[what] = _Kept(use(found), time.monotonic())
        return kept

    def _client(self, back_to: str) -> OAuth2Session:
        ours, kept = self.settings, self._kept.get("metadata")
        method = kept.value["method"] if kept else "client_secret_basic"
        return OAuth2Session(
            ours.client_id,
            ours.client_secret,
            scope="openid",
            redirect_uri=back_to,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
        )

    @contextmanager
    def _spoken_to(self) -> Iterator[None]:
        """Speak to the provider, few at a time; whatever goes wrong on the way there is one sentence."""
        if not self._places.acquire(timeout=WAIT_S):
            raise ProviderAway
        try:
            yield
        except (requests.RequestException, ValueError):
            raise ProviderAway from None
        finally:
            self._places.release()


def _number(claims: Mapping[str, Any], name: str) -> float:
    """A time of a token in seconds since 1970; 0 where it is missing or no number."""
    found = claims.get(name)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else 0


def _signing_keys(found: dict[str, Any]) -> KeySet:
    """The keys that can have signed: pairs of keys alone, never a shared secret."""
    keys = found.get("keys")
    wanted = [key for key in keys if _can_sign(key)] if isinstance(keys, list) else []
    if not wanted:
        raise ProviderAway
    return KeySet.import_key_set({"keys": wanted})


def _can_sign(key: Any) -> bool:
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"


def provider() -> Provider | None:
    """The provider of this installation, where the settings name one."""
    found: Provider | None = current_app.extensions["provider"]
    return found


class _Name:
    """The provider's name, read when it is shown: sentences are written before there is an app."""

    def __str__(self) -> str:
        found = provider()
        return found.settings.label if found else str(_l("the council’s sign-in service"))


PROVIDER_NAME = _Name()


def init_provider(app: Flask, settings: Settings) -> None:
    """Remember which provider is ours. Nothing is fetched before somebody signs in."""
    app.extensions["provider"] = Provider(settings.provider) if settings.provider else None
