"""Pages for programs: results as JSON, read from the published files, and schema.org's description of a data set."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from pb.core.errors import NotFound
from pb.opendata.dictionary import RESULTS
from pb.opendata.models import PublishedFile
from pb.opendata.package import OGL
from pb.results.models import Publication
from pb.rounds.models import Round

PLAIN: dict[str, Callable[[str], Any]] = {"integer": int, "boolean": lambda text: text == "true", "string": str}


def result_of(table: bytes, code: str) -> dict[str, Any]:
    """One project's row of a published `results.csv`, typed as the dictionary says. Raises: NotFound."""
    rows = csv.DictReader(io.StringIO(table.decode(), newline=""))
    row = next((row for row in rows if row["code"] in (code, f"'{code}")), None)
    if row is None:
        raise NotFound
    return {field.name: PLAIN[field.kind](row[field.name]) if row[field.name] else None for field in RESULTS.fields}


def dataset_of(
    round: Round, publication: Publication, files: Sequence[PublishedFile], *, council: str, site: str
) -> dict[str, Any]:
    """schema.org `Dataset`, for search engines."""
    base = f"{site}/data/rounds/{round.slug}"
    publisher = {"@type": "GovernmentOrganization", "name": council, "url": site}
    downloads = [
        {
            "@type": "DataDownload",
            "name": file.name,
            "contentUrl": f"{base}/v{publication.version}/{file.name}",
            "encodingFormat": file.media_type,
            "contentSize": f"{file.size} B",
            "sha256": file.sha256,
        }
        for file in files
    ]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": round.title,
        "description": round.purpose or round.title,
        "url": base,
        "identifier": f"{base}/v{publication.version}",
        "version": str(publication.version),
        "license": OGL["path"],
        "creator": publisher,
        "publisher": publisher,
        "isAccessibleForFree": True,
        "dateModified": publication.published_at.isoformat(),
        "temporalCoverage": f"{(round.frozen_at or round.created_at).date()}/{publication.published_at.date()}",
        "spatialCoverage": [ward.name for ward in round.wards] or [council],
        "distribution": downloads,
    }
