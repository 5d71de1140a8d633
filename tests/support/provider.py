"""A small OpenID Connect provider on this machine: real HTTP, real keys, PKCE checked; and ready to misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from pb.core.settings import ProviderSettings

CLIENT, SECRET = "moothall", "a secret of the test"
PEOPLE = {"Siân Ŵyn": "sub-sian", "Bob": "sub-bob"}


class LoopbackProvider:
    """Discovery, authorisation, tokens and keys. `spoils` says what is wrong with its next answers."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm = algorithm
        make = ECKey if algorithm == "ES256" else RSAKey
        size: Any = "P-256" if algorithm == "ES256" else 2048
        self.key = make.generate_key(size, {"use": "sig", "kid": "one"}, auto_kid=False)
        self.spoils = ""
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, *_words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True, name="provider").start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def settings(self) -> ProviderSettings:
        return ProviderSettings(self.issuer, CLIENT, SECRET, "MyExampleshire")

    # What it publishes and answers --------------------------------------------------------------------------------

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        if self.spoils == "slow":
            time.sleep(1.5)
        if self.spoils == "away":
            return _answer(request, 502, {"error": "bad gateway"})
        if parts.path == "/.well-known/openid-configuration":
            return _answer(request, 200, self._discovery())
        if parts.path == "/keys":
            return _answer(request, 200, {"keys": [self.key.as_dict(private=False)]})
        return self._authorize(request, {name: values[0] for name, values in parse_qs(parts.query).items()})

    def _discovery(self) -> dict[str, Any]:
        where = self.issuer
        found = {"issuer": where, "authorization_endpoint": f"{where}/authorize", "token_endpoint": f"{where}/token"}
        if self.spoils == "other issuer in discovery":
            found["issuer"] = "http://127.0.0.1:1"
        return found | {"jwks_uri": f"{where}/keys"}

    def _authorize(self, request: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        """A page to choose who one is; with `person` in the query the choice is made."""
        if (who := asked.get("person")) is None:
            links = [f'<li><a href="?{urlencode({**asked, "person": name})}">{name}</a></li>' for name in PEOPLE]
            links.append(f'<li><a href="?{urlencode({**asked, "person": "nobody"})}">Cancel</a></li>')
            page = f"<!doctype html><html lang=en><title>Sign in</title><h1>Sign in as</h1><ul>{''.join(links)}</ul>"
            return _answer(request, 200, page)
        back = {"state": asked["state"], "error": "access_denied"}
        if who in PEOPLE:
            code = secrets.token_urlsafe(16)
            self._codes[code] = {**asked, "sub": PEOPLE[who]}
            back = {"state": asked["state"], "code": code, "iss": self.issuer}
        request.send_response(302)
        request.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        request.send_header("Content-Length", "0")
        return request.end_headers()

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        if self.spoils == "slow":
            time.sleep(1.5)
        length = int(request.headers["Content-Length"])
        sent = {name: values[0] for name, values in parse_qs(request.rfile.read(length).decode()).items()}
        asked = self._codes.pop(sent.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest()).decode()
        is_right = (
            asked is not None
            and request.headers["Authorization"] == f"Basic {basic}"
            and asked["code_challenge"] == proof.rstrip("=")
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == sent["redirect_uri"]
        )
        if asked is None or not is_right:
            return _answer(request, 400, {"error": "invalid_grant"})
        return _answer(request, 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._identity(asked)})

    def _identity(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.issuer, "sub": asked["sub"], "aud": CLIENT, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300}
        spoilt: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "issuer": {"iss": self.issuer + "/"},
            "audience": {"aud": "another"},
            "two audiences": {"aud": [CLIENT, "another"], "azp": CLIENT},
            "for another party": {"azp": "another"},
            "expired": {"iat": now - 500, "exp": now - 120},
            "old": {"iat": now - 7200},
            "not yet": {"nbf": now + 600},
            "no subject": {"sub": ""},
            "subject is a number": {"sub": 7},
        }
        return self._signed(claims | spoilt.get(self.spoils, {}))

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": "one"}
        if self.spoils == "none":
            parts = (_base64(json.dumps({"alg": "none"}).encode()), _base64(json.dumps(claims).encode()), "")
            return ".".join(parts)
        if self.spoils == "HS256":  # signed with the public key as if it were a shared secret
            signed = ".".join(_base64(json.dumps(part).encode()) for part in ({**header, "alg": "HS256"}, claims))
            return f"{signed}.{_base64(hmac.digest(self.key.as_pem(private=False), signed.encode(), 'sha256'))}"
        if self.spoils == "RS512":
            return jwt.encode({**header, "alg": "RS512"}, claims, self.key, algorithms=["RS512"])
        if self.spoils == "key of somebody else":
            other = RSAKey.generate_key(2048)
            return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other, algorithms=["RS256"])
        token = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        if self.spoils == "changed after signing":
            head, _body, mark = token.split(".")
            return ".".join((head, _base64(json.dumps({**claims, "sub": "sub-bob"}).encode()), mark))
        return token


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _answer(request: BaseHTTPRequestHandler, status: int, body: Any) -> None:
    is_page = isinstance(body, str)
    content = (body if is_page else json.dumps(body)).encode()
    request.send_response(status)
    request.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


def goes_there(address: str, person: str) -> str:
    """Go where our app sends the browser, choose `person` (`nobody`: cancel), and say where that sends it back to."""
    opener: Callable[..., Any] = urllib.request.build_opener(_Stay).open
    try:
        opener(f"{address}&{urlencode({'person': person})}")
    except urllib.error.HTTPError as redirect:
        found: str = redirect.headers["Location"]
        parts = urlsplit(found)
        return f"{parts.path}?{parts.query}"
    raise AssertionError("the provider did not send the browser back")
