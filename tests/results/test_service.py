"""Counting, certifying by two, publishing and deciding, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from pb.core import slots
from pb.core.actor import SYSTEM, Actor, Role
from pb.core.db import committed, db, session
from pb.core.errors import Refusal
from pb.core.money import Money
from pb.discussion import election
from pb.journal.models import JournalEntry
from pb.results import decisions, errors, queries, service, tally
from pb.results.models import Certification, Count, Publication
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.rounds.service import BallotPlan, PotPlan
from pb.voting.models import Ballot
from tests.conftest import FixedClock
from tests.support.people import actor_for, make_person
from tests.support.results import BALLOTS, certified_round, counted_round, fill_box, open_box, published_round
from tests.support.rounds import make_round
from tests.support.voting import cast, closed_and_opened, ready


def officer(name: str = "Olu") -> Actor:
    return actor_for(make_person(name, Role.OFFICER))


def returning_officer(name: str = "Rae") -> Actor:
    return actor_for(make_person(name, Role.RETURNING_OFFICER))


def kinds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.kind).order_by(JournalEntry.seq)))


def test_votes_really_cast_are_counted(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    for picks in (["B01", "B02"], ["B01"], ["B03"]):
        cast(round, picks, now=clock())
    closed_and_opened(round)

    with committed():
        (count,) = service.count_round(session().merge(round), by=officer(), now=clock())

        assert (count.ballots, count.number, count.purpose) == (3, 1, "official")
        assert count.facts["voters"] == 3
        assert tally.outcome_of(count.outcome_json).ties.startswith("cost_votes_lot:")
    assert kinds()[-1] == "count.made"


def test_count_before_the_box_is_opened_is_refused(app: Flask, clock: FixedClock) -> None:
    round = make_round("counting", clock)

    with pytest.raises(errors.BoxNotOpened), committed():
        service.count_round(round, by=officer(), now=clock())


def test_count_by_somebody_without_the_duty_is_refused(app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    admin = actor_for(make_person("Ada", Role.ADMIN))

    with pytest.raises(errors.NotYours), committed():
        service.count_round(session().merge(round), by=admin, now=clock())


def test_count_keeps_the_canonical_outcome_with_its_hash(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    (count,) = queries.official_counts(round.id)

    outcome = json.loads(count.outcome_json)
    assert outcome["funded"] == ["B02", "B01", "B03"]
    assert outcome["spent"] == 30_000_00
    assert count.outcome_json.encode() == tally.outcome_of(count.outcome_json).canonical()
    assert count.facts == {"voters": 62, "without_picks": 2, "with_a_funded_pick": 60, "picks": 90, "left": {}}


def test_count_of_the_same_ballots_gives_the_same_bytes_whatever_their_order(app: Flask, clock: FixedClock) -> None:
    first = counted_round(clock, title="One", plan=BallotPlan(tie_rule="cost_votes_id"))
    second = counted_round(clock, reversed(BALLOTS), title="Two", plan=BallotPlan(tie_rule="cost_votes_id"))

    (one,), (two,) = queries.official_counts(first.id), queries.official_counts(second.id)

    assert one.outcome_json == two.outcome_json
    assert one.ballots_sha256 == two.ballots_sha256


def test_every_pot_has_its_own_count(app: Flask, clock: FixedClock) -> None:
    pots = (PotPlan("East", Money(20_000_00), "council"), PotPlan("West", Money(9_000_00), "council"))
    round = open_box(make_round("counting", clock, pots=pots), BALLOTS)
    fill_box(round.pots[1], [[]] * 12)

    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())

    east, west = queries.official_counts(round.id)
    assert (east.pot.name, east.ballots, json.loads(east.outcome_json)["spent"]) == ("East", 62, 19_000_00)
    assert (west.pot.name, west.ballots, json.loads(west.outcome_json)["funded"]) == ("West", 12, [])


def test_count_a_second_time_is_refused_when_nothing_changed(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    with pytest.raises(errors.AlreadyCounted), committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())


def test_recount_says_the_same_and_keeps_it(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    with committed():
        again = service.recount(session().merge(round), by=SYSTEM, now=clock())
        assert again.is_same

    assert [count.number for count in queries.recounts(round.id)] == [1]
    assert db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc())).first().facts["same"] is True


def test_recount_of_changed_ballots_says_so(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)
    db.session.execute(update(Ballot).where(Ballot.choices == '["B03"]').values(choices='["B01"]'))
    db.session.commit()

    with committed():
        assert not service.recount(session().merge(round), by=SYSTEM, now=clock()).is_same


def test_recount_before_a_count_is_refused(app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)

    with pytest.raises(errors.NotCounted), committed():
        service.recount(session().merge(round), by=SYSTEM, now=clock())


def test_a_ballot_that_names_no_project_stops_the_count(app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), [["B99"]])

    with pytest.raises(errors.CannotCount, match="B99"), committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())


def test_a_kept_count_cannot_be_changed(app: Flask, clock: FixedClock) -> None:
    counted_round(clock)

    with pytest.raises(DatabaseError, match="never change"):
        db.session.execute(update(Count).values(ballots=7))
    db.session.rollback()


# -- certifying


def test_two_different_people_certify(app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock)

    mark = service.mark_of(queries.official_counts(round.id))
    words = queries.certifications(round.id, mark)

    assert [word.role for word in words] == ["returning_officer", "officer"]
    assert service.is_certified(words)


def test_one_person_certifies_once(app: Flask, clock: FixedClock) -> None:
    round, rae = counted_round(clock), returning_officer()

    with committed():
        service.certify(session().merge(round), by=rae, now=clock())
    with pytest.raises(errors.AlreadyCertified), committed():
        service.certify(session().merge(round), by=rae, now=clock())


def test_two_officers_without_the_returning_officer_are_not_enough(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)
    for by in (officer("One"), officer("Two")):
        with committed():
            service.certify(session().merge(round), by=by, now=clock())

    with pytest.raises(errors.NotCertified), committed():
        service.publish(session().merge(round), by=officer("Three"), now=clock())


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COUNCILLOR, Role.RESIDENT])
def test_certify_without_the_duty_is_refused(app: Flask, clock: FixedClock, role: Role) -> None:
    round = counted_round(clock)
    by = Actor(id=1, name="Ada", roles=frozenset({role}))

    with pytest.raises(errors.NotYours), committed():
        service.certify(session().merge(round), by=by, now=clock())


def test_certify_a_count_that_is_no_longer_the_newest_is_refused(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    with pytest.raises(errors.CountChanged), committed():
        service.certify(session().merge(round), by=officer(), now=clock(), seen="0" * 64)


def test_a_new_count_needs_two_new_words(app: Flask, clock: FixedClock) -> None:
    round = certified_round(clock)
    db.session.execute(update(Ballot).where(Ballot.choices == '["B03"]').values(choices="[]"))
    db.session.commit()
    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())

    with pytest.raises(errors.NotCertified), committed():
        service.publish(session().merge(round), by=officer(), now=clock())


# -- publishing


def test_publish_moves_the_round_on_and_tells_the_record(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)

    version = queries.latest_publication(round.id)
    counts = queries.official_counts(round.id)

    assert version is not None
    assert (version.version, version.count_ids) == (1, [count.id for count in counts])
    assert phase_of(db.session.get_one(Round, round.id), clock()) is Phase.RESULTS
    assert "results.published" in kinds()
    assert [p.code for p in service.funded_projects(round, version)] == ["B02", "B01", "B03"]


def test_publish_lets_higher_rooms_take_part_in_the_same_transaction(app: Flask, clock: FixedClock) -> None:
    round, heard = certified_round(clock), []

    def hear(**facts: object) -> None:
        heard.append((facts["round"].id, facts["publication"].version))
        raise errors.NotYours

    slots.fill(app, "results.published", hear)
    try:
        with pytest.raises(Refusal), committed():
            service.publish(session().merge(round), by=officer(), now=clock())
    finally:
        app.extensions["slots"]["results.published"] = [
            pair for pair in app.extensions["slots"]["results.published"] if pair[1] is not hear
        ]

    assert heard == [(round.id, 1)]
    assert queries.latest_publication(round.id) is None


def test_no_first_result_is_announced_before_an_election(app: Flask, clock: FixedClock) -> None:
    """C40: it waits until the election is over; one for another round alone does not matter."""
    round, by, other = certified_round(clock), officer(), make_round("draft", clock, title="Another")
    ends = clock() + timedelta(days=9)
    for round_id in (other.id, None):
        election.pause(round_id=round_id, starts_at=clock(), ends_at=ends, reason="May", by=by, now=clock())
    db.session.commit()

    with pytest.raises(errors.BeforeElection), committed():
        service.publish(session().merge(round), by=by, now=clock())
    with committed():
        service.publish(session().merge(round), by=by, now=ends)

    assert queries.latest_publication(round.id) is not None


def test_publish_before_certification_is_refused(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    with pytest.raises(errors.NotCertified), committed():
        service.publish(session().merge(round), by=officer(), now=clock())


def test_publish_the_same_version_twice_is_refused(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)

    with pytest.raises(errors.AlreadyPublished), committed():
        service.publish(session().merge(round), by=officer(), now=clock(), version=1)


def test_a_correction_needs_a_note_and_leaves_the_old_version(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    clock.at += timedelta(days=1)

    with pytest.raises(errors.NoteMissing), committed():
        service.publish(session().merge(round), by=officer(), now=clock(), note="oops", version=2)
    with committed():
        note = "A bundle of paper votes was entered twice."
        service.publish(session().merge(round), by=officer(), now=clock(), note=note, version=2)

    newest, first = queries.publications(round.id)
    assert (newest.version, newest.note, first.note) == (2, "A bundle of paper votes was entered twice.", "")
    assert kinds()[-1] in ("result.corrected", "proposals.settled")
    assert kinds().count("results.published") == 1


def test_an_old_version_keeps_showing_its_own_counts(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    db.session.execute(update(Ballot).where(Ballot.choices == '["B03"]').values(choices="[]"))
    db.session.commit()
    with committed():
        service.count_round(session().merge(round), by=SYSTEM, now=clock())

    first = queries.latest_publication(round.id)

    assert first is not None
    (shown,) = queries.counts_of(first)
    assert shown.facts["picks"] == 90
    assert queries.official_counts(round.id)[0].facts["picks"] == 80


@pytest.mark.parametrize("table", [Publication, Certification])
def test_published_rows_cannot_be_changed(app: Flask, clock: FixedClock, table: type) -> None:
    published_round(clock)

    with pytest.raises(DatabaseError, match="never change"):
        db.session.execute(update(table).values(counts_sha256="0" * 64))
    db.session.rollback()


def test_two_people_publishing_at_once_make_one_version(app: Flask, clock: FixedClock) -> None:
    round_id = certified_round(clock).id
    by, start = officer(), Barrier(2)
    answers = race(app, start, lambda: publish_first(round_id, by, clock))

    assert sorted(answers) == ["AlreadyPublished", "published"]
    assert [p.version for p in queries.publications(round_id)] == [1]


def test_two_people_counting_at_once_make_one_count(app: Flask, clock: FixedClock) -> None:
    round_id = open_box(make_round("counting", clock), BALLOTS).id

    answers = race(app, Barrier(2), lambda: count_first(round_id, clock))

    assert sorted(answers) == ["AlreadyCounted", "counted"]
    assert len(queries.official_counts(round_id)) == 1


def publish_first(round_id: int, by: Actor, clock: FixedClock) -> str:
    with committed():
        service.publish(session().get_one(Round, round_id), by=by, now=clock(), version=1)
    return "published"


def count_first(round_id: int, clock: FixedClock) -> str:
    with committed():
        service.count_round(session().get_one(Round, round_id), by=SYSTEM, now=clock())
    return "counted"


def race(app: Flask, start: Barrier, act: Callable[[], str]) -> list[str]:
    """Two threads do the same thing at the same moment; what became of each."""
    answers: list[str] = []

    def run() -> None:
        with app.app_context():
            start.wait(10)
            try:
                answers.append(act())
            except Refusal as refusal:
                answers.append(type(refusal).__name__)

    db.session.rollback()
    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


# -- the council's decision


def test_a_decision_that_departs_from_the_count_needs_a_reason(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    project = queries.projects_of(round.id)[0]
    facts = {"decided_by": "Cabinet", "is_agreed": False, "project": project, "funds": False}

    with pytest.raises(errors.ReasonMissing), committed():
        decisions.decide(session().merge(round), by=officer(), now=clock(), reason="No.", **facts)
    with committed():
        reason = "The ground is contaminated."
        decisions.decide(session().merge(round), by=officer(), now=clock(), reason=reason, **facts)

    (decision,) = queries.decisions(round.id)
    assert (decision.project.code, decision.funds, decision.reason) == ("B01", False, "The ground is contaminated.")
    assert "council.decided" in kinds()


def test_a_decision_before_publication_is_refused(app: Flask, clock: FixedClock) -> None:
    round = counted_round(clock)

    with pytest.raises(errors.NotPublished), committed():
        decisions.decide(session().merge(round), decided_by="Cabinet", is_agreed=True, by=officer(), now=clock())


def test_a_departure_can_be_taken_back_and_not_made_twice(app: Flask, clock: FixedClock) -> None:
    round = published_round(clock)
    by, project = officer(), queries.projects_of(round.id)[0]
    facts = {"decided_by": "Cabinet", "project": project, "reason": "The ground is contaminated.", "by": by}

    def decide(*, agrees: bool) -> None:
        clock.at += timedelta(days=1)
        with committed():
            decisions.decide(session().merge(round), is_agreed=agrees, funds=agrees, now=clock(), **facts)

    with pytest.raises(errors.NothingToTakeBack):
        decide(agrees=True)
    decide(agrees=False)
    with pytest.raises(errors.AlreadyDecided):
        decide(agrees=False)
    funded = [p.code for p in service.finally_funded(round, queries.latest_publication(round.id))]
    decide(agrees=True)

    assert funded == ["B02", "B03"]
    publication = queries.latest_publication(round.id)
    assert [p.code for p in service.finally_funded(round, publication)] == ["B02", "B01", "B03"]
