"""Static files with their content's hash in the address, so that phones keep them for a year; and squeezed answers.

Squeezing pages that hold a CSRF token is safe here because cookies are SameSite: another site cannot make a browser
fetch our pages as the reader and measure them.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request

from pb.core import access

ROOT = Path(__file__).resolve().parents[2] / "static"
TEXT = frozenset({".css", ".js", ".svg", ".txt", ".json"})
BUNDLES = {"site.css": ("vendor/govuk-frontend/govuk.css", "css/moothall.css")}
"""Files sent as one: a phone with a weak signal pays for every request."""


@cache
def _files() -> dict[str, Path]:
    """Every file below static/ by its path: nothing else is ever opened, whatever is asked for."""
    return {str(file.relative_to(ROOT)): file for file in ROOT.rglob("*") if file.is_file()}


@cache
def _content(path: str) -> bytes:
    return b"\n".join(_files()[part].read_bytes() for part in BUNDLES.get(path, (path,)))


@cache
def fingerprint(path: str) -> str:
    """Twelve characters of the content's SHA-256."""
    return hashlib.sha256(_content(path)).hexdigest()[:12]


@cache
def _brotli(path: str) -> bytes:
    return bytes(brotli.compress(_content(path), quality=11))


def asset(path: str) -> str:
    """The address of a static file, changing when the file does; the same in every language."""
    return f"/static/{fingerprint(path)}/{path}"


@access.public
def static(mark: str, path: str) -> Response:
    """A static file by its content's mark; an old mark is not found rather than wrong."""
    if (path not in _files() and path not in BUNDLES) or fingerprint(path) != mark:
        abort(404)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    squeezed = Path(path).suffix in TEXT and bool(request.accept_encodings["br"])
    response = Response(_brotli(path) if squeezed else _content(path), mimetype=kind)
    if squeezed:
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
