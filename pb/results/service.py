"""Count, certify by two people, publish: each a verb of its own, each in the record. `decisions` has what follows.

The engine runs on plain data (`tally`). Small counts run inside the request; for large ones `pb.results.jobs` calls
`tasks_to_count`, runs them outside any transaction, and hands the tallies to `keep_official` or `keep_recount`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from pb.core import slots
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.counting import CountingError
from pb.discussion import election
from pb.journal import kinds
from pb.journal.service import record
from pb.proposals import service as proposals
from pb.results import errors, queries, tally
from pb.results.models import Certification, Count, Publication
from pb.rounds import service as rounds
from pb.rounds.choices import LOTS
from pb.rounds.freezing import tie_seed
from pb.rounds.models import Pot, Project, Round
from pb.voting.models import Contest

DUTY = (Role.RETURNING_OFFICER, Role.OFFICER)
SHORTEST_REASON = 10

kinds.declare(
    {
        "count.made": _l("The votes were counted: %(ballots)s ballots."),
        "count.repeated": _l("The votes were counted again. The same result: %(same)s."),
        "result.certified": _l("The count was certified by one of two people."),
        "result.corrected": _l("The published result was corrected: version %(version)s."),
    }
)


@dataclass(frozen=True)
class Recount:
    """A repetition, pot by pot beside the official count."""

    is_same: bool
    counts: list[Count]


# -- counting


def count_round(round: Round, *, by: Actor, now: datetime) -> list[Count]:
    """Count every pot from its opened ballots by the frozen rule, here and now.

    Raises: NotYours; BoxNotOpened; CannotCount; AlreadyCounted when the result would be the same bytes again
    """
    hold(round)
    return keep_official(round, run_all(tasks_to_count(round, by=by)), by=by, now=now)


def recount(round: Round, *, by: Actor, now: datetime) -> Recount:
    """Count again and compare the bytes with the official count.

    Raises: NotYours; BoxNotOpened; CannotCount; NotCounted
    """
    hold(round)
    return keep_recount(round, run_all(tasks_to_count(round, by=by)), by=by, now=now)


def tasks_to_count(round: Round, *, by: Actor) -> list[tally.Task]:
    """What there is to count, as plain data.

    Raises: NotYours; BoxNotOpened
    """
    check_countable(round, by=by)
    return queries.tasks_of(round, ties_of(round))


def run_all(tasks: Sequence[tally.Task], progress: tally.Progress | None = None) -> list[tally.Tally]:
    """Raises: CannotCount, with what the engine said."""
    try:
        return [tally.run(task, progress) for task in tasks]
    except CountingError as error:
        raise errors.CannotCount(str(error)) from error


def check_countable(round: Round, *, by: Actor) -> None:
    """Raises: NotYours; BoxNotOpened."""
    if not by.has(*DUTY, Role.SYSTEM):
        raise errors.NotYours
    if not is_open(round):
        raise errors.BoxNotOpened


def is_open(round: Round) -> bool:
    """Whether there are opened ballots to count. An imported round never had a box."""
    contest = session().get(Contest, round.id)
    return round.imported_from is not None or (contest is not None and contest.state == "unsealed")


def ties_of(round: Round) -> str:
    """The label of the round's tie rule, its lot included: committed to before voting, published with the result."""
    return f"{round.tie_rule}:{tie_seed(round)}" if round.tie_rule in LOTS else round.tie_rule


def keep_official(round: Round, tallies: Sequence[tally.Tally], *, by: Actor, now: datetime) -> list[Count]:
    """Keep a finished count as the official one.

    Raises: AlreadyCounted
    """
    hold(round)
    if [count.outcome_sha256 for count in queries.official_counts(round.id)] == [t.outcome_sha256 for t in tallies]:
        raise errors.AlreadyCounted
    counts = keep_counts(round, zip(round.pots, tallies, strict=True), purpose="official", by=by, now=now)
    facts: dict[str, Any] = {"ballots": sum(count.ballots for count in counts), "counts_sha256": mark_of(counts)}
    record("count.made", by=by, now=now, subject=round.slug, round_id=round.id, rule=round.rule, **facts)
    return counts


