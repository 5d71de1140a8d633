"""Strange addresses, headers and forms get a clear answer on every route, never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import BuildError, Rule

from pb.core.access import access_of
from pb.core.actor import Actor, Role
from pb.demo.clock import TravellingClock
from pb.rounds.models import Phase
from tests.conftest import FixedClock
from tests.support.client import OneAtATime
from tests.support.rounds import make_round
from tests.support.voting import ready

STRANGE = [
    "0", "-1", "1e9", "0x10", " 1", "１", "9" * 30, "%00", "a\x00b", "../../etc/passwd", "<svg onload=alert(1)>",
    "'; select pg_sleep(5) --", "{{7*7}}", "\u202e", "x" * 3000, "00000000-0000-0000-0000-000000000000", "__proto__",
]  # fmt: skip
QUERIES = [
    {"page": "1"},
    {"page": "<svg onload=alert(1)>"}, {"page": "1000000000"}, {"page": "-1"}, {"per_page": "1000000000"},
    {"sort": "name;select pg_sleep(5)"}, {"filter[author.password]": "x"}, {"words": "%' OR 1=1 --"}, {"words": "\x00"},
    {"ward": "9" * 40}, {"theme": "<script>"}, {"next": "//evil.example"}, {"next": "/\\evil"},
    {"next": "javascript:x"},
    {"to": "review"}, {"version": "1e400"}, {"kind": "\ud800".encode("utf-8", "replace").decode()},
]  # fmt: skip
HEADERS = [
    {"User-Agent": "x" * 10_000}, {"X-Forwarded-For": "1.2.3.4, <script>"}, {"X-HTTP-Method-Override": "DELETE"},
    {"Accept-Language": "<>;q=x"}, {"HX-Request": "maybe", "HX-Target": "\u200e"},
    {"HX-Request": "true", "HX-Target": "<script>"},
    {"Cookie": "pb=garbage; ballot-1=x"},
    {"Accept-Encoding": "br;q=x, gzip"},
]  # fmt: skip


def everybody(app: Flask) -> None:
    """Let every request come from somebody who may do anything, so that no door hides what is behind it."""
    roles = frozenset(Role) - {Role.SYSTEM}
    app.extensions["actor_loader"] = lambda: Actor(id=1, name="Anybody", roles=roles, ward_ids=frozenset({1}))


def together(given: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same strange values in fewer requests: each request takes one value of every name that has one left."""
    left = [(name, value) for one in given for name, value in one.items()]
    made = []
    while left:
        made.append(dict(reversed(left)))  # the first value of each name
        left = [(name, value) for name, value in left if made[-1][name] != value]
    return made


def visitor(app: Flask) -> OneAtATime:
    return OneAtATime(app, app.response_class, use_cookies=True)


def own_address(app: Flask, rule: Rule) -> str:
    """An address that this rule answers and no other: an argument that takes one of a few words gets one of them."""
    choices = {name: getattr(converter, "items", None) for name, converter in rule._converters.items()}
    arguments = {name: min(words) if words else "1" for name, words in choices.items()}
    return app.url_map.bind("localhost").build(rule.endpoint, arguments)


def addresses(app: Flask, rule: Rule, value: str, known: dict[str, Any]) -> list[str]:
    """The rule's address with every argument strange, and with the round a real one."""
    made = []
    with app.test_request_context("/"):
        for given in ({}, known):
            arguments = {name: given.get(name, value) for name in rule.arguments}
            try:
                made.append(app.url_map.bind("localhost").build(rule.endpoint, arguments))
            except (BuildError, ValueError):
                made.append(rule.rule.split("<")[0] + "x")
    return sorted(set(made))


@pytest.fixture
def stage(sqlite_app: Flask, clock: FixedClock, tmp_path: Path) -> Iterator[tuple[Flask, dict[str, Any]]]:
    """The whole app with one round in voting, and a visitor whom every door lets in."""
    loader = sqlite_app.extensions["actor_loader"]
    clock.at = datetime.now(UTC)
    round = make_round(Phase.VOTING, clock)
    ready(round)
    everybody(sqlite_app)
    sqlite_app.config["WTF_CSRF_ENABLED"] = False
    sqlite_app.extensions["clock"] = TravellingClock(tmp_path)
    yield sqlite_app, {"slug": round.slug}
    sqlite_app.config["WTF_CSRF_ENABLED"] = True
    sqlite_app.extensions["actor_loader"] = loader


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def test_no_strange_address_is_a_500(stage: tuple[Flask, dict[str, Any]]) -> None:
    app, known = stage
    bad = []

    for rule in rules(app, "GET"):
        for value in STRANGE if rule.arguments else STRANGE[:1]:
            for address in addresses(app, rule, value, known):
                status = visitor(app).get(address).status_code
                if status >= 500:
                    bad.append((status, rule.endpoint, address[:120]))

    assert bad == []


def test_no_strange_query_or_header_is_a_500(stage: tuple[Flask, dict[str, Any]]) -> None:
    app, known = stage
    bad = []

    for rule in rules(app, "GET"):
        address = addresses(app, rule, "1", known)[-1]
        for query in together(QUERIES):
            answer = visitor(app).get(address, query_string=query)
            if answer.status_code >= 500 or b"<svg onload" in answer.data:
                bad.append((answer.status_code, rule.endpoint, query))
        for headers in together(HEADERS):
            status = visitor(app).get(address, headers=headers).status_code
            if status >= 500:
                bad.append((status, rule.endpoint, headers))

    assert bad == []


def test_no_strange_form_is_a_500(stage: tuple[Flask, dict[str, Any]]) -> None:
    app, known = stage
    bad = []

    for rule in rules(app, "POST"):
        for body in (
            {},
            {"email": "x", "key": "x", "version": "-1"},
            dict.fromkeys(("email", "code", "to", "reason"), "\x00"),
        ):
            for address in addresses(app, rule, "1", known):
                status = visitor(app).post(address, data=body).status_code
                if status >= 500:
                    bad.append((status, rule.endpoint, sorted(body)))
        status = visitor(app).post(addresses(app, rule, "1", known)[-1], data=b"\xff{", content_type="text/plain")
        if status.status_code >= 500:
            bad.append((status.status_code, rule.endpoint, ["text/plain"]))

    assert bad == []


def test_every_post_without_a_token_is_refused(sqlite_app: Flask) -> None:
    for rule in rules(sqlite_app, "POST"):
        address = addresses(sqlite_app, rule, "1", {})[0]

        assert visitor(sqlite_app).post(address, data={"a": "b"}).status_code in (303, 400, 404, 405), rule.endpoint


def test_each_door_opens_for_its_roles_only(sqlite_app: Flask) -> None:
    loader = sqlite_app.extensions["actor_loader"]
    wrong = []
    for rule in rules(sqlite_app, "GET"):
        access = access_of(sqlite_app, rule.endpoint)
        assert access is not None
        address = own_address(sqlite_app, rule)
        for role in (None, Role.RESIDENT, Role.COUNCILLOR, Role.OFFICER, Role.RETURNING_OFFICER, Role.ADMIN):
            actor = Actor(id=99 if role else None, name="x", roles=frozenset({role} if role else ()))
            sqlite_app.extensions["actor_loader"] = lambda actor=actor: actor
            status = visitor(sqlite_app).get(address).status_code
            is_shut = bool(access.roles) and not access.roles & actor.roles
            if is_shut != (status in (303, 403)) and access.roles:
                wrong.append((rule.rule, role, status))
    sqlite_app.extensions["actor_loader"] = loader

    assert wrong == []
