"""What the count desk shows one member of staff: where the count stands and what they may do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from pb.core.actor import Actor
from pb.results import jobs, queries, service
from pb.results.errors import ProjectMissing
from pb.results.lot import commitment_of
from pb.results.models import Certification, Count, CountingJob, Publication
from pb.results.page import Results, unpublished
from pb.rounds.models import Project, Round

Task = tuple[str, str | None, str, str, str | None]
"""Words, address, state, kind of tag, hint: what `ui.task_list` takes."""


def _task(words: str, done: bool, *, is_next: bool, hint: str | None = None) -> Task:
    state, kind = (_("Done"), "good") if done else (_("Next"), "") if is_next else (_("Later"), "quiet")
    return (words, None, state, kind, hint)


@dataclass(frozen=True)
class Desk:
    """`results` is the newest official count as the public will read it; None before the first."""

    round: Round
    viewer: Actor
    is_open: bool
    is_running: bool
    job: CountingJob | None
    results: Results | None
    mark: str
    words: Sequence[Certification]
    recounts: Sequence[Count]
    publication: Publication | None
    study: CountingJob | None
    is_studying: bool
    files: CountingJob | None
    is_making_files: bool
    lacks_files: bool
    at: datetime
    commitment: str | None

    @property
    def is_certified(self) -> bool:
        return service.is_certified(self.words)

    @property
    def has_certified(self) -> bool:
        return self.viewer.id in {word.person_id for word in self.words}

    @property
    def is_published(self) -> bool:
        """The count on the desk is the one people read."""
        return self.publication is not None and self.publication.counts_sha256 == self.mark

    @property
    def next_version(self) -> int:
        return self.publication.version + 1 if self.publication else 1

    @property
    def seconds(self) -> int:
        """For how long the present count has been running."""
        return max(int((self.at - self.job.started_at).total_seconds()), 0) if self.job else 0

    @property
    def was_interrupted(self) -> bool:
        """A count that never said how it ended: the process that did it was stopped."""
        return self.job is not None and self.job.state == "running" and not self.is_running

    @property
    def is_studied(self) -> bool:
        return jobs.is_finished(self.study)

    @property
    def tasks(self) -> list[Task]:
        """The four steps with their state, for the list at the top."""
        counted = self.results is not None
        words = ngettext("%(num)s person so far", "%(num)s people so far", len(self.words))
        if len(self.words) > 1 and not self.is_certified:
            words = _("The returning officer has not certified yet.")
        return [
            _task(_("Box opened"), self.is_open, is_next=True),
            _task(_("Votes counted"), counted, is_next=self.is_open),
            _task(_("Certified by two people"), self.is_certified, is_next=counted, hint=words if counted else None),
            _task(_("Results published"), self.is_published, is_next=self.is_certified),
        ]

    @property
    def last_recount_is_same(self) -> bool | None:
        """Whether the newest repetition of every pot gave the same bytes; None when nobody repeated this count."""
        if self.results is None:
            return None
        newest = {count.pot_id: count.outcome_sha256 for count in self.recounts}
        official = {pot.pot.id: pot.count for pot in self.results.whole.pots}
        if any(pot not in newest for pot in official):
            return None
        return all(newest[pot] == count.outcome_sha256 for pot, count in official.items())

    @property
    def project_choices(self) -> list[tuple[str, str]]:
        pots = self.results.whole.pots if self.results else ()
        return [(line.code, f"{line.code} {line.project.title}") for pot in pots for line in pot.lines]

    def as_counted(self, code: str) -> tuple[Project, bool]:
        """The project and whether the count funds it.

        Raises: ProjectMissing
        """
        found = self.results.whole.find(code) if self.results else None
        if found is None:
            raise ProjectMissing
        _report, line = found
        return line.project, line.is_funded


def desk_of(round: Round, viewer: Actor, now: datetime) -> Desk:
    counts = queries.official_counts(round.id)
    mark = service.mark_of(counts) if counts else ""
    job, study, files = queries.job_of(round.id), queries.study_of(round.id), queries.files_job_of(round.id)
    return Desk(
        round=round,
        viewer=viewer,
        is_open=service.is_open(round),
        is_running=jobs.is_running(job, now),
        job=job,
        results=unpublished(round, counts) if counts else None,
        mark=mark,
        words=queries.certifications(round.id, mark) if counts else (),
        recounts=queries.recounts(round.id),
        publication=queries.latest_publication(round.id),
        study=study,
        is_studying=jobs.is_running(study, now),
        files=files,
        is_making_files=jobs.is_running(files, now),
        lacks_files=bool(counts) and service.lacks_files(round),
        at=now,
        commitment=commitment_of(round),
    )
