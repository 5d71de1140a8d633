"""Static files with their content's hash in the address, so that phones keep them for a year; and squeezed answers.

Squeezing pages that hold a CSRF token is safe here because cookies are SameSite: another site cannot make a browser
fetch our pages as the reader and measure them.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request, send_from_directory

from pb.core import access

ROOT = Path(__file__).resolve().parents[2] / "static"
TEXT = frozenset({".css", ".js", ".svg", ".txt", ".json"})


@cache
def fingerprint(path: str) -> str:
    """Twelve characters of the file's SHA-256."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:12]


@cache
def _brotli(path: str) -> bytes:
    return bytes(brotli.compress((ROOT / path).read_bytes(), quality=11))


def asset(path: str) -> str:
    """The address of a static file, changing when the file does; the same in every language."""
    return f"/static/{fingerprint(path)}/{path}"


@access.public
def static(mark: str, path: str) -> Response:
    """A static file by its content's mark; an old mark is not found rather than wrong."""
    file = (ROOT / path).resolve()
    if not file.is_relative_to(ROOT) or not file.is_file() or fingerprint(path) != mark:
        abort(404)
    response = send_from_directory(ROOT, path, max_age=31_536_000)
    if file.suffix in TEXT and request.accept_encodings["br"]:
        response.direct_passthrough = False
        response.set_data(_brotli(path))
        response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def squeeze(response: Response) -> Response:
    """Compress a text answer of more than a packet."""
    plain = response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers
    if plain or not (response.mimetype or "").startswith(("text/", "application/json")):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) < 1400:
        return response
    if request.accept_encodings["br"]:
        response.set_data(brotli.compress(body, quality=4))
        response.headers["Content-Encoding"] = "br"
    elif request.accept_encodings["gzip"]:
        response.set_data(gzip.compress(body, compresslevel=5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def init_assets(app: Flask) -> None:
    """Serve /static/<mark>/<path>, offer `asset()` to templates, squeeze answers."""
    app.add_url_rule("/static/<mark>/<path:path>", "static", static)
    app.jinja_env.globals["asset"] = asset
    app.after_request(squeeze)
