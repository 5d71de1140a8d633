"""Published files: permanent, the same bytes for ever, open to other programs, and nothing before publication."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flask import Flask

from pb.core import slots
from pb.core.actor import Role
from pb.core.db import session
from pb.opendata import program, queries, service
from pb.opendata.elsewhere import issuer
from pb.opendata.models import PublishedFile
from pb.results import packfile, verify
from pb.results import service as results
from pb.results.queries import latest_publication, publications
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.results.test_pabulib import bring_in, write
from tests.results.test_pack import run
from tests.support.client import StrictClient, text_of
from tests.support.opendata import MANY, SMALL_POT, published_pack
from tests.support.people import actor_for, make_person
from tests.support.results import certified_round, published_round


@pytest.fixture
def round(client: StrictClient, clock: FixedClock) -> Round:
    return session().merge(published_round(clock, MANY, pots=SMALL_POT))


def test_publishing_keeps_the_files(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock, MANY, pots=SMALL_POT)

    files = {file.name: file for file in queries.files_of(publications(round.id)[0].id)}

    assert {"contest.zip", "pot-1.pb"} <= set(files)
    assert {name: (file.sha256, file.size) for name, file in files.items()} == {
        name: (packfile.sha256(file.content), len(file.content)) for name, file in files.items()
    }
    assert False not in [finding.holds for finding in verify.check(published_pack(round))]


def test_files_of_a_version_are_never_made_twice(sqlite_app: Flask, clock: FixedClock) -> None:
    round = session().merge(published_round(clock, MANY, pots=SMALL_POT))
    publication = latest_publication(round.id)
    assert publication

    assert service.publish_files(round, publication, issuer()) == []
    session().query(PublishedFile).delete()
    assert service.publish_missing(round, issuer()) == 1


def test_a_refused_publication_leaves_no_files(sqlite_app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)

    results.publish(session().merge(round), by=actor_for(make_person("Pat", Role.OFFICER)), now=clock())
    assert session().query(PublishedFile).count() > 0
    session().rollback()

    assert session().query(PublishedFile).count() == 0


def test_a_file_has_a_permanent_address_with_etag_date_and_cors(client: StrictClient, round: Round) -> None:
    address = f"/data/rounds/{round.slug}/v1/contest.zip"

    got = client.client.get(address)
    again = client.client.get(address, headers={"If-None-Match": got.headers["ETag"]})
    part = client.client.get(address, headers={"Range": "bytes=0-1"})
    head = client.client.head(address)

    assert got.data == published_pack(round)
    assert got.headers["ETag"] == f'"{packfile.sha256(got.data)}"'
    assert (got.headers["Access-Control-Allow-Origin"], got.headers["Cross-Origin-Resource-Policy"]) == (
        "*",
        "cross-origin",
    )
    assert "Last-Modified" in got.headers
    assert "Set-Cookie" not in got.headers
    assert (again.status_code, again.data) == (304, b"")
    assert (part.status_code, part.data) == (206, b"PK")
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(got.data))


def test_the_latest_address_leads_to_the_newest_version(client: StrictClient, round: Round) -> None:
    answer = client.client.get(f"/data/rounds/{round.slug}/latest/contest.zip")

    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/data/rounds/{round.slug}/v1/contest.zip"


@pytest.mark.parametrize(
    "path", ["", "/count-it-yourself", "/v1/contest.zip", "/v1/pot-1.pb", "/latest/contest.zip", "/v9/contest.zip"]
)
def test_nothing_leaks_before_publication(client: StrictClient, clock: FixedClock, path: str) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)

    client.get(f"/data/rounds/{round.slug}{path}", status=404)
    assert round.title not in client.get("/data").words


def test_unknown_files_and_versions_are_not_found(client: StrictClient, round: Round) -> None:
    for path in ("v2/contest.zip", "v1/nothing.csv", "v1/..%2f..%2fetc", "v0/contest.zip", "latest/nothing"):
        client.get(f"/data/rounds/{round.slug}/{path}", status=404)


def test_the_key_is_at_a_fixed_address(client: StrictClient, round: Round) -> None:
    pem = client.client.get("/data/signing-key.pem").data

    assert packfile.unzip(published_pack(round))["key.pem"] == pem
    assert packfile.fingerprint(packfile.key_in(pem)) in client.get("/data").words


def test_results_round_page_and_footer_lead_to_the_data(client: StrictClient, round: Round) -> None:
    for address in (f"/rounds/{round.slug}", f"/rounds/{round.slug}/results"):
        links = {link.get("href") for link in client.get(address).tree.iter("a")}
        assert {"/data", f"/data/rounds/{round.slug}", f"/data/rounds/{round.slug}/count-it-yourself"} <= links


def test_the_commands_on_the_page_are_true(client: StrictClient, round: Round, tmp_path: Path) -> None:
    page = client.get(f"/data/rounds/{round.slug}/count-it-yourself")
    commands = [text_of(block) for block in page.tree.iter("pre")]
    for command in commands:
        if command.startswith("curl"):
            _curl, _o, name, address = command.split()
            (tmp_path / name).write_bytes(client.client.get(address.removeprefix("http://localhost")).data)

    typed = [command for command in commands if not command.startswith(("curl", "python3 -m pip"))]
    said = [run([sys.executable if word == "python3" else word for word in c.split()], cwd=tmp_path) for c in typed]

    everything = " ".join(answer.stdout for answer in said)
    assert "contest.zip: everything that can be checked holds." in everything
    assert "2 projects funded, 19000 of 20000 spent" in everything
    assert "Signature Verified Successfully" in everything
    assert text_of(page.one("main")).count("Count by yourself") == 1


def test_the_program_is_the_same_bytes_each_time() -> None:
    program.archive.cache_clear()
    once = program.archive()
    program.archive.cache_clear()

    assert program.archive() == once


def test_a_correction_is_a_new_version_and_the_old_files_stay(
    client: StrictClient, round: Round, clock: FixedClock
) -> None:
    before = {file.name: file.sha256 for file in queries.files_of(publications(round.id)[0].id)}
    by = actor_for(make_person("Pip", Role.OFFICER))
    results.publish(session().merge(round), by=by, now=clock(), note="One title was misspelt.")
    session().commit()

    newest, oldest = publications(round.id)

    assert (newest.version, oldest.version) == (2, 1)
    assert {file.name: file.sha256 for file in queries.files_of(oldest.id)} == before
    assert "One title was misspelt." in queries.file_of(round.id, 2, "datapackage.json").content.decode()
    assert (
        client.client.get(f"/data/rounds/{round.slug}/latest/results.csv")
        .headers["Location"]
        .endswith("/v2/results.csv")
    )
    assert "One title was misspelt." in client.get(f"/data/rounds/{round.slug}").words
    found = verify.check(queries.file_of(round.id, 2, "contest.zip").content)
    assert [finding for finding in found if finding.holds is False] == []


def test_an_imported_round_has_a_pack_that_verifies_and_is_replaced_with_it(sqlite_app: Flask, tmp_path: Path) -> None:
    source = write(tmp_path)
    first = bring_in(source)

    again = bring_in(source)
    slots.gathered("results.imported", round_id=again.id, told=lambda _done, _total: None)

    assert first.slug == again.slug
    assert session().query(PublishedFile).filter_by(name="contest.zip").count() == 1
    found = verify.check(published_pack(again))
    assert [finding for finding in found if finding.holds is False] == []
    assert "counted again" in found[-1].words
