"""One commit point, helpful errors, strict headers."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from pb.core.db import db
from pb.core.web import CSP
from tests.core.conftest import as_actor, rows


@pytest.mark.parametrize(
    ("method", "status", "kept"), [("post", 200, 1), ("post", 422, 0), ("post", 500, 0), ("get", 200, 0)]
)
def test_writes_are_kept_only_behind_a_good_answer_to_a_post(house: Flask, method: str, status: int, kept: int) -> None:
    getattr(house.test_client(), method)(f"/test/write?status={status}")

    assert rows() == kept


def test_nothing_is_thanked_that_could_not_be_committed(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(db.session, "commit", refuse)

    answer = house.test_client().post("/test/write")

    assert answer.status_code == 503
    assert "written" not in answer.text
    assert rows() == 0


@pytest.mark.parametrize(
    ("kind", "status", "says"),
    [
        ("refusal", 409, "Voting closed at 5pm."),
        ("database", 503, "The service cannot be reached right now"),
        ("bug", 500, "There is a problem"),
        ("403", 403, "You cannot do that here"),
        ("404", 404, "Page not found"),
        ("405", 405, "That address does not take this"),
        ("413", 413, "That was too big to send"),
        ("422", 422, "That cannot be done"),
        ("429", 429, "Too many tries"),
    ],
)
def test_each_error_has_a_page_with_the_help_line(house: Flask, kind: str, status: int, says: str) -> None:
    answer = house.test_client().get(f"/test/fail?kind={kind}")

    assert answer.status_code == status
    assert says in answer.text
    assert "01234 567 890" in answer.text


def test_every_answer_carries_the_security_headers(house: Flask) -> None:
    for path in ("/test/page", "/nowhere", "/test/fail?kind=bug"):
        headers = house.test_client().get(path).headers

        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert len(headers["X-Request-Id"]) == 12


def test_pages_of_signed_in_people_are_not_stored(house: Flask) -> None:
    as_actor(house)

    headers = house.test_client().get("/test/page").headers

    assert headers["Cache-Control"] == "no-store"
    assert {"Cookie", "HX-Request"} <= {v.strip() for v in headers["Vary"].split(",")}


def test_a_request_made_by_another_site_is_refused(house: Flask) -> None:
    answer = house.test_client().post("/test/write", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert rows() == 0


def test_the_log_line_holds_the_route_and_nothing_personal(house: Flask) -> None:
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("moothall").addHandler(handler)

    house.test_client().get("/test/page?email=pat@example.org", headers={"X-Forwarded-For": "1.2.3.4"})

    logging.getLogger("moothall").removeHandler(handler)
    line = json.loads(seen[-1])
    assert set(line) == {"id", "method", "route", "status", "ms"}
    assert (line["route"], line["status"]) == ("/test/page", 200)


def test_a_body_over_the_limit_gets_the_413_page(house: Flask) -> None:
    answer = house.test_client().post("/test/write", data={"x": "a" * 70_000})

    assert answer.status_code == 413


def test_long_pages_are_squeezed_and_read_the_same(house: Flask) -> None:
    plain = house.test_client().get("/test/page").data

    squeezed = house.test_client().get("/test/page", headers={"Accept-Encoding": "br"})

    assert squeezed.headers["Content-Encoding"] == "br"
    assert len(squeezed.data) < len(plain) / 2
