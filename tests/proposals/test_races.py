"""Two senders at once: one code per proposal, one proposal per code, no lost version. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from pb.core.db import committed, db
from pb.core.outbox import OutboxMessage
from pb.journal.models import JournalEntry
from pb.proposals import service
from pb.proposals.errors import ChangedMeanwhile
from pb.proposals.models import Proposal, Revision
from tests.conftest import FixedClock
from tests.support.people import actor_for, make_person
from tests.support.proposals import COMPLETE, make_proposal
from tests.support.rounds import make_round


def at_once(app: Flask, *jobs: Callable[[], object]) -> list[object]:
    """Run jobs in threads that start together, each in its own transaction; answers or exceptions, in order."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait()
            try:
                with committed():
                    return job()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_same_draft_sent_twice_at_once_gets_one_code_and_one_letter(app: Flask, clock: FixedClock) -> None:
    draft = make_proposal(make_round("proposing", clock), state="draft")
    by, draft_id = actor_for(draft.proposer), draft.id
    db.session.rollback()

    def send() -> str | None:
        return service.submit(db.session.get_one(Proposal, draft_id), by=by, now=clock.at).code

    codes = at_once(app, *[send] * 4)

    assert codes == ["B01"] * 4
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 1
    entries = db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "proposal.submitted")).all()
    assert len(entries) == 1


def test_many_senders_at_once_get_different_codes(app: Flask, clock: FixedClock) -> None:
    round_ = make_round("proposing", clock)
    senders = [(actor_for(make_person(f"Sender {n}")), n) for n in range(6)]
    ids = []
    for by, _ in senders:
        draft = service.start_draft(round_, by=by, now=clock.at)
        service.save_draft(draft, COMPLETE, by=by, now=clock.at)
        ids.append(draft.id)
        db.session.commit()

    def sender(n: int) -> Callable[[], str | None]:
        return lambda: service.submit(db.session.get_one(Proposal, ids[n]), by=senders[n][0], now=clock.at).code

    codes = at_once(app, *[sender(n) for n in range(6)])

    assert sorted(map(str, codes)) == ["B01", "B02", "B03", "B04", "B05", "B06"]


def test_two_versions_at_once_make_one_and_a_conflict(app: Flask, clock: FixedClock) -> None:
    sent = make_proposal(make_round("proposing", clock))
    by, sent_id = actor_for(sent.proposer), sent.id
    db.session.rollback()

    def change(risks: str) -> Callable[[], int]:
        def revise() -> int:
            proposal = db.session.get_one(Proposal, sent_id)
            told = {"reason": "correction", "note": "x"}
            return service.revise(proposal, {"risks": risks}, base_number=1, by=by, now=clock.at, **told).number

        return revise

    answers = at_once(app, change("A"), change("B"))

    assert sorted(type(answer) for answer in answers if not isinstance(answer, int)) == [ChangedMeanwhile]
    assert answers.count(2) == 1
    assert db.session.scalars(select(Revision.number).order_by(Revision.number)).all() == [1, 2]