def keep_recount(round: Round, tallies: Sequence[tally.Tally], *, by: Actor, now: datetime) -> Recount:
    """Keep a repetition and say whether it is the same, byte for byte.

    Raises: NotCounted
    """
    hold(round)
    official = queries.official_counts(round.id)
    if not official:
        raise errors.NotCounted
    counts = keep_counts(round, zip(round.pots, tallies, strict=True), purpose="recount", by=by, now=now)
    same = mark_of(counts) == mark_of(official)
    facts: dict[str, Any] = {"same": same, "counts_sha256": mark_of(counts)}
    record("count.repeated", by=by, now=now, subject=round.slug, round_id=round.id, **facts)
    return Recount(same, counts)


def keep_counts(
    round: Round, tallies: Iterable[tuple[Pot, tally.Tally]], *, purpose: str, by: Actor, now: datetime
) -> list[Count]:
    """Write one row a pot, numbered on from what is there."""
    counts = [
        Count(
            round_id=round.id,
            pot_id=pot.id,
            number=_last_number(pot, purpose) + 1,
            purpose=purpose,
            rule=counted.task.rule,
            completion=counted.task.completion,
            ballots=counted.ballots,
            ballots_sha256=counted.ballots_sha256,
            outcome_json=counted.outcome_json,
            outcome_sha256=counted.outcome_sha256,
            facts=counted.facts,
            engine=tally.engine_mark(),
            counted_at=now,
            counted_by=by.id,
        )
        for pot, counted in tallies
    ]
    session().add_all(counts)
    session().flush()
    return counts


def _last_number(pot: Pot, purpose: str) -> int:
    mine = select(func.max(Count.number)).where(Count.pot_id == pot.id, Count.purpose == purpose)
    return session().scalar(mine) or 0


def mark_of(counts: Sequence[Count]) -> str:
    """The one hash that people certify: over the outcomes of all pots."""
    return tally.together(count.outcome_sha256 for count in counts)


# -- two people's word


def certify(round: Round, *, by: Actor, now: datetime, seen: str | None = None) -> Certification:
    """Give one's word that the count is right. `seen`: the hash that was on the page.

    Raises: NotYours; NotCounted; CountChanged; AlreadyCertified
    """
    if by.id is None or not by.has(*DUTY):
        raise errors.NotYours
    mark = _current_mark(round, seen)
    if by.id in {word.person_id for word in queries.certifications(round.id, mark)}:
        raise errors.AlreadyCertified
    role = Role.RETURNING_OFFICER if by.has(Role.RETURNING_OFFICER) else Role.OFFICER
    word = Certification(round_id=round.id, counts_sha256=mark, person_id=by.id, role=role.value, certified_at=now)
    session().add(word)
    session().flush()
    record("result.certified", by=by, now=now, subject=round.slug, round_id=round.id, counts_sha256=mark)
    return word


def is_certified(words: Sequence[Certification]) -> bool:
    """Two different people, one of them the returning officer."""
    roles = {word.role for word in words}
    return len({word.person_id for word in words}) >= 2 and Role.RETURNING_OFFICER.value in roles


def _current_mark(round: Round, seen: str | None) -> str:
    """Hold the round and give the hash of its newest count. Raises: NotCounted; CountChanged."""
    hold(round)
    counts = queries.official_counts(round.id)
    if not counts:
        raise errors.NotCounted
    mark = mark_of(counts)
    if seen not in (None, mark):
        raise errors.CountChanged
    return mark


# -- publishing


