"""Reading counts, words given and published versions. Every list has a fixed order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from pb.core.db import session
from pb.results import tally
from pb.results.models import Certification, CouncilDecision, Count, CountingJob, Explanation, Publication
from pb.rounds.models import Pot, Project, Round, Ward
from pb.voting.models import Ballot, Contest, Turnout


def tasks_of(round: Round, ties: str) -> list[tally.Task]:
    """What there is to count, pot by pot, as plain data. `ties`: the label of the tie rule with its commitment."""
    return [_task(round, pot, ties) for pot in round.pots]


def _task(round: Round, pot: Pot, ties: str) -> tally.Task:
    projects = session().scalars(select(Project).where(Project.pot_id == pot.id).order_by(Project.id)).all()
    cast = select(Ballot.choices, func.count()).where(Ballot.pot_id == pot.id).group_by(Ballot.choices)
    return tally.Task(
        pot_id=pot.id,
        kind=round.ballot_kind,
        rule=round.rule,
        completion=round.completion,
        ties=ties,
        amount=pot.amount,
        projects=tuple((project.code, project.cost) for project in projects),
        choices=dict(session().execute(cast).all()),
        withdrawn=frozenset(project.code for project in projects if project.withdrawn_at),
        options=options_of(round),
    )


def options_of(round: Round) -> dict[str, Any]:
    """The options of the election that the freeze (or the imported file) fixed."""
    frozen = json.loads(round.frozen_json or "{}")
    options = {name: frozen[name] for name in ("minimum_score", "conflicts") if frozen.get(name)}
    if round.ballot_kind == "ranking" and round.max_picks:
        options["ballot_length"] = round.max_picks
    return options


def official_counts(round_id: int) -> list[Count]:
    """The newest official count of every pot, in the order of the pots; empty before the first count."""
    counts = session().scalars(
        select(Count)
        .join(Count.pot)
        .where(Count.round_id == round_id, Count.purpose == "official")
        .order_by(Pot.position, Pot.id, Count.number)
        .options(joinedload(Count.pot))
    )
    return list({count.pot_id: count for count in counts}.values())


def recounts(round_id: int) -> Sequence[Count]:
    """Every repetition, oldest first."""
    mine = select(Count).where(Count.round_id == round_id, Count.purpose == "recount")
    return session().scalars(mine.order_by(Count.counted_at, Count.id)).all()


def comparisons(round_id: int, number: int | None = None) -> Sequence[Count]:
    """Counts made other ways beside the official ones, of all numbers or of one, in the order made.

    Their outcomes are left in the database until touched: pages need the facts only.
    """
    mine = select(Count).where(Count.round_id == round_id, Count.purpose == "comparison")
    if number is not None:
        mine = mine.where(Count.number == number)
    return session().scalars(mine.order_by(Count.id).options(defer(Count.outcome_json))).all()


def explanations(*count_ids: int) -> Sequence[Explanation]:
    """What was worked out of the projects of these counts."""
    mine = select(Explanation).where(Explanation.count_id.in_(count_ids))
    return session().scalars(mine.order_by(Explanation.count_id, Explanation.code)).all()


def explanation(count_id: int, code: str) -> Explanation | None:
    return session().get(Explanation, (count_id, code))


def counts_of(publication: Publication) -> list[Count]:
    """The counts a published version shows, in the order of the pots."""
    mine = select(Count).where(Count.id.in_(publication.count_ids)).join(Count.pot)
    return list(session().scalars(mine.order_by(Pot.position, Pot.id).options(joinedload(Count.pot))))


def votes_for(publication: Publication) -> dict[int, tuple[int, int]]:
    """By project id: how many picked it, and how many ballots its pot had."""
    projects = {(p.pot_id, p.code): p.id for p in projects_of(publication.round_id)}
    return {
        projects[count.pot_id, step.project]: (step.support, count.ballots)
        for count in counts_of(publication)
        for step in tally.outcome_of(count.outcome_json).steps
    }


def publications(round_id: int) -> Sequence[Publication]:
    """All published versions, newest first."""
    mine = select(Publication).where(Publication.round_id == round_id)
    return session().scalars(mine.order_by(Publication.version.desc())).all()


def latest_publication(round_id: int) -> Publication | None:
    return next(iter(publications(round_id)), None)


def publication_before(publication: Publication) -> Publication | None:
    """The version that this one corrects; None for the first."""
    earlier = (p for p in publications(publication.round_id) if p.version < publication.version)
    return next(earlier, None)


def certifications(round_id: int, counts_sha256: str) -> Sequence[Certification]:
    """Who has given their word for this result, first first."""
    mine = select(Certification).where(Certification.round_id == round_id, Certification.counts_sha256 == counts_sha256)
    return session().scalars(mine.order_by(Certification.certified_at, Certification.id)).all()


def decisions(round_id: int) -> Sequence[CouncilDecision]:
    """What the council decided, the whole result first, then project by project, in the order decided."""
    mine = select(CouncilDecision).where(CouncilDecision.round_id == round_id)
    order = (CouncilDecision.project_id.is_not(None), CouncilDecision.decided_at, CouncilDecision.id)
    return session().scalars(mine.order_by(*order).options(joinedload(CouncilDecision.project))).all()


def standing_decisions(round_id: int) -> dict[int | None, CouncilDecision]:
    """The newest decision on each project; under None the one on the whole result."""
    return {decision.project_id: decision for decision in decisions(round_id)}


def projects_of(round_id: int) -> Sequence[Project]:
    mine = select(Project).where(Project.round_id == round_id)
    return session().scalars(mine.order_by(Project.id).options(joinedload(Project.ward))).all()


def turnout(round_id: int) -> Sequence[Turnout]:
    mine = select(Turnout).where(Turnout.round_id == round_id)
    return session().scalars(mine.order_by(Turnout.ward_id, Turnout.channel)).all()


def ward_names() -> dict[int, str]:
    return dict(session().execute(select(Ward.id, Ward.name).order_by(Ward.name)).all())


def job_of(round_id: int) -> CountingJob | None:
    """The newest count or recount that was asked to run beside a request."""
    counts = CountingJob.purpose.in_(("official", "recount"))
    mine = select(CountingJob).where(CountingJob.round_id == round_id, counts)
    return session().scalars(mine.order_by(CountingJob.started_at.desc(), CountingJob.purpose).limit(1)).first()


def study_of(round_id: int) -> CountingJob | None:
    """The study of the official count: how far it is."""
    return session().get(CountingJob, (round_id, "study"))


def files_job_of(round_id: int) -> CountingJob | None:
    """The making of files before a publication: how far it is."""
    return session().get(CountingJob, (round_id, "files"))


def rounds_to_publish() -> Sequence[Round]:
    """Rounds whose box is open and whose results are not public, the longest closed first."""
    waiting = select(Round).join(Contest, Contest.round_id == Round.id)
    waiting = waiting.where(Contest.state == "unsealed", Round.results_at.is_(None))
    return session().scalars(waiting.order_by(Round.closed_at, Round.id)).all()


def counted_rounds() -> Sequence[int]:
    """Rounds that have an official count, oldest first."""
    counted = select(Count.round_id).where(Count.purpose == "official").distinct()
    return session().scalars(counted.order_by(Count.round_id)).all()


def number_of_ballots(round: Round) -> int:
    """All ballots of all pots: how long a count will take."""
    pots = [pot.id for pot in round.pots]
    return session().scalar(select(func.count()).select_from(Ballot).where(Ballot.pot_id.in_(pots))) or 0
