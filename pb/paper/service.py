"""A batch of paper ballots: stubs received, then keyed twice blind. Differences and sealing are in `settling`.

A stub holds who (as an entitlement), a paper holds what; they are torn apart and shuffled by hand, and no step joins
them again: when the batch is sealed, its ballots are put into its envelopes by lot. Each step holds the batch's row,
then the contest, then an entitlement, in this order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from pb.core.actor import Actor
from pb.core.db import session
from pb.electorate.models import Entitlement
from pb.journal import kinds
from pb.journal.service import record
from pb.paper import errors, queries
from pb.paper.keeping import decrypt, keep
from pb.paper.models import LARGEST_BATCH, PaperBatch, PaperReading, PaperStub
from pb.paper.reading import Reading
from pb.rounds.models import Round
from pb.rounds.queries import pots_for, wards_of
from pb.voting import reception
from pb.voting.queries import SMALL

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
    note_step("paper.received", round, batch, by=by, now=now, stubs=batch.stubs)


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
    keep(batch, number, turn, reading)


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


def my_reading(batch: PaperBatch, number: int, *, by: Actor) -> Reading | None:
    """What this person keyed of a paper: for checking it against the paper in hand, and for nobody else.

    Raises: what `turn_of` raises
    """
    kept = session().get(PaperReading, (batch.id, number, turn_of(batch, by)))
    return decrypt(kept.sealed) if kept else None


def note_step(kind: str, round: Round, batch: PaperBatch, *, by: Actor, now: datetime, **facts: Any) -> None:
    """Public from ten papers up: fewer would tell how many people voted on paper where that is not told."""
    counts = {"batch": batch.number, "hand_count": batch.hand_count, **facts}
    is_public = batch.hand_count >= SMALL
    record(kind, by=by, now=now, round_id=round.id, subject=round.title, reason=batch.note, public=is_public, **counts)
    session().flush()
