"""Feeds, calendars, living tables, twins and cards: of the right shape, open to programs, nothing of a draft."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from jsonschema import validate
from sqlalchemy import select
from werkzeug.test import TestResponse

from pb.accounts.models import Group
from pb.core.actor import Role
from pb.core.db import session
from pb.core.money import Money
from pb.opendata.dictionary import GRANTS, LOG, TIMELINE
from pb.proposals.models import Proposal, Revision
from pb.rounds import service as rounds
from pb.rounds.models import Project, Round
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.opendata import MANY, SMALL_POT
from tests.support.people import make_person
from tests.support.results import certified_round, publish_certified, published_round
from tests.support.rounds import OFFICER, STARTS, make_round, make_ward

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def round(client: StrictClient, clock: FixedClock) -> Round:
    return session().merge(published_round(clock, MANY, pots=SMALL_POT))


def get(client: StrictClient, address: str, status: int = 200, **headers: str) -> TestResponse:
    answer = client.client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == status, answer.text[:300]
    return answer


def is_open(answer: TestResponse) -> bool:
    return answer.headers.get("Access-Control-Allow-Origin") == "*" and "Set-Cookie" not in answer.headers


# -- Atom


def test_a_round_s_feed_tells_its_decisions_newest_first(client: StrictClient, round: Round) -> None:
    answer = get(client, f"/rounds/{round.slug}/feed.atom")

    feed = ET.fromstring(answer.text)

    ids = [node.text for node in feed.findall("a:entry/a:id", ATOM)]
    updated = [node.text or "" for node in feed.findall("a:entry/a:updated", ATOM)]
    titles = [node.text or "" for node in feed.findall("a:entry/a:title", ATOM)]
    assert is_open(answer)
    assert len(set(ids)) == len(ids) > 5
    assert updated == sorted(updated, reverse=True)
    assert "certified" in " ".join(titles)
    assert feed.findtext("a:id", None, ATOM) == f"http://localhost/rounds/{round.slug}/feed.atom"
    assert get(client, f"/rounds/{round.slug}/feed.atom", 304, If_None_Match=answer.headers["ETag"]).data == b""


def test_an_entry_leads_to_the_page_it_is_about(client: StrictClient, round: Round) -> None:
    feed = ET.fromstring(get(client, f"/rounds/{round.slug}/feed.atom").text)

    links = {
        node.findtext("a:title", "", ATOM).partition(": ")[2]: node.find("a:link", ATOM).get("href", "")  # type: ignore[union-attr]
        for node in feed.findall("a:entry", ATOM)
    }

    paths = {title: link.removeprefix("http://localhost") for title, link in links.items()}
    for path in paths.values():
        get(client, path)
    assert {path.split("/")[1] for path in paths.values()} == {"log", "rounds"}
    assert f"/rounds/{round.slug}/results" in paths.values()


def test_site_and_ward_feeds_leave_out_drafts(client: StrictClient, clock: FixedClock) -> None:
    ward = make_ward()
    make_round("draft", clock, title="Secret plans")
    make_round("voting", clock, title="Open plans", wards=(ward,))

    for address in ("/feed.atom", f"/wards/{ward.gss_code}/feed.atom"):
        words = get(client, address).text
        assert "Open plans" in words
        assert "Secret plans" not in words


# -- iCalendar


def events(text: str) -> list[dict[str, str]]:
    """Each VEVENT's lines by name, unfolded."""
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    whole = text.replace("\r\n ", "")
    blocks = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", whole, re.S)
    return [dict(re.split("[:;]", line, maxsplit=1) for line in block.splitlines()) for block in blocks]