def publish(
    round: Round, *, by: Actor, now: datetime, note: str = "", seen: str | None = None, version: int | None = None
) -> Publication:
    """Publish the certified count as the next version; the first one opens the log's entries and moves the round on.

    note:    what was wrong, for a correction (which two people must agree on: `pb.results.correcting`)
    version: the one the page was about to publish
    Raises:  as `check_publishable`; BeforeElection: a first result waits until it is over (a correction takes two)
    """
    number, mark = check_publishable(round, by=by, note=note, seen=seen, version=version)
    if number == 1 and election.is_on(round.id, now):
        raise errors.BeforeElection
    publication = _next_version(round, number, mark, note.strip(), by, now)
    _tell(round, publication, by=by, now=now)
    return publication


def check_publishable(round: Round, *, by: Actor, note: str, seen: str | None, version: int | None) -> tuple[int, str]:
    """The number and the hash of the version that can be published now. Holds the round.

    Raises:  NotYours; NotCounted; CountChanged; NotCertified; AlreadyPublished; NoteMissing; FilesNotMade
    """
    if not by.has(*DUTY):
        raise errors.NotYours
    mark = _current_mark(round, seen)
    if not is_certified(queries.certifications(round.id, mark)):
        raise errors.NotCertified
    before = queries.latest_publication(round.id)
    number = before.version + 1 if before else 1
    if version not in (None, number):
        raise errors.AlreadyPublished
    if before and len(note.strip()) < SHORTEST_REASON:
        raise errors.NoteMissing
    if lacks_files(round):
        raise errors.FilesNotMade
    return number, mark


def lacks_files(round: Round) -> bool:
    """Whether its newest count has so many ballots that their files must be made before it can be published."""
    return any(slots.gathered("results.files_missing", counts=queries.official_counts(round.id)))


def _next_version(round: Round, number: int, mark: str, note: str, by: Actor, now: datetime) -> Publication:
    ids: list[Any] = [count.id for count in queries.official_counts(round.id)]
    publication = Publication(
        round_id=round.id,
        version=number,
        counts_sha256=mark,
        count_ids=ids,
        note=note,
        published_at=now,
        published_by=by.id,
    )
    session().add(publication)
    session().flush()
    return publication


def _tell(round: Round, publication: Publication, *, by: Actor, now: datetime) -> None:
    """The journal, the round, the proposals and the log learn of it in the same transaction."""
    facts: dict[str, Any] = {"version": publication.version, "counts_sha256": publication.counts_sha256}
    if publication.version == 1:
        rounds.mark_published(round, by=by, now=now, **facts)
    else:
        record(
            "result.corrected",
            by=by,
            now=now,
            subject=round.slug,
            round_id=round.id,
            reason=publication.note,
            **facts,
        )
    settle(round, publication, by=by, now=now)
    slots.gathered("results.published", round=round, publication=publication, by=by, now=now)


def funded_projects(round: Round, publication: Publication) -> list[Project]:
    """The projects that this version funds, in the order of the pots and of funding."""
    projects = {(project.pot_id, project.code): project for project in queries.projects_of(round.id)}
    return [
        projects[count.pot_id, code]
        for count in queries.counts_of(publication)
        for code in tally.outcome_of(count.outcome_json).funded
    ]


def finally_funded(round: Round, publication: Publication) -> list[Project]:
    """What this version funds, but for what the council decided otherwise: its own step has the last word."""
    projects = funded_projects(round, publication)
    for decision in queries.standing_decisions(round.id).values():
        if decision.project is None or decision.is_agreed:
            continue
        if decision.funds and decision.project not in projects:
            projects.append(decision.project)
        if not decision.funds and decision.project in projects:
            projects.remove(decision.project)
    return projects


def settle(round: Round, publication: Publication, *, by: Actor, now: datetime) -> None:
    """Write on the proposals what is funded in the end."""
    funded = [project.id for project in finally_funded(round, publication)]
    proposals.settle(round, funded, by=by, now=now)


def hold(round: Round) -> None:
    """Hold the round's row: two people pressing the same button come one after the other."""
    session().refresh(round, with_for_update=True)
