"""Published files, kept as they were published: a permanent address gives the same bytes for ever."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from pb.core.db import Base
from pb.results.models import Publication


class PublishedFile(Base):
    """One file of one published version of a round's results, written in the same transaction as the publication."""

    __tablename__ = "published_file"
    __table_args__ = (UniqueConstraint("publication_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"), index=True)
    """With it go the files: only an imported round is ever imported afresh."""
    name: Mapped[str] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))

    publication: Mapped[Publication] = relationship()


class BallotFiles(Base):
    """The ballots of one count as files, made before its publication, which then need not take the time; gone with it.

    Of a city they take half a minute, and nobody could vote elsewhere while a publication made them.
    """

    __tablename__ = "ballot_files"

    count_id: Mapped[int] = mapped_column(ForeignKey("count.id", ondelete="CASCADE"), primary_key=True)
    pabulib: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    table: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    """Its lines of `ballots.csv`, without the heading."""