def test_a_round_s_calendar_has_its_dates_with_lasting_names(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("informing", clock, title="Quay; ärger, \\ and " + "ŵ" * 60)
    before = {event["UID"]: event for event in events(get(client, f"/rounds/{round.slug}/calendar.ics").text)}
    first = clock() - timedelta(days=5)
    moved = {phase: first + timedelta(days=days + 1) for phase, days in STARTS.items() if days > 5}
    dates = {phase: first for phase, days in STARTS.items() if days <= 5} | moved
    rounds.set_dates(session().merge(round), dates=dates, reason="The hall is closed.", by=OFFICER, now=clock())
    session().commit()

    after = {event["UID"]: event for event in events(get(client, f"/rounds/{round.slug}/calendar.ics").text)}

    assert before.keys() == after.keys()
    voting = f"{round.slug}-voting@localhost"
    assert int(after[voting]["SEQUENCE"]) == int(before[voting]["SEQUENCE"]) + 1
    assert after[voting]["DTSTART"] != before[voting]["DTSTART"]
    assert re.fullmatch(r"\d{8}T\d{6}Z", after[voting]["DTSTART"])
    assert after[voting]["SUMMARY"] == "Voting opens: Quay\\; ärger\\, \\\\ and " + "ŵ" * 60


# -- living tables


def table(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_log_and_the_record_are_tables_of_the_dictionary(client: StrictClient, round: Round) -> None:
    log, record = get(client, "/data/log.csv"), get(client, f"/data/rounds/{round.slug}/timeline.csv")

    assert is_open(log)
    assert list(table(log)[0]) == LOG.columns
    assert {row["code"] for row in table(log)} == {"B01", "B02"}
    assert list(table(record)[0]) == TIMELINE.columns
    assert next(row["kind"] for row in table(record)) == "round.created"


# -- for search engines


def test_data_sets_are_described_for_search_engines(client: StrictClient, round: Round) -> None:
    page = client.get(f"/data/rounds/{round.slug}")

    said = json.loads("".join(page.one("script", type="application/ld+json").itertext()))

    assert (said["@type"], said["version"]) == ("Dataset", "1")
    for download in said["distribution"]:
        got = get(client, download["contentUrl"].removeprefix("http://localhost"))
        assert got.mimetype == download["encodingFormat"]


# -- cards


def test_a_card_may_stand_in_any_frame_without_cookie_or_script(client: StrictClient, round: Round) -> None:
    answer = get(client, f"/embed/rounds/{round.slug}")

    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert is_open(answer)
    assert "<script" not in answer.text
    assert "2 of 3 projects are funded" in answer.text
    for other in (f"/rounds/{round.slug}", "/data"):
        headers = client.get(other).response.headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert "Access-Control-Allow-Origin" not in headers


def test_oembed_gives_a_frame_no_larger_than_asked(client: StrictClient, round: Round) -> None:
    page = client.get(f"/rounds/{round.slug}")
    found = page.one("link", type="application/json+oembed").get("href") or ""

    said: dict[str, Any] = get(client, f"{found}&maxwidth=300").json or {}

    assert (said["type"], said["version"], said["width"]) == ("rich", "1.0", 300)
    assert f'src="http://localhost/embed/rounds/{round.slug}"' in said["html"]


@pytest.mark.parametrize(
    "address", ["", "http://evil.example/rounds/quay", "http://localhost/staff", "javascript:alert(1)", "http://[::1"]
)
def test_oembed_knows_only_our_rounds(client: StrictClient, address: str) -> None:
    get(client, f"/oembed?url={address}", 404)


def test_oembed_speaks_json_only(client: StrictClient) -> None:
    get(client, "/oembed?url=http://localhost/rounds/quay&format=xml", 501)


# -- nothing early


@pytest.mark.parametrize("state", ["draft", "certified"])
def test_nothing_of_the_result_leaks_before_publication(client: StrictClient, clock: FixedClock, state: str) -> None:
    round = make_round("draft", clock) if state == "draft" else certified_round(clock, MANY, pots=SMALL_POT)
    status = 404 if state == "draft" else 200

    for address in ("results/rounds.json", "results/B01.json"):
        get(client, f"/rounds/{round.slug}/{address}", 404)
    said = [
        re.sub("[0-9a-f]{64}", "a hash", get(client, address, status).text)
        for address in (
            f"/rounds/{round.slug}/feed.atom",
            f"/rounds/{round.slug}/calendar.ics",
            f"/data/rounds/{round.slug}/timeline.csv",
            f"/embed/rounds/{round.slug}",
            f"/oembed?url=http://localhost/rounds/{round.slug}",
        )
    ]
    assert [text for text in said if "are funded" in text or "B02" in text or "130" in text] == []


def test_dictionary_licence_and_index_are_pages(client: StrictClient, round: Round) -> None:
    words = client.get("/data/dictionary").words

    assert "ballot_no" in words
    assert "reason_code" in words
    assert "Open Government Licence" in client.get("/data/licence").words
    assert client.get("/data").h1 == "Open data"


def test_no_360giving_file_without_a_prefix(sqlite_app: Flask, client: StrictClient) -> None:
    get(client, "/data/360giving.json", 404)


# -- 360Giving

TEXT, NUMBER, URI = {"type": "string"}, {"type": "number"}, {"type": "string", "format": "uri", "pattern": "^https?://"}
MOMENT = {"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"}
DAY = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$"}
PLACE = {
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "countryCode": {"enum": ["GB"]},
        "geoCode": {"type": "string", "pattern": "^[ENSW][0-9]{8}$"},
        "geoCodeType": {"enum": ["WD"]},
    },
}
NAMED = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string", "pattern": "^[A-Z0-9]+-.+-?.*"}, "name": TEXT},
}
PROGRAMME = {"required": ["code", "title"], "properties": {"code": TEXT, "title": TEXT, "url": URI}}
GRANT = {
    "type": "object",
    "required": [
        *("id", "title", "description", "currency", "amountAwarded", "awardDate"),
        *("recipientOrganization", "fundingOrganization"),
    ],
    "not": {"required": ["recipientIndividual"]},
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^360G-[A-Za-z0-9]+-.+$"},
        "title": {"type": "string", "maxLength": 139},
        "description": {"type": "string", "minLength": 1},
        "currency": {"enum": ["GBP"]},
        "amountAwarded": NUMBER,
        "amountDisbursed": NUMBER,
        "awardDate": DAY,
        "dateModified": MOMENT,
        "recipientOrganization": {"type": "array", "minItems": 1, "items": NAMED},
        "fundingOrganization": {"type": "array", "minItems": 1, "items": NAMED},
        "fromOpenCall": {"enum": ["Yes", "No"]},
        "locationScope": {"enum": [f"GLS{n:03d}" for n in (10, 20, 30, 40, 50, 60, 99)]},
        "grantProgramme": {"type": "array", "items": PROGRAMME},
        "beneficiaryLocation": {"type": "array", "items": PLACE},
        "url": URI,
        "dataSource": URI,
    },
}
GRANTS_SCHEMA = {
    "type": "object",
    "required": ["grants"],
    "additionalProperties": False,
    "properties": {
        "version": {"type": "string", "pattern": r"^\d+\.\d+$"},
        "title": TEXT,
        "modified": MOMENT,
        "license": URI,
        "accessURL": URI,
        "downloadURL": URI,
        "publisher": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": TEXT, "identifier": TEXT, "website": URI},
        },
        "grants": {"type": "array", "minItems": 1, "uniqueItems": True, "items": GRANT},
    },
}
"""The demands of 360Giving 1.4 on what we write, from its published schema and reference (CC BY 4.0), in our own words;
a field it does not know is refused here."""


