"""A batch of paper ballots, step by step: stubs received, keyed twice blind, differences settled, sealed.

A stub holds who (as an entitlement), a paper holds what; they are torn apart and shuffled by hand, and no step joins
them again: when the batch is sealed, its ballots are put into its envelopes by lot. Each step holds the batch's row,
then the contest, then an entitlement, in this order.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from nacl.bindings import sodium_pad, sodium_unpad
from nacl.secret import SecretBox
from sqlalchemy import delete

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.keys import pepper
from pb.electorate.models import Entitlement
from pb.journal import kinds
from pb.journal.service import record
from pb.paper import errors, queries
from pb.paper.models import LARGEST_BATCH, PaperBatch, PaperReading, PaperStub
from pb.paper.reading import Reading
from pb.rounds.models import Round
from pb.rounds.queries import pots_for, wards_of
from pb.voting import reception
from pb.voting.choices import BallotPaper, Marks
from pb.voting.models import Contest, SetAside
from pb.voting.queries import contest_of, paper_of
from pb.voting.service import PAPER, cast_ballot

kinds.declare(
    {
        "paper.received": _l("Batch %(batch)s of paper was received: %(hand_count)s counted by hand."),
        "paper.sealed": _l("Batch %(batch)s of paper was sealed: %(ballots)s ballots, %(set_aside)s set aside."),
        "paper.set_aside": _l("Batch %(batch)s of paper was set aside: %(hand_count)s papers."),
    }
)


# Receiving ---------------------------------------------------------------------------------------------------------


def receive_batch(round: Round, *, ward_id: int | None, hand_count: int, now: datetime) -> PaperBatch:
    """Begin a batch of one ward's papers, counted by hand.

    Raises: UnknownWard; WrongHandCount; VotingNotOpen; VotingClosed
    """
    if (ward_id is None and wards_of(round)) or not pots_for(round, ward_id):
        raise errors.UnknownWard
    if not 1 <= hand_count <= LARGEST_BATCH:
        raise errors.WrongHandCount
    reception.check_receives_paper(round, now)
    session().get(Round, round.id, with_for_update={"key_share": True})
    batch = PaperBatch(
        round_id=round.id, number=queries.last_number(round.id) + 1, ward_id=ward_id, hand_count=hand_count
    )
    session().add(batch)
    session().flush()
    return batch


def receive_stub(round: Round, batch: PaperBatch, entitlement: Entitlement, *, now: datetime) -> None:
    """Note that this person's paper is in the batch. From here on no online vote of theirs is taken.

    Raises: WrongStep once the batch is sealed; BatchFull; what `reception.expect_paper` raises
    """
    if batch.state not in queries.OPEN:
        raise errors.WrongStep
    if batch.stubs >= LARGEST_BATCH:
        raise errors.BatchFull
    reception.expect_paper(round, entitlement.id, batch.ward_id, now=now)
    session().add(PaperStub(entitlement_id=entitlement.id, batch_id=batch.id))
    batch.stubs += 1
    session().flush()


def take_back_stub(batch: PaperBatch, entitlement: Entitlement) -> None:
    """Undo a stub that was entered by mistake: the person may vote again.

    Raises: WrongStep once the batch is sealed; NotThisStub
    """
    if batch.state not in queries.OPEN:
        raise errors.WrongStep
    stub = session().get(PaperStub, entitlement.id)
    if stub is None or stub.batch_id != batch.id:
        raise errors.NotThisStub
    session().delete(stub)
    batch.stubs -= 1
    reception.forget_paper(entitlement.id)
    session().flush()


def begin_keying(round: Round, batch: PaperBatch, *, by: Actor, now: datetime) -> None:
    """Lock the batch: its hand count stands from here on.

    Raises: WrongStep; NoStubYet
    """
    if batch.state != "receiving":
        raise errors.WrongStep
    if not batch.stubs:
        raise errors.NoStubYet
    batch.state = "keying"
    _note("paper.received", round, batch, by=by, now=now, stubs=batch.stubs)


# Keying ------------------------------------------------------------------------------------------------------------


def turn_of(batch: PaperBatch, by: Actor) -> int:
    """Which of the two blind readings this person keys, 1 or 2.

    Raises: WrongStep; SamePerson when theirs is done; TurnTaken when two others key
    """
    if batch.state != "keying":
        raise errors.WrongStep
    if by.id in (batch.first_by, batch.second_by):
        turn = 1 if by.id == batch.first_by else 2
        if (batch.first_papers if turn == 1 else batch.second_papers) is not None:
            raise errors.SamePerson
        return turn
    if batch.first_by is None:
        return 1
    if batch.second_by is None:
        return 2
    raise errors.TurnTaken


def key_paper(batch: PaperBatch, reading: Reading, *, number: int, by: Actor) -> None:
    """Keep what one person read on one paper, encrypted. Keying a paper again replaces it: a double press is harmless.

    number: the paper's place in the pile, which is at most one past the last keyed

    Raises: what `turn_of` raises; WrongStep for a number further on; TooManyPapers
    """
    turn = turn_of(batch, by)
    if not 1 <= number <= queries.papers_keyed(batch.id, turn) + 1:
        raise errors.WrongStep
    if number > LARGEST_BATCH:
        raise errors.TooManyPapers
    if turn == 1:
        batch.first_by = by.id
    else:
        batch.second_by = by.id
    _keep(batch, number, turn, reading)


def _keep(batch: PaperBatch, number: int, turn: int, reading: Reading) -> None:
    contest = contest_of(batch.round_id)
    kept = PaperReading(batch_id=batch.id, paper=number, turn=turn, sealed=_encrypt(reading, contest))
    session().merge(kept)
    session().flush()


def take_out_last(batch: PaperBatch, number: int, *, by: Actor) -> None:
    """Take the last keyed paper of this person's turn out, because the pile has no such paper.

    Raises: what `turn_of` raises; NothingToUndo when that is not the last
    """
    turn = turn_of(batch, by)
    last = session().get(PaperReading, (batch.id, number, turn))
    if last is None or number != queries.papers_keyed(batch.id, turn):
        raise errors.NothingToUndo
    session().delete(last)
    session().flush()


def end_turn(batch: PaperBatch, *, by: Actor) -> None:
    """That was the last paper of the pile.

    Raises: what `turn_of` raises; NothingToUndo for a pile without papers
    """
    turn = turn_of(batch, by)
    papers = queries.papers_keyed(batch.id, turn)
    if not papers:
        raise errors.NothingToUndo
    if turn == 1:
        batch.first_papers = papers
    else:
        batch.second_papers = papers
    if batch.first_papers is not None and batch.second_papers is not None:
        batch.state = "settling"
    session().flush()


def give_up_turn(batch: PaperBatch, turn: int) -> None:
    """Start a reading again with somebody else, because who began it cannot go on. What was keyed is thrown away.

    Raises: WrongStep once that reading is finished
    """
    done = batch.first_papers if turn == 1 else batch.second_papers
    if batch.state != "keying" or turn not in (1, 2) or done is not None:
        raise errors.WrongStep
    mine = (PaperReading.batch_id == batch.id, PaperReading.turn == turn)
    session().execute(delete(PaperReading).where(*mine), execution_options={"synchronize_session": "fetch"})
    if turn == 1:
        batch.first_by = None
    else:
        batch.second_by = None
    session().flush()


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(pepper(), digest_size=32, person=b"paper reading").digest())


def _encrypt(reading: Reading, contest: Contest) -> bytes:
    """Padded to one length for all papers: neither content nor size tells anything to a reader of the database."""
    return bytes(_box().encrypt(sodium_pad(reading.text().encode(), contest.sealed_size + 64)))


def _decrypt(sealed: bytes) -> Reading:
    padded = _box().decrypt(sealed)
    return Reading.of(sodium_unpad(padded, len(padded)).decode())


def my_reading(batch: PaperBatch, number: int, *, by: Actor) -> Reading | None:
    """What this person keyed of a paper: for checking it against the paper in hand, and for nobody else.

    Raises: what `turn_of` raises
    """
    kept = session().get(PaperReading, (batch.id, number, turn_of(batch, by)))
    return _decrypt(kept.sealed) if kept else None


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
    kept = {key: _decrypt(sealed) for key, sealed in queries.readings_of(batch.id).items()}
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
    _keep(batch, number, 3, reading)


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
    _note("paper.sealed", round, batch, by=by, now=now, reasons=tally.aside, stubs=tally.stubs, **sums)
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
    _note("paper.set_aside", round, batch, by=by, now=now)


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


def _note(kind: str, round: Round, batch: PaperBatch, *, by: Actor, now: datetime, **facts: Any) -> None:
    subject = round.title
    counts = {"batch": batch.number, "hand_count": batch.hand_count, **facts}
    record(kind, by=by, now=now, round_id=round.id, subject=subject, reason=batch.note, **counts)
    session().flush()
