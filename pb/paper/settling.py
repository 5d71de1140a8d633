"""The end of a batch: differences settled by a third person, sums that must agree, and the ballots sealed by lot."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from pb.core.actor import Actor
from pb.core.db import session
from pb.paper import errors, queries
from pb.paper.keeping import decrypt, keep
from pb.paper.models import PaperBatch, PaperReading, PaperStub
from pb.paper.reading import Reading
from pb.paper.service import note_step
from pb.rounds.models import Round
from pb.voting import reception
from pb.voting.choices import BallotPaper, Marks
from pb.voting.models import SetAside
from pb.voting.queries import paper_of
from pb.voting.service import PAPER, cast_ballot

# Settling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paper:
    """One paper as read twice and, where that differs, settled. None: this reading has no such paper."""

    number: int
    first: Reading | None
    second: Reading | None
    third: Reading | None

    @property
    def differs(self) -> bool:
        return self.first != self.second

    @property
    def is_settled(self) -> bool:
        return not self.differs or self.third is not None

    @property
    def agreed(self) -> Reading | None:
        return self.third if self.differs else self.first


NO_PAPER = Reading({}, "no_paper")
"""How a third person says that the pile has no such paper."""


def papers_of(batch: PaperBatch) -> list[Paper]:
    """Every paper of a batch that both have keyed.

    Raises: WrongStep while somebody still keys: until then the readings stay blind
    """
    if batch.state != "settling":
        raise errors.WrongStep
    kept = {key: decrypt(sealed) for key, sealed in queries.readings_of(batch.id).items()}
    numbers = sorted({number for number, _turn in kept})
    return [Paper(n, kept.get((n, 1)), kept.get((n, 2)), kept.get((n, 3))) for n in numbers]


def settle(batch: PaperBatch, number: int, reading: Reading, *, by: Actor) -> None:
    """A third person looks at the paper and says what it is (`NO_PAPER` when there is none).

    Raises: WrongStep; SamePerson
    """
    if by.id in (batch.first_by, batch.second_by):
        raise errors.SamePerson
    paper = next((paper for paper in papers_of(batch) if paper.number == number), None)
    if paper is None or not paper.differs:
        raise errors.WrongStep
    keep(batch, number, 3, reading)


# Sealing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """What a settled batch comes to: papers = ballots + set aside, against the hand count and the stubs."""

    ballots: int
    aside: dict[str, int]
    hand_count: int
    stubs: int
    differed: int

    @property
    def papers(self) -> int:
        return self.ballots + sum(self.aside.values())

    @property
    def agrees(self) -> bool:
        return self.papers == self.hand_count == self.stubs


def tally_of(batch: PaperBatch) -> Tally:
    """Raises: WrongStep; NotSettled."""
    papers = papers_of(batch)
    if not all(paper.is_settled for paper in papers):
        raise errors.NotSettled
    found = [paper.agreed for paper in papers if paper.agreed and paper.agreed != NO_PAPER]
    aside = Counter(reading.aside for reading in found if reading.aside)
    differed = sum(paper.differs for paper in papers)
    return Tally(len(found) - aside.total(), dict(sorted(aside.items())), batch.hand_count, batch.stubs, differed)


def seal_batch(round: Round, batch: PaperBatch, *, note: str, by: Actor, now: datetime) -> Tally:
    """Put every good ballot of the batch into one of its envelopes, by lot, and forget stubs and readings.

    Raises: WrongStep; NotSettled; MorePapersThanStubs; ReasonNeeded when the numbers differ; VotingClosed
    """
    tally = tally_of(batch)
    if tally.ballots > tally.stubs:
        raise errors.MorePapersThanStubs
    if not tally.agrees and not note.strip():
        raise errors.ReasonNeeded
    good = [paper.agreed.marks for paper in papers_of(batch) if paper.agreed and not paper.agreed.aside]
    envelopes = queries.stubs_of(batch.id)
    secrets.SystemRandom().shuffle(envelopes)
    whole = paper_of(round)
    for entitlement_id, marks in zip(envelopes, good, strict=False):
        _cast(round, batch, entitlement_id, marks, paper=whole, now=now)
    batch.state, batch.ballots, batch.note = "sealed", tally.ballots, note.strip()
    _count_aside(round.id, tally.aside)
    _forget(batch)
    sums = {"ballots": tally.ballots, "set_aside": sum(tally.aside.values()), "differed": tally.differed}
    note_step("paper.sealed", round, batch, by=by, now=now, reasons=tally.aside, stubs=tally.stubs, **sums)
    return tally


def _cast(
    round: Round, batch: PaperBatch, entitlement_id: str, marks: Marks, *, paper: BallotPaper, now: datetime
) -> None:
    cast_ballot(
        round=round,
        entitlement_id=entitlement_id,
        ward_id=batch.ward_id,
        marks=marks,
        key=secrets.token_hex(16),
        secret=secrets.token_hex(16),
        sees_version=reception.version_of(entitlement_id),
        paper=paper,
        channel=PAPER,
        now=now,
    )


def set_batch_aside(round: Round, batch: PaperBatch, *, note: str, by: Actor, now: datetime) -> None:
    """Count none of the batch, with a reason that is published; its people may vote again while voting is open.

    Raises: WrongStep; ReasonNeeded
    """
    if batch.state not in queries.OPEN:
        raise errors.WrongStep
    if not note.strip():
        raise errors.ReasonNeeded
    for entitlement_id in queries.stubs_of(batch.id):
        reception.forget_paper(entitlement_id)
    batch.state, batch.ballots, batch.note = "set_aside", 0, note.strip()
    _count_aside(round.id, {"batch": batch.hand_count})
    _forget(batch)
    note_step("paper.set_aside", round, batch, by=by, now=now)


def _count_aside(round_id: int, reasons: dict[str, int]) -> None:
    """Add to the published counts of what could not be counted; paper has reasons of its own."""
    for reason, count in reasons.items():
        name = f"paper_{reason}"
        kept = session().get(SetAside, (round_id, name), with_for_update=True)
        if kept is None:
            session().add(SetAside(round_id=round_id, reason=name, ballots=count))
        else:
            kept.ballots += count


def _forget(batch: PaperBatch) -> None:
    """No reading and no stub outlives the batch."""
    mine: Iterable[type[PaperReading | PaperStub]] = (PaperReading, PaperStub)
    for table in mine:
        session().execute(
            delete(table).where(table.batch_id == batch.id), execution_options={"synchronize_session": False}
        )
