"""Freezing the ballot and closing the vote. (Opening the box: `pb.voting.opening`.)

`closed` is an event, written by whoever comes first after the last moment: a late vote, a member of staff, a command.
It publishes the hash of the frozen list, copies the sealed ballots into the box in the order of their hashes, and cuts
every link between a person and a ballot; `scrub` then takes the cut links out of the database's files as well.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, update

from pb.core import slots
from pb.core.actor import SYSTEM, Actor, Role
from pb.core.db import committed, db, session
from pb.electorate.models import Entitlement, MailboxProof
from pb.proposals import queries as proposals
from pb.proposals.service import put_on_ballot
from pb.rounds import service as rounds
from pb.rounds.models import Round
from pb.voting import custody, sealing
from pb.voting.choices import largest_content
from pb.voting.errors import AlreadyFrozen, BoxNotReady, NothingToVoteOn, PaperWaits, StillOpen
from pb.voting.models import Contest, Envelope, IdempotencyKey, ReceiptInBox, SealedBallot, Turnout
from pb.voting.queries import count_turnout, frozen_envelopes, last_moment, paper_of

DESK = (Role.OFFICER, Role.RETURNING_OFFICER)
"""Who may freeze, close and, two of them, open."""


def freeze_round(round: Round, *, by: Actor, now: datetime) -> Contest:
    """Put every proposal that can go to the vote on the frozen ballot, and make the key that votes are sealed with.

    Raises: AlreadyFrozen; NothingToVoteOn; KeyNotMade (mode S2); what `rounds.freeze_ballot` raises
    """
    if session().get(Contest, round.id) is not None:
        raise AlreadyFrozen
    lines = lines_of(round)
    if not lines:
        raise NothingToVoteOn
    put_on_ballot(round, rounds.freeze_ballot(round, lines=lines, by=by, now=now))
    return make_contest(round)


def lines_of(round: Round) -> list[rounds.BallotLine]:
    """Every proposal that can go to the vote, as it would stand on the ballot."""
    return [_line(candidate) for candidate in proposals.ballot_candidates(round)]


def _line(candidate: proposals.Candidate) -> rounds.BallotLine:
    return rounds.BallotLine(
        code=candidate.code,
        title=candidate.title,
        cost=candidate.cost,
        pot_id=candidate.pot.id,
        summary=candidate.summary,
        place=candidate.place,
        point=candidate.point,
        theme=candidate.theme,
        ward_id=candidate.ward_id,
        proposer=candidate.proposer,
    )


def make_contest(round: Round) -> Contest:
    """The vote of a frozen round: its sealing key, the size of its sealed ballots, the secret of its orders.

    Raises: KeyNotMade in mode S2 before the ceremony
    """
    contest = Contest(
        round_id=round.id,
        state="frozen",
        seal_mode=round.seal_mode,
        seal_public_key=custody.public_key_for(round),
        sealed_size=sealing.sealed_size_for(largest_content(paper_of(round))),
        order_secret=secrets.token_bytes(32),
    )
    session().add(contest)
    session().flush()
    return contest


def close_if_due(round: Round, *, now: datetime) -> bool:
    """Close a vote whose last moment has passed, whoever notices first; True when this call closed it."""
    contest = hold_alone(round.id)
    if contest is None or contest.state in ("closed", "unsealed") or now < last_moment(round) or _paper_waits(round):
        return False
    _close(round, contest, by=SYSTEM, now=now)
    return True


def close_late(round_id: int, *, now: datetime) -> None:
    """Write the `closed` event when a late vote is the first to notice, in a transaction of its own."""
    with committed():
        was_due = close_if_due(session().get_one(Round, round_id), now=now)
    if was_due:
        scrub()


def close_now(round_id: int, *, by: Actor, now: datetime) -> bool:
    """Close the vote, commit, and take the cut links out of the files: what a desk or a command does.

    Returns: whether the files are clean already (see `scrub`)
    Raises: as `close_vote`
    """
    with committed():
        close_vote(session().get_one(Round, round_id), by=by, now=now)
    return scrub()


def close_vote(round: Round, *, by: Actor, now: datetime) -> Contest:
    """Close the vote after its last moment.

    Raises: StillOpen; PaperWaits; BoxNotReady when it is closed already or there is no ballot
    """
    contest = hold_alone(round.id)
    if contest is None or contest.state in ("closed", "unsealed"):
        raise BoxNotReady
    if now < last_moment(round):
        raise StillOpen
    if _paper_waits(round):
        raise PaperWaits
    _close(round, contest, by=by, now=now)
    return contest


def hold_alone(round_id: int) -> Contest | None:
    """The contest's row for us alone: every vote on its way has landed, and none comes after."""
    return session().get(Contest, round_id, with_for_update=True, populate_existing=True)


