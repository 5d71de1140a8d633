"""Packs that were changed, or made to harm who opens them. `FLIPS=1000` (or `all`) flips more bytes than usual."""

from __future__ import annotations

import io
import json
import os
import random
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from nacl.signing import SigningKey

from pb.results import packfile, verify
from pb.results.verify_command import verify_pack
from tests.conftest import FixedClock
from tests.support.opendata import ISSUER, MANY, SMALL_POT, pack_bytes
from tests.support.results import published_round

FLIPS = os.environ.get("FLIPS", "60")


@pytest.fixture
def pack(sqlite_app: Flask, clock: FixedClock) -> bytes:
    return pack_bytes(published_round(clock, MANY, pots=SMALL_POT))


def first(content: bytes, trusted: bytes | None = None) -> verify.Finding:
    return verify.check(content, trusted)[0]


def test_every_flipped_byte_is_refused(pack: bytes) -> None:
    dice = random.Random(5)
    every = range(len(pack))
    places = every if FLIPS == "all" else dice.sample(every, min(int(FLIPS), len(pack)))

    accepted = [place for place in places if first(flipped(pack, place, dice.randrange(1, 256))).holds]

    assert accepted == []


def flipped(pack: bytes, place: int, by: int) -> bytes:
    return pack[:place] + bytes([pack[place] ^ by]) + pack[place + 1 :]


def test_bytes_before_after_or_missing_are_refused(pack: bytes) -> None:
    for changed in (pack + b"\n", b"\n" + pack, pack[:-1], pack[1:], b"", b"PK", pack + pack):
        assert first(changed).holds is False


def resealed(pack: bytes, name: str, content: bytes, key: SigningKey = ISSUER.key) -> bytes:
    """The pack with one file changed, signed anew by whoever holds `key`."""
    files = packfile.unzip(pack)
    facts = json.loads(files["manifest.json"])
    inside = {n: c for n, c in files.items() if n not in (packfile.MANIFEST, packfile.SIGNATURE, packfile.KEY)}
    kept = {k: v for k, v in facts.items() if k not in ("files", "format")}
    return packfile.sign(inside | {name: content}, kept, key)


def no(pack: bytes) -> set[str]:
    return {finding.question for finding in verify.check(pack) if finding.holds is False}


def changed(pack: bytes, name: str, old: str, new: str) -> bytes:
    text = packfile.unzip(pack)[name].decode()
    assert old in text
    return resealed(pack, name, text.replace(old, new, 1).encode())


def test_another_key_is_noticed_by_who_has_the_right_one(pack: bytes) -> None:
    forged = resealed(pack, "METHOD.md", b"Trust me.", SigningKey(b"x" * 32))

    assert first(forged).holds is True
    assert first(forged, bytes(ISSUER.key.verify_key)).words == "it was signed by another key than the one you gave"


@pytest.mark.parametrize(
    ("name", "old", "new", "question"),
    [
        ("pot-1.pb", "\n240;B03\n", "\n240;B01\n", "Does counting again give the same result?"),
        ("projects.csv", "900000", "900001", "Are projects and costs those that people voted on?"),
        ("config.json", '"max_picks":10', '"max_picks":11', "Were the rules fixed before voting?"),
        ("journal.jsonl", '"subject":"', '"subject":"x', "Does the decision record hold together?"),
        ("result.json", '"support": 200', '"support": 201', "Is the result the one that was certified?"),
        ("result.json", '"counts_sha256": "', '"counts_sha256": "0', "Did two people certify this result?"),
        ("result.json", "cost_votes_lot:", "cost_votes_lot:0", "Was the order for ties fixed before voting?"),
    ],
)
def test_even_the_council_cannot_change_one_file_unnoticed(
    pack: bytes, name: str, old: str, new: str, question: str
) -> None:
    assert question in no(changed(pack, name, old, new))


@pytest.mark.parametrize("name", ["result.json", "config.json", "journal.jsonl", "projects.csv", "pot-1.pb"])
@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"[" * 5000, b"\xff\xfe", b'{"pots":[{}]}', b'{"pots":7}'])
def test_nonsense_inside_is_a_no_and_never_a_crash(pack: bytes, name: str, junk: bytes) -> None:
    assert no(resealed(pack, name, junk))


# -- zips that harm


def zipped(members: list[tuple[str, bytes]], kind: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", kind) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        (zipped([("bomb", b"0" * 50_000_000)], zipfile.ZIP_DEFLATED), "compressed"),
        (zipped([("../../etc/passwd", b"x")]), "a name that no pack has"),
        (zipped([("/absolute", b"x")]), "a name that no pack has"),
        (zipped([(f"f{n}", b"") for n in range(300)]), "300 files"),
        (zipped([("manifest.json", b"{}")]), "not as it was published"),
        (packfile.zip_of({"manifest.json": b"{}"}), "missing"),
        (b"PK\x05\x06" + b"\xff" * 18, "not a whole zip"),
    ],
)
def test_a_hostile_zip_is_refused_in_no_time(hostile: bytes, words: str) -> None:
    before = time.process_time()

    found = first(hostile)

    assert found.holds is False
    assert words in found.words
    assert time.process_time() - before < 2


def test_the_command_says_no_and_exits_with_one(pack: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(flipped(pack, 1000, 1))
    (tmp_path / "bad.pem").write_text("not a key")

    refused = CliRunner().invoke(verify_pack, [str(tmp_path / "p.zip")])
    no_key = CliRunner().invoke(verify_pack, [str(tmp_path / "p.zip"), "--key", str(tmp_path / "bad.pem")])

    assert (refused.exit_code, no_key.exit_code) == (1, 3)
    assert "REFUSED" in refused.output
