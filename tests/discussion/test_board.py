"""The quick board: statements that wait, answers that replace one another, groups only where they mean something."""

from __future__ import annotations

import random
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import insert, select

from pb.accounts.models import Person
from pb.core.actor import Role
from pb.core.db import db
from pb.core.errors import NotAllowed
from pb.discussion import board
from pb.discussion.errors import AlreadyDecided, ConflictOfInterest, ReasonNotListed
from pb.discussion.models import Notice, Statement, StatementVote
from pb.journal.models import JournalEntry
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import resident
from tests.support.people import sign_in_as
from tests.support.rounds import make_round, make_ward


@pytest.fixture
def round(sqlite_app: Flask, clock: FixedClock) -> Round:
    return make_round("proposing", clock)


def people(many: int, clock: FixedClock) -> list[int]:
    rows = [{"email": f"b{n}@people.example", "display_name": f"P {n}", "created_at": clock.at} for n in range(many)]
    return list(db.session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows))


def statements(round: Round, many: int, clock: FixedClock) -> list[int]:
    author = resident("Author").id
    same = {"round_id": round.id, "author_id": author, "language": "en", "state": "published", "posted_at": clock.at}
    rows = [same | {"text": f"Statement {n}"} for n in range(many)]
    return list(db.session.scalars(insert(Statement).returning(Statement.id, sort_by_parameter_order=True), rows))


def answered(round: Round, clock: FixedClock, *, many: int, each: int, minority: int = 40) -> None:
    """`many` people answer `each` of ten statements: the first `minority` of them the other way round."""
    ids, chance = statements(round, 10, clock), random.Random(7)
    rows = []
    for place, person in enumerate(people(many, clock)):
        camp = -1 if place < minority else 1
        for number in chance.sample(range(10), each):
            side = camp * (1 if number < 5 else -1)
            answer = side if chance.random() < 0.9 else 0
            rows.append({"statement_id": ids[number], "person_id": person, "answer": answer})
    db.session.execute(insert(StatementVote), rows)
    db.session.commit()


def test_groups_are_drawn_from_a_hundred_people_with_seven_answers_each(round: Round, clock: FixedClock) -> None:
    answered(round, clock, many=100, each=7)

    found = board.groups(round)

    assert found is not None
    assert found.sizes == (60, 40)
    assert all(abs(a - b) > 50 for _, a, b in found.differences)
    assert found == board.groups(round)


@pytest.mark.parametrize(("many", "each", "minority"), [(99, 7, 40), (100, 6, 40), (100, 7, 9)])
def test_below_any_threshold_there_are_no_groups(
    round: Round, clock: FixedClock, many: int, each: int, minority: int
) -> None:
    """Too few people, too few answers each, or a group so small that its people could be recognised."""
    answered(round, clock, many=many, each=each, minority=minority)

    assert board.groups(round) is None


def test_groups_do_not_depend_on_the_order_of_people() -> None:
    chance = random.Random(3)
    table = [[camp if chance.random() < 0.8 else None for _ in range(8)] for camp in [1] * 70 + [-1] * 50]
    order = list(range(len(table)))
    chance.shuffle(order)

    labels = board.two_groups(table)
    shuffled = board.two_groups([table[i] for i in order])

    assert [labels[i] for i in order] == shuffled
    assert (labels.count(0), labels.count(1)) == (70, 50)


def test_the_page_names_groups_a_and_b_and_says_nothing_about_them(
    round: Round, client: StrictClient, clock: FixedClock
) -> None:
    answered(round, clock, many=100, each=7)

    words = client.get(f"/rounds/{round.slug}/board/groups").words

    assert "Group A has 60 people, group B 40. The app does not know who they are." in words
    assert "Group C" not in words


def test_a_statement_of_a_newcomer_waits_for_an_officer(round: Round, client: StrictClient, clock: FixedClock) -> None:
    newcomer, sam = resident("New", approved=0), resident("Sam", Role.OFFICER)
    made = board.add_statement(round, text="Lights before benches.", language="en", by=newcomer, now=clock.at)
    db.session.commit()
    assert board.next_statement(round, sam) is None
    sign_in_as(client, db.session.get_one(Person, sam.id))

    assert "Lights before benches." in client.get("/staff/queue").words
    path = f"/staff/queue/statements/{made.id}"
    client.post(path, {"outcome": "hide"}, status=422)
    client.post(path, {"outcome": "publish"})

    assert db.session.get_one(Statement, made.id, populate_existing=True).state == "published"
    assert db.session.scalars(select(Notice.words).where(Notice.person_id == newcomer.id)).all() == [
        f"Your statement is on the board of {round.title} now"
    ]
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "statement.decided")).one()
    assert "New" not in str(entry.facts)
    client.post(path, {"outcome": "publish"}, status=409)


def test_who_may_not_decide_about_a_statement(round: Round, clock: FixedClock) -> None:
    quay = make_ward("Quay").id
    writer, councillor = resident("Writer", Role.OFFICER), resident("Cllr", Role.COUNCILLOR, ward_id=quay)
    newcomer, sam = resident("New", approved=0), resident("Sam", Role.OFFICER)
    own = Statement(
        round_id=round.id, author_id=writer.id, text="Mine", language="en", state="held", posted_at=clock.at
    )
    db.session.add(own)
    made = board.add_statement(round, text="Lights before benches.", language="en", by=newcomer, now=clock.at)
    db.session.commit()

    refused = [(councillor, made, NotAllowed), (newcomer, made, NotAllowed), (writer, own, ConflictOfInterest)]
    for by, statement, error in refused:
        with pytest.raises(error):
            board.decide_statement(statement, publish=True, reason="", by=by, now=clock.at)
    with pytest.raises(ReasonNotListed):
        board.decide_statement(made, publish=False, reason="dull", by=sam, now=clock.at)
    board.decide_statement(made, publish=False, reason="advert", by=sam, now=clock.at)
    with pytest.raises(AlreadyDecided):
        board.decide_statement(made, publish=True, reason="", by=sam, now=clock.at)


def test_answering_again_replaces_the_answer(round: Round, clock: FixedClock) -> None:
    who = [resident(f"P{n}") for n in range(3)]
    statement = db.session.get_one(Statement, statements(round, 1, clock)[0])

    for person, answer in product(who, (1, -1, 0, 1)):
        board.answer_statement(statement, answer=answer, by=person)

    assert (statement.agrees, statement.disagrees, statement.passes) == (3, 0, 0)