def _paper_waits(round: Round) -> bool:
    """Whether paper that came in time is still on its way into the box (the paper room answers)."""
    return any(slots.gathered("vote.waits", round=round))


def _close(round: Round, contest: Contest, *, by: Actor, now: datetime) -> None:
    _hold_entitlements(round.id)
    envelopes = frozen_envelopes(round.id)
    hashes = {receipt: sealing.hash_of(sealed) for receipt, sealed in envelopes}
    contest.box_sha256 = _hash_lines(f"{receipt} {hashes[receipt]}" for receipt, _sealed in envelopes)
    contest.state = "closed"
    _fill_box(round.id, envelopes, hashes)
    _write_turnout(round.id)
    _forget_papers_set_aside(round.id)
    _cut_links(round.id)
    rounds.mark_closed(
        round,
        by=by,
        now=now,
        envelopes=len(envelopes),
        box_sha256=contest.box_sha256,
        receipts_sha256=_hash_lines(receipt for receipt, _sealed in envelopes),
        sealed_sha256=_hash_lines(sorted(hashes.values())),
    )


def _hold_entitlements(round_id: int) -> None:
    """Let whoever is being struck from the list be struck before this, or not at all.

    It also writes every row once: PostgreSQL's rows carry the number of their last transaction, now the same for all.
    """
    held = update(Entitlement).where(Entitlement.round_id == round_id).values(status=Entitlement.status)
    session().execute(held, execution_options={"synchronize_session": False})


def _hash_lines(lines: Iterable[str]) -> str:
    """SHA-256 of lines, each ended by a line feed."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _fill_box(round_id: int, envelopes: list[tuple[str, bytes]], hashes: dict[str, str]) -> None:
    """Sealed ballots in the order of their hashes, receipts in theirs: neither order tells of the other."""
    ballots = sorted((hashes[receipt], sealed) for receipt, sealed in envelopes)
    rows = [{"round_id": round_id, "sealed_sha256": digest, "sealed": sealed} for digest, sealed in ballots]
    receipts = [{"round_id": round_id, "receipt": receipt} for receipt, _sealed in envelopes]
    if rows:
        session().execute(insert(SealedBallot), rows)
        session().execute(insert(ReceiptInBox), receipts)


def _write_turnout(round_id: int) -> None:
    rows = [
        {"round_id": round_id, "ward_id": ward_id, "channel": channel, "ballots": count}
        for ward_id, channel, count in count_turnout(round_id)
    ]
    if rows:
        session().execute(insert(Turnout), rows)


def _forget_papers_set_aside(round_id: int) -> None:
    """Envelopes kept free for a paper that was then set aside hold no vote."""
    empty = delete(Envelope).where(Envelope.round_id == round_id, Envelope.sealed.is_(None))
    session().execute(empty, execution_options={"synchronize_session": False})


def _cut_links(round_id: int) -> None:
    """After this no row joins an entitlement or a receipt with a sealed ballot."""
    mine = {"synchronize_session": False}
    session().execute(update(Envelope).where(Envelope.round_id == round_id).values(sealed=None), execution_options=mine)
    for table in (IdempotencyKey, MailboxProof):
        session().execute(delete(table).where(table.round_id == round_id), execution_options=mine)


def scrub(*tables: str) -> bool:
    """Take deleted links out of the database's files: after the close has been committed, outside any transaction.

    tables: more of them that PostgreSQL writes anew; SQLite always writes all of itself

    Returns: False when other work was in the way (SQLite): run it again later (`pb vote scrub`)
    """
    db.session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.exec_driver_sql(f"VACUUM (FULL) {', '.join(('idempotency_key', 'mailbox_proof', *tables))}")
            for table in ("envelope", "entitlement"):  # rewritten in the order of their random keys, not of casting
                alone.exec_driver_sql(f"CLUSTER {table} USING pk_{table}")
            return True
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        try:
            raw.execute("VACUUM")
            busy: int = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:
            return False
        return not busy
