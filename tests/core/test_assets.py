"""Static files are kept for a year and found only by their content's mark."""

from __future__ import annotations

import brotli
import pytest
from flask import Flask

from pb.core.assets import ROOT, asset, fingerprint


def test_the_bundle_is_its_parts_in_order(house: Flask) -> None:
    answer = house.test_client().get(asset("site.css"))

    parts = [ROOT / "vendor/govuk-frontend/govuk.css", ROOT / "css/moothall.css"]
    assert answer.data == b"\n".join(part.read_bytes() for part in parts)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "text/css"


def test_a_squeezed_file_reads_the_same(house: Flask) -> None:
    address = asset("vendor/htmx.min.js")

    answer = house.test_client().get(address, headers={"Accept-Encoding": "br, gzip"})

    assert brotli.decompress(answer.data) == (ROOT / "vendor/htmx.min.js").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/static/000000000000/site.css",
        f"/static/{fingerprint('site.css')}/../pyproject.toml",
        f"/static/{fingerprint('site.css')}/%2e%2e/pyproject.toml",
        f"/static/{fingerprint('site.css')}/a%00b",
        f"/static/{fingerprint('site.css')}/" + "x" * 5000,
    ],
)
def test_anything_else_is_not_found(house: Flask, path: str) -> None:
    assert house.test_client().get(path).status_code in (308, 404)