@pytest.fixture
def awarded(client: StrictClient, clock: FixedClock) -> Round:
    """B01 comes from a group that does the work, B02 from one for which the council does it, B03 from a resident."""
    found = certified_round(clock, MANY, pots=(PotPlan("The Together pot", Money(60_000_00), "The council"),))
    by = make_person("Dev", Role.RESIDENT)
    for code, who_does_it in (("B01", "we"), ("B02", "council"), ("B03", "we")):
        group = Group(name=f"Friends of {code}", slug=code.lower(), created_at=clock()) if code != "B03" else None
        project = session().scalars(select(Project).where(Project.code == code)).one()
        proposal = Proposal(round_id=found.id, code=code, state="on_ballot", proposer_id=by.id, group=group)
        proposal.project, proposal.created_at = project, clock()
        proposal.revisions = [Revision(number=1, made_at=clock(), made_by=by.id, who_does_it=who_does_it)]
        session().add(proposal)
    session().commit()
    return session().merge(publish_certified(found, clock))


def test_grants_to_groups_are_published_and_none_to_people(client: StrictClient, awarded: Round) -> None:
    grants = table(get(client, "/data/grants.csv"))

    assert [(row["beneficiary"], row["amount_pence"]) for row in grants] == [("Friends of B01", "900000")]
    assert list(grants[0]) == GRANTS.columns


def test_the_360giving_file_meets_the_standard(
    client: StrictClient, awarded: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(client.app.extensions["settings"], grants_prefix="exampleshire", funder_id="GB-LAE-XXX")
    monkeypatch.setitem(client.app.extensions, "settings", own)

    given = get(client, "/data/360giving.json").json

    validate(given, GRANTS_SCHEMA)
    assert given
    (grant,) = given["grants"]
    assert (grant["amountAwarded"], grant["recipientOrganization"][0]["name"]) == (9000, "Friends of B01")
    assert "Dev" not in json.dumps(given)
