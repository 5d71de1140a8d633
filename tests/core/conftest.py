"""A house with four doors of our own, to see what core does with answers, writes and errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, abort, request
from sqlalchemy.exc import OperationalError

from pb.core import access
from pb.core.actor import Actor, Role, current_actor
from pb.core.clock import now
from pb.core.db import Base, db, session
from pb.core.errors import Refusal
from pb.core.htmx import render_page
from pb.core.outbox import OutboxMessage, send_mail
from pb.core.settings import load_settings
from pb.factory import create_app
from tests.conftest import FixedClock, environment_for


class TooLate(Refusal):
    status = 409
    sentence = "Voting closed at 5pm."


@access.public
def write() -> tuple[str, int]:
    """Write a row, then answer with whatever status is asked for."""
    send_mail(to="a@example.org", subject="Hello", body="x", now=now())
    session().flush()
    return "written", int(request.values.get("status", 200))


@access.public
def fail() -> Response:
    kind = request.args["kind"]
    if kind == "refusal":
        raise TooLate
    if kind == "database":
        raise OperationalError("SELECT 1", {}, Exception("disk full"))
    if kind == "bug":
        raise ZeroDivisionError
    abort(int(kind))


@access.public
def page() -> Response:
    return render_page(
        "errors/error.html", "_macros/empty.html", status=200, heading="A page", sentence="Hello", request_id=""
    )


@access.staff(Role.OFFICER)
def desk() -> str:
    return "the desk"


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    app = create_app(load_settings(environment_for(tmp_path, f"sqlite:///{tmp_path}/t.sqlite")), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/test/write", view_func=write, methods=["GET", "POST"])
    app.add_url_rule("/test/fail", view_func=fail)
    app.add_url_rule("/test/page", view_func=page)
    app.add_url_rule("/test/desk", view_func=desk)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def as_actor(app: Flask, *roles: Role) -> None:
    """Everybody who calls is this actor from now on."""
    app.extensions["actor_loader"] = lambda: Actor(id=7, name="Sam", roles=frozenset(roles))


def rows() -> int:
    """How many rows the test's write door has left behind, as another connection sees it."""
    db.session.rollback()
    return session().query(OutboxMessage).count()


__all__ = ["TooLate", "as_actor", "current_actor", "rows"]
