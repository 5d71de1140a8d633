"""`datapackage.json`: what each file of a version is, column by column. Frictionless Data Package 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pb.opendata import words
from pb.opendata.dictionary import TABLES, Table
from pb.results import tally
from pb.results.pack import PotInPack
from pb.results.packfile import sha256
from pb.results.secrecy import shown_hash

if TYPE_CHECKING:  # a release holds its package, and a package describes a release
    from pb.opendata.release import File, Release

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
OGL = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}


def package_of(release: Release, files: Sequence[File]) -> dict[str, Any]:
    """The descriptor of a version: whose it is, under which terms, what is in each file, and each file's hash."""
    round, publication = release.round, release.publication
    return {
        "$schema": PROFILE,
        "name": round.slug,
        "id": f"{release.base}/datapackage.json",
        "title": round.title,
        "description": round.purpose,
        "homepage": f"{release.issuer.site}/data/rounds/{round.slug}",
        "version": f"{publication.version}.0.0",
        "created": publication.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "licenses": [OGL],
        "contributors": [{"title": release.issuer.council, "roles": ["publisher"]}],
        "sources": [{"title": round.imported_from}] if round.imported_from else [],
        "correction": publication.note if publication.version > 1 else "",
        "counts": [_count(pot) for pot in release.pots],
        "resources": [_resource(file) for file in files],
    }


def _count(pot: PotInPack) -> dict[str, Any]:
    """Provenance: by which rule and engine, from which ballots, certified as what."""
    count = pot.count
    return {
        "pot": count.pot.name,
        "pence": count.pot.amount,
        "rule": count.rule,
        "completion": count.completion,
        "ties": tally.outcome_of(count.outcome_json).ties,
        "engine": count.engine,
        "ballots": count.ballots,
        "ballots_sha256": shown_hash(count.ballots_sha256, pot.withheld),
        "outcome_sha256": count.outcome_sha256,
    }


def _resource(file: File) -> dict[str, Any]:
    name, _dot, kind = file.name.rpartition(".")
    described = {
        "name": name.lower() if kind == "csv" else file.name.lower().replace(".", "-"),
        "path": file.name,
        "format": kind,
        "mediatype": file.media_type,
        "bytes": len(file.content),
        "hash": f"sha256:{sha256(file.content)}",
        "description": words.about(file.name),
    }
    table = TABLES.get(name) if kind == "csv" else None
    return described | (_table(table) if table else {})


def _table(table: Table) -> dict[str, Any]:
    return {
        "type": "table",
        "title": str(table.title),
        "encoding": "utf-8",
        "schema": {
            "fields": [field.schema() for field in table.fields],
            "primaryKey": list(table.key),
            "missingValues": [""],
        },
    }
