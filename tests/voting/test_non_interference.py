"""No running totals: two towns that differ only in what people picked answer every page with the same bytes.

The same database is filled twice from one copy, with the same voters voting at the same moments for different projects
(in one town everybody for the first ones, in the other each for others or for none). Then everybody looks at
everything: strangers, a voter who has voted, residents, a councillor and every kind of staff. Until the opening the
answers must not differ; only tokens made afresh for each page are put aside. (security.md, C17)
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing as shut
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Role
from pb.core.db import committed, db, session
from pb.electorate.service import entitle
from pb.rounds.models import Round
from pb.voting import service
from pb.voting.draft import Draft, write
from pb.voting.models import Envelope
from pb.voting.queries import last_moment, opened_ballots, takes_votes
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_round, make_ward
from tests.support.voting import closed_and_opened, ready

VOTERS = 24
TOWNS = (
    [["B01", "B02", "B03"]] * VOTERS,
    [[f"B{n % 9 + 3:02d}"] if n % 4 else [] for n in range(VOTERS)],
)
QUERIES = ("", "?sort=picks&order=votes", "?words=project&all=1")
LOOKS_AT = {"voter": ("/ballot", "/rounds"), "returning officer": ("/staff",), "administrator": ("/staff",)}
"""Where those look whose pages elsewhere are the officer's or the resident's."""
FRESH = (
    re.compile(rb'name="csrf_token" value="[^"]+"'),
    re.compile(rb'name="key" (?:type="hidden" )?value="[0-9a-f]{32}"'),
    re.compile(rb'(?:type="hidden" )?value="[0-9a-f]{32}"'),
)
"""What is random on every page: CSRF tokens, keys of forms, the mark of a request on an error page."""
OWN_HEADERS = {"X-Request-Id", "Set-Cookie", "Date"}
NOT_ASKED = {"static", "accounts.link", "accounts_demo.mailbox", "accounts_demo.who"}
"""Files; and the demonstration's pages, which show letters with their codes and times, and the codes of this minute."""

Answers = dict[tuple[str, str], tuple[int, tuple[tuple[str, str], ...], bytes]]


