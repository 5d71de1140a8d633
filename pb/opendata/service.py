"""Write the files of a published version, in the same transaction as the publication."""

from __future__ import annotations

from sqlalchemy import delete, select

from pb.core.db import session
from pb.opendata import ballots, queries
from pb.opendata.models import BallotFiles, PublishedFile
from pb.opendata.release import Release, files_in
from pb.results.models import Publication
from pb.results.pack import Issuer, pots_of
from pb.results.packfile import sha256
from pb.rounds.models import Round


def publish_files(round: Round, publication: Publication, issuer: Issuer) -> list[PublishedFile]:
    """Make and keep every file of a version that has none yet; a version's files are never made twice."""
    has_some = session().scalar(select(PublishedFile.id).where(PublishedFile.publication_id == publication.id).limit(1))
    if has_some is not None:
        return []
    pots = pots_of(round, publication)
    release = Release(round, publication, pots, ballots.files_of(round, pots, issuer), issuer)
    kept = [
        PublishedFile(
            publication_id=publication.id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=sha256(file.content),
            content=file.content,
        )
        for file in files_in(release)
    ]
    session().add_all(kept)
    session().execute(delete(BallotFiles).where(BallotFiles.count_id.in_([pot.count.id for pot in pots])))
    session().flush()
    return kept


def publish_missing(round: Round, issuer: Issuer) -> int:
    """How many versions of a round got the files they did not have."""
    return sum(bool(publish_files(round, version, issuer)) for version in queries.versions_without_files(round))
