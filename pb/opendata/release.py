"""The files of one published version, as bytes. What each holds is decided in the module that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import force_locale

from pb.opendata import dictionary, tables
from pb.opendata.models import BallotFiles
from pb.opendata.package import package_of
from pb.results.models import Publication
from pb.results.pack import Issuer, PotInPack, contents_of, pack_of
from pb.results.packfile import json_text, sha256
from pb.rounds.models import Round

PACK = "contest.zip"
RESULT = "result.json"


@dataclass(frozen=True)
class File:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Release:
    """A version with all that its files are made of."""

    round: Round
    publication: Publication
    pots: Sequence[PotInPack]
    ballots: Mapping[int, BallotFiles]
    """By count, of the pots that publish them."""
    issuer: Issuer

    @property
    def base(self) -> str:
        """The permanent address of this version."""
        return f"{self.issuer.site}/data/rounds/{self.round.slug}/v{self.publication.version}"


def files_in(release: Release) -> list[File]:
    """Every file of the version, in the council's own language; the descriptor and the list of hashes last."""
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        files = [*_pack(release), *_tables(release)]
        files.append(_json("projects.geojson", tables.geojson_of(release), "application/geo+json"))
        files.append(_json("datapackage.json", package_of(release, files), "application/json"))
    return [*files, _manifest(files)]


def _pack(release: Release) -> list[File]:
    """The pack, and beside it what of its contents people also want alone."""
    round, publication, issuer = release.round, release.publication, release.issuer
    ballots = {pot.file: release.ballots[pot.count.id].pabulib for pot in release.pots if pot.file}
    inside = contents_of(round, publication, release.pots, ballots)
    pack = File(PACK, "application/zip", pack_of(round, publication, inside, issuer))
    alone = [File(name, "text/plain", content) for name, content in ballots.items()]
    return [pack, File(RESULT, "application/json", inside[RESULT]), *alone]


def _tables(release: Release) -> list[File]:
    rows = {
        dictionary.PROJECTS: tables.project_rows,
        dictionary.RESULTS: tables.result_rows,
        dictionary.TURNOUT: tables.turnout_rows,
    }
    files = [File(t.file, "text/csv", tables.csv_of(t, make(release)).encode()) for t, make in rows.items()]
    parts = [release.ballots[pot.count.id].table for pot in release.pots if pot.file]
    heading = tables.csv_of(dictionary.BALLOTS, ()).encode()
    return [*files, File(dictionary.BALLOTS.file, "text/csv", b"".join([heading, *parts]))] if parts else files


def _json(name: str, value: dict[str, Any], media_type: str) -> File:
    return File(name, media_type, json_text(value).encode())


def _manifest(files: Sequence[File]) -> File:
    """One line a file, as `sha256sum --check` reads it."""
    lines = [f"{sha256(file.content)}  {file.name}\n" for file in sorted(files, key=lambda file: file.name)]
    return File("MANIFEST.txt", "text/plain", "".join(lines).encode())