@pytest.fixture
def round(sqlite_app: Flask, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Round:
    make_ward("Quay")
    made = make_round("voting", clock, projects=12)
    with committed():
        made.identity_rung = 0
    ready(made)
    with committed():
        for n in range(VOTERS):
            entitle(round_id=made.id, source=f"device|{n}", ward_id=None)
    return made


def visitors(app: Flask, round: Round) -> dict[str, StrictClient]:
    """One browser a role, signed in before the towns part."""
    ward_id = make_ward("Mill").id
    roles: dict[str, tuple[Role, ...]] = {
        "resident": (),
        "councillor": (Role.COUNCILLOR,),
        "officer": (Role.OFFICER,),
        "returning officer": (Role.RETURNING_OFFICER,),
        "administrator": (Role.ADMIN,),
    }
    made = {name: StrictClient(app) for name in ("stranger", "voter", *roles)}
    for name, held in roles.items():
        sign_in_as(made[name], make_person(name, *held, ward_id=ward_id))
    return made


def vote(
    round: Round, town: list[list[str]], clock: FixedClock, monkeypatch: pytest.MonkeyPatch, often: int = 2
) -> None:
    """Everybody votes, a third of them twice (`often`); references come in the same order in both towns."""
    numbers = iter(range(10**6))
    monkeypatch.setattr(service, "new_code", lambda: f"{next(numbers):012d}")
    for n, picks in enumerate(town):
        for version in range(often if n % 3 == 0 else 1):
            with committed():
                owner = entitle(round_id=round.id, source=f"device|{n}", ward_id=None).id
                service.cast_ballot(
                    round=round,
                    entitlement_id=owner,
                    ward_id=None,
                    marks=dict.fromkeys(picks, 1),
                    key=f"{n:031x}{version}",
                    secret="a voter's own",
                    sees_version=version,
                    now=clock.at,
                    channel="assisted" if n % 5 == 0 else "web",
                )


def addresses(app: Flask, round: Round) -> Iterator[str]:
    """Every address that answers a GET, with real arguments where there are such things, with every query."""
    known: dict[str, Any] = {
        "slug": round.slug,
        "code": "B01",
        "gss": make_ward_code(),
        "host_kind": "project",
        "round": round.slug,
    }
    with app.test_request_context("/"):
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_ASKED:
                continue
            words = {name: getattr(converter, "items", None) for name, converter in rule._converters.items()}
            given = {name: min(words[name] or ()) if words[name] else known.get(name, 1) for name in rule.arguments}
            yield urls.build(rule.endpoint, given)


def make_ward_code() -> str:
    """The code of `make_ward("Quay")`."""
    return f"E05{sum(b'Quay') % 10**6:06d}"


def look(client: StrictClient, where: str) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    answer = client.client.get(where)
    body = answer.get_data().replace(answer.headers["X-Request-Id"].encode(), b"")
    for fresh in FRESH:
        body = fresh.sub(b"", body)
    headers = sorted((name, value) for name, value in answer.headers if name not in OWN_HEADERS | {"Content-Length"})
    return answer.status_code, tuple(headers), body


def everything(app: Flask, round: Round, people: dict[str, StrictClient], only: str) -> Answers:
    """What everybody gets at every address (that begins with `only`)."""
    found = {}
    for path in [path for path in addresses(app, round) if path.startswith(only)]:
        for who, client in people.items():
            if not path.startswith(LOOKS_AT.get(who, "/")):
                continue
            for query in QUERIES if who == "stranger" and path.startswith(("/rounds/", "/ballot/")) else ("",):
                found[who, path + query] = look(client, path + query)
    return found


def restore(copy: sqlite3.Connection) -> None:
    """Put the database back to how it was before anybody voted."""
    db.session.remove()
    db.engine.dispose()
    with shut(sqlite3.connect(str(db.engine.url.database))) as target:
        copy.backup(target)


def two_towns(
    app: Flask,
    round: Round,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    opened: bool,
    only: str = "/",
    towns: Sequence[tuple[list[list[str]], int]] = tuple((town, 2) for town in TOWNS),
) -> tuple[list[Answers], list[set[bytes]], list[list[str]]]:
    """What everybody gets, what is stored, and what was picked, in each of the two towns."""
    round_id, pot_id = round.id, round.pots[0].id
    people = visitors(app, round)
    secret = app.extensions["settings"].secret_key
    proven = {"entitlement_id": "0" * 32, "proven_until": 2**31, "receipt": "0" * 12, "version": 1}
    kept = Draft(token="a" * 32, **proven)  # type: ignore[arg-type]
    people["voter"].client.set_cookie(f"ballot-{round_id}", write(kept, secret_key=secret, round_id=round_id))
    answers, stored, picked = [], [], []
    with shut(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        db.session.rollback()
        with shut(sqlite3.connect(str(db.engine.url.database))) as source:
            source.backup(copy)
        for town, often in towns:
            restore(copy)
            here = session().get_one(Round, round_id)
            vote(here, town, clock, monkeypatch, often)
            stored.append({bytes(blob) for blob in session().scalars(select(Envelope.sealed)) if blob})
            if opened:
                closed_and_opened(session().get_one(Round, round_id))
            db.session.rollback()
            answers.append(everything(app, session().get_one(Round, round_id), people, only))
            if not opened:
                closed_and_opened(session().get_one(Round, round_id))
            picked.append(list(opened_ballots(pot_id)))
            db.session.rollback()
    return answers, stored, picked


def differences(one: Answers, other: Answers) -> list[str]:
    assert one.keys() == other.keys()
    return [f"{who} at {where}" for who, where in one if one[who, where] != other[who, where]]


def test_before_the_opening_no_page_of_anybody_tells_what_was_picked(
    sqlite_app: Flask, round: Round, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert takes_votes(round, ready(round), clock.at)
    size = ready(round).sealed_size

    (one, other), (left, right), (here, there) = two_towns(
        sqlite_app, round, clock, monkeypatch, tmp_path, opened=False
    )

    assert here != there, "the towns did vote differently"
    assert len(left) == len(right) == VOTERS
    assert {len(blob) for blob in left | right} == {size}, "and every sealed ballot has one size"
    assert len(one) > 400
    good = [who for (who, _), (status, _, _) in one.items() if status == 200]
    assert {"stranger", "voter", "resident", "officer", "returning officer", "administrator"} <= set(good)
    assert differences(one, other)[:12] == []


def test_the_same_look_finds_a_page_that_does_tell(
    sqlite_app: Flask, round: Round, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The look is worth something: after the close a page that counts picks is told apart."""
    from pb.core.access import PUBLIC

    pot_id, moment = round.pots[0].id, last_moment(round)

    def running_totals(slug: str) -> str:
        ballots = list(opened_ballots(pot_id))
        return f"<!doctype html><title>x</title><h1>{sum('B01' in text for text in ballots)}</h1>"

    running_totals.__access__ = PUBLIC  # type: ignore[attr-defined]
    monkeypatch.setitem(sqlite_app.view_functions, "rounds.how", running_totals)

    where = "/rounds/together-for-quay/how"
    (one, other), _, _ = two_towns(sqlite_app, round, clock, monkeypatch, tmp_path, opened=True, only=where)

    assert f"stranger at {where}" in differences(one, other)
    assert moment > clock.at


def test_no_page_of_the_vote_tells_whether_a_vote_was_replaced(
    sqlite_app: Flask, round: Round, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once or five times: the same references, the same pages (C21)."""
    towns = [(TOWNS[1], 1), (TOWNS[1], 5)]

    (one, other), _, (here, there) = two_towns(
        sqlite_app, round, clock, monkeypatch, tmp_path, opened=False, only="/ballot", towns=towns
    )

    assert here == there
    assert differences(one, other) == []
