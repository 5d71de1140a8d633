"""Files of many ballots are made before the publication, which then reads no ballot and keeps nobody waiting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from pb.core.actor import SYSTEM, Role
from pb.core.db import committed, db, session
from pb.core.money import Money
from pb.opendata import ballots
from pb.opendata.elsewhere import issuer
from pb.opendata.models import BallotFiles, PublishedFile
from pb.results import errors, jobs, queries, service, verify
from pb.results.models import CountingJob, Publication
from pb.rounds.models import Round
from pb.rounds.service import PotPlan
from tests.conftest import FixedClock
from tests.results.test_routes import wait_for_counts
from tests.support.client import StrictClient
from tests.support.opendata import MANY, SMALL_POT, published_pack
from tests.support.people import actor_for, make_person, sign_in_as
from tests.support.results import certified_round, counted_round, publish_certified


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "INLINE", 10)


def silence(_done: int, _total: int) -> None:
    """Nobody looks."""


def ahead(round: Round) -> None:
    ballots.make_ahead(round.id, issuer(), silence)


def test_many_ballots_are_not_published_before_their_files_are_made(app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    by = actor_for(make_person("Pat", Role.OFFICER))

    with pytest.raises(errors.FilesNotMade), committed():
        service.publish(session().merge(round), by=by, now=clock())

    assert session().scalars(select(Publication)).all() == []
    assert session().scalars(select(PublishedFile.id)).all() == []


def test_publishing_reads_no_ballot_and_gives_the_same_files(app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    ahead(round)
    made = session().scalars(select(BallotFiles)).one()
    wanted = {"pot-1.pb": made.pabulib, "ballots.csv": made.table}
    db.session.rollback()
    said: list[str] = []
    listen = lambda _c, _cursor, statement, *_more: said.append(statement)  # noqa: E731

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        publish_certified(round, clock)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)

    assert [statement for statement in said if "FROM ballot " in statement or "ballot.choices" in statement] == []
    kept = {name: session().scalars(select(PublishedFile).where(PublishedFile.name == name)).one() for name in wanted}
    assert kept["pot-1.pb"].content == wanted["pot-1.pb"]
    assert kept["ballots.csv"].content.partition(b"\r\n")[2] == wanted["ballots.csv"]
    assert session().scalars(select(BallotFiles.count_id)).all() == []
    assert False not in [finding.holds for finding in verify.check(published_pack(round))]


def test_what_was_made_ahead_is_what_a_publication_would_have_made(
    sqlite_app: Flask, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def published(title: str, *, is_ahead: bool) -> dict[str, bytes]:
        monkeypatch.setattr(jobs, "INLINE", 10 if is_ahead else 10_000)
        round = certified_round(clock, MANY, pots=SMALL_POT, title=title)
        if is_ahead:
            ahead(round)
        publish_certified(round, clock)
        version = queries.latest_publication(round.id)
        assert version
        mine = select(PublishedFile).where(PublishedFile.publication_id == version.id)
        return {file.name: file.content for file in session().scalars(mine) if file.name.endswith((".pb", "ots.csv"))}

    first, second = published("Round A", is_ahead=True), published("Round B", is_ahead=False)

    assert set(first) == {"pot-1.pb", "ballots.csv"}
    assert {name: text.replace(b"Round A", b"Round B") for name, text in first.items()} == second


def test_work_that_was_stopped_goes_on_where_it_was(
    app: Flask, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    make = ballots.Recipe.make

    def stop(_self: ballots.Recipe) -> BallotFiles:
        raise MemoryError

    monkeypatch.setattr(ballots.Recipe, "make", stop)
    with app.test_request_context(), committed():
        jobs.begin_files(session().merge(round), by=SYSTEM, now=clock())
    wait_for_counts()
    db.session.rollback()
    assert session().get_one(CountingJob, (round.id, "files")).state == "failed"
    assert service.lacks_files(session().merge(round))

    monkeypatch.setattr(ballots.Recipe, "make", make)
    with app.test_request_context(), committed():
        jobs.begin_files(session().merge(round), by=SYSTEM, now=clock())
    wait_for_counts()

    db.session.rollback()
    assert session().get_one(CountingJob, (round.id, "files")).state == "done"
    assert not service.lacks_files(session().merge(round))


@pytest.mark.parametrize("purpose", ["files", "study"])
def test_another_process_takes_up_what_was_left_behind(app: Flask, clock: FixedClock, purpose: str) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    left = {"purpose": purpose, "state": "running", "total": 1, "started_at": clock(), "seen_at": clock()}
    db.session.add(CountingJob(round_id=round.id, **left))
    db.session.commit()

    jobs.take_up(app)
    db.session.rollback()
    assert session().get_one(CountingJob, (round.id, purpose)).state == "running", "it may still be at work"

    clock.at += timedelta(minutes=6)
    jobs.take_up(app)

    db.session.rollback()
    job = session().get_one(CountingJob, (round.id, purpose))
    assert (job.state, job.done) == ("done", job.total)
    assert service.lacks_files(session().merge(round)) is (purpose == "study")


def test_files_are_not_made_of_other_ballots_than_were_counted(app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    db.session.execute(db.text("UPDATE ballot SET choices = '[]' WHERE n = 1"))
    db.session.commit()

    with pytest.raises(errors.BallotsDiffer):
        ahead(round)


def test_the_second_certification_begins_the_files_and_the_desk_says_so(
    client: StrictClient, clock: FixedClock
) -> None:
    round = counted_round(clock, MANY, pots=SMALL_POT)
    desk = f"/staff/rounds/{round.slug}/count"
    people = [make_person("Rae", Role.RETURNING_OFFICER), make_person("Olu", Role.OFFICER)]
    for person in people:
        sign_in_as(client, person)
        page = client.get(desk)
        client.submit(page, page.one("form", action=f"{desk}/certify"))
    wait_for_counts()

    ready = client.get(desk)
    assert len(ready.all("a", href=f"{desk}/publish")) == 1

    db.session.rollback()
    job = session().get_one(CountingJob, (round.id, "files"))
    job.state, job.done, job.total = "running", 0, 1
    db.session.commit()
    making = client.get(desk)

    assert "The files with the ballots are being made: those of 0 of 1 pot are done." in making.words
    assert '<meta http-equiv="refresh" content="2">' in making.html
    assert making.all("a", href=f"{desk}/publish") == []


def test_a_failed_try_can_be_repeated_at_the_desk(client: StrictClient, clock: FixedClock) -> None:
    round = certified_round(clock, MANY, pots=SMALL_POT)
    desk = f"/staff/rounds/{round.slug}/count"
    sign_in_as(client, make_person("Olu", Role.OFFICER))

    page = client.get(desk)
    assert "First the files with the ballots are made." in page.words
    client.submit(page, page.one("form", action=f"{desk}/files"))
    wait_for_counts()

    assert len(client.get(desk).all("a", href=f"{desk}/publish")) == 1


def test_totals_alone_need_no_files(app: Flask, clock: FixedClock) -> None:
    few = [["B01", "B02"]] * 30 + [["B03"]] * 20
    round = certified_round(clock, few, pots=(PotPlan("The pot", Money(12_000_00), "council"),))

    assert not service.lacks_files(session().merge(round))
    publish_certified(round, clock)
