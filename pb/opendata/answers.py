"""How data leaves: with a strong ETag, a date, and leave for programs of other sites to read it. Never a cookie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from flask import Response, request

from pb.results.packfile import sha256 as hash_of

PIECE = 1 << 16


def as_data(
    content: bytes | str,
    media_type: str,
    *,
    sha256: str | None = None,
    changed_at: datetime | None = None,
    name: str | None = None,
) -> Response:
    """Data for everybody's programs; 304 to those who have it. `name`: what a browser saves it as."""
    body = content.encode() if isinstance(content, str) else content
    answer = Response(_pieces(body), mimetype=media_type)
    answer.content_length = len(body)
    answer.set_etag(sha256 or hash_of(body))
    if changed_at:
        answer.last_modified = changed_at.replace(microsecond=0)
    if name:
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer.make_conditional(request, accept_ranges=True, complete_length=len(body))
    return open_to_all(answer)


def _pieces(body: bytes) -> Iterator[bytes]:
    """Streamed, and so never squeezed: the bytes are those that the ETag and the manifest name, and ranges fit them."""
    return (body[start : start + PIECE] for start in range(0, len(body), PIECE))


def open_to_all(answer: Response) -> Response:
    """Let other sites' programs read this answer. Only for what has no reader of its own: data, never pages."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Content-Length"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
