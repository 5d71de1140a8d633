"""Reading published files and what lies beside them. Ballots are read by `pb.results.pack` alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import undefer

from pb.core.db import session
from pb.core.errors import NotFound
from pb.opendata.models import BallotFiles, PublishedFile
from pb.results.models import Publication
from pb.rounds.models import Round


def files_of(publication_id: int) -> Sequence[PublishedFile]:
    """The files of a version in the order they were made, the pack first, without their contents."""
    mine = select(PublishedFile).where(PublishedFile.publication_id == publication_id)
    return session().scalars(mine.order_by(PublishedFile.id)).all()


def file_of(round_id: int, version: int, name: str) -> PublishedFile:
    """One file with its content. Raises: NotFound."""
    wanted = select(PublishedFile).join(Publication, Publication.id == PublishedFile.publication_id)
    wanted = wanted.where(Publication.round_id == round_id, Publication.version == version, PublishedFile.name == name)
    found = session().scalars(wanted.options(undefer(PublishedFile.content))).one_or_none()
    if found is None:
        raise NotFound
    return found


def ballot_files(count_ids: Sequence[int]) -> dict[int, BallotFiles]:
    """What was made ahead of the ballots of these counts; contents are read when touched."""
    mine = select(BallotFiles).where(BallotFiles.count_id.in_(count_ids))
    return {files.count_id: files for files in session().scalars(mine.order_by(BallotFiles.count_id))}


def versions_without_files(round: Round) -> Sequence[Publication]:
    """Versions published before files were kept, or imported by an older program; oldest first."""
    mine = select(Publication).outerjoin(PublishedFile, PublishedFile.publication_id == Publication.id)
    mine = mine.where(Publication.round_id == round.id, PublishedFile.id.is_(None))
    return session().scalars(mine.order_by(Publication.version)).all()
