"""schema.org's description of a round's data, for search engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pb.opendata.models import PublishedFile
from pb.opendata.package import OGL
from pb.results.models import Publication
from pb.rounds.models import Round


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
