"""The quick board of a round: short statements to agree or disagree with, and what that says about everybody.

No replies, no scores of people. Opinion groups are drawn only above the thresholds below, by a method that gives the
same groups for the same answers, and are named A and B: the app never says what kind of people they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.errors import NotAllowed, NotFound
from pb.discussion import election, notices
from pb.discussion.errors import (
    AlreadyDecided,
    ConflictOfInterest,
    ContactInPublic,
    ReasonMissing,
    ReasonNotListed,
    SameStatement,
    StatementTooLong,
    TalkIsClosed,
    TooManyStatements,
    WrongOutcome,
)
from pb.discussion.holds import has_contact, has_link
from pb.discussion.hosts import TALK_IS_OVER
from pb.discussion.models import Contribution, Statement, StatementVote
from pb.discussion.reasons import REASONS
from pb.journal.kinds import declare
from pb.journal.service import record
from pb.rounds.models import Round
from pb.rounds.phases import phase_of

declare({"statement.decided": _l("A statement for the board was read: %(outcome)s.")})

LONGEST = 140
MOST_EACH = 5
FEWEST_ANSWERS = 10
"""A statement with fewer answers says nothing about everybody yet."""
SHOWN = 5
FEWEST_PEOPLE, FEWEST_VOTES = 100, 7
FEWEST_IN_GROUP = 10
"""A smaller group could be recognised."""


@dataclass(frozen=True)
class Standing:
    """A statement with its answers; `agree` and `disagree` in whole per cent of those who did not pass."""

    statement: Statement
    agree: int
    disagree: int

    @property
    def people(self) -> int:
        """Who agreed or disagreed."""
        return self.statement.agrees + self.statement.disagrees


@dataclass(frozen=True)
class Picture:
    """What most people agree on, what splits them, and how many statements and answers there are."""

    agreed: Sequence[Standing]
    split: Sequence[Standing]
    statements: int
    answers: int


@dataclass(frozen=True)
class Groups:
    """Two groups of opinion: how many people each, and the statements on which they differ most.

    Shapes: differences: (statement, per cent of A who agree, per cent of B who agree)
    """

    sizes: tuple[int, int]
    differences: Sequence[tuple[Statement, int, int]]


def add_statement(round: Round, *, text: str, language: str, by: Actor, now: datetime) -> Statement:
    """Put a statement on the board: public at once from people known here, read first from others.

    Raises: TalkIsClosed, ReasonMissing, StatementTooLong, ContactInPublic, SameStatement, TooManyStatements.
    """
    assert by.id is not None
    if phase_of(round, now) in TALK_IS_OVER:
        raise TalkIsClosed
    text = " ".join(text.split())
    if not text:
        raise ReasonMissing("statement")
    if len(text) > LONGEST:
        raise StatementTooLong
    if has_contact(text) or has_link(text):
        raise ContactInPublic
    session().get_one(Person, by.id, with_for_update={"key_share": True})
    of_round = Statement.round_id == round.id
    if session().scalar(select(Statement.id).where(of_round, func.lower(Statement.text) == text.lower())):
        raise SameStatement
    mine = select(func.count()).where(of_round, Statement.author_id == by.id)
    if (session().scalar(mine) or 0) >= MOST_EACH:
        raise TooManyStatements
    state = "published" if _is_known(by, now) and not election.is_on(round.id, now) else "held"
    statement = Statement(round_id=round.id, author_id=by.id, text=text, language=language, state=state, posted_at=now)
    session().add(statement)
    session().flush()
    return statement


def _is_known(by: Actor, now: datetime) -> bool:
    """Staff, and people two of whose contributions are public, with an account older than a day."""
    if by.is_staff:
        return True
    person = session().get_one(Person, by.id)
    mine = select(func.count()).where(Contribution.author_id == by.id, Contribution.state == "published")
    return now - person.created_at > timedelta(days=1) and (session().scalar(mine) or 0) >= 2


def decide_statement(statement: Statement, *, publish: bool, reason: str, by: Actor, now: datetime) -> None:
    """Put a statement that waits on the board, or keep it off with a reason of the closed list; its author is told.

    Raises: NotAllowed, ConflictOfInterest for one's own, OfficersOnly, AlreadyDecided, ReasonNotListed.
    """
    if not by.has(Role.OFFICER):
        raise NotAllowed
    session().refresh(statement, with_for_update=True)
    if statement.author_id == by.id:
        raise ConflictOfInterest(("own_words",))
    if statement.state != "held":
        raise AlreadyDecided
    if not publish and reason not in REASONS:
        raise ReasonNotListed
    statement.state = "published" if publish else "hidden"
    session().flush()
    round = session().get_one(Round, statement.round_id)
    url, told = f"/rounds/{round.slug}/board", TOLD[statement.state]
    notices.tell(statement.author_id, "statement", statement.id, told, url=url, now=now, title=round.title)
    record(
        "statement.decided",
        by=by,
        now=now,
        subject=f"statement {statement.id}",
        round_id=round.id,
        reason="" if publish else str(REASONS[reason]),
        outcome=statement.state,
    )


TOLD = {
    "published": _l("Your statement is on the board of %(title)s now"),
    "hidden": _l("Your statement for the board of %(title)s was not published"),
}


def waiting_statements(viewer: Actor) -> Sequence[Statement]:
    """Statements that wait for an officer who did not write them, the oldest first."""
    waiting = select(Statement).where(Statement.state == "held", Statement.author_id != viewer.id)
    return session().scalars(waiting.order_by(Statement.id)).all()


def answer_statement(statement: Statement, *, answer: int, by: Actor) -> None:
    """Agree (1), disagree (-1) or pass (0); answering again replaces the answer.

    Raises: WrongOutcome, NotFound when it is not public.
    """
    assert by.id is not None
    if answer not in (-1, 0, 1):
        raise WrongOutcome
    session().refresh(statement, with_for_update=True)
    if statement.state != "published":
        raise NotFound
    row = session().get(StatementVote, (statement.id, by.id))
    if row is None:
        row = StatementVote(statement_id=statement.id, person_id=by.id, answer=answer)
        session().add(row)
    row.answer = answer
    session().flush()
    counted = select(StatementVote.answer, func.count()).where(StatementVote.statement_id == statement.id)
    rows = session().execute(counted.group_by(StatementVote.answer))
    counts = {row[0]: row[1] for row in rows}
    statement.agrees, statement.disagrees = counts.get(1, 0), counts.get(-1, 0)
    statement.passes = counts.get(0, 0)
    session().flush()


def next_statement(round: Round, viewer: Actor) -> Statement | None:
    """A statement that the viewer has not answered: the one with the fewest answers, so that all are heard."""
    public = select(Statement).where(Statement.round_id == round.id, Statement.state == "published")
    if viewer.id is not None:
        answered = select(StatementVote.statement_id).where(StatementVote.person_id == viewer.id)
        public = public.where(Statement.id.not_in(answered))
    fewest = Statement.agrees + Statement.disagrees + Statement.passes
    return session().scalars(public.order_by(fewest, Statement.id).limit(1)).one_or_none()


def picture(round: Round) -> Picture:
    """What the answers say, without saying who gave them."""
    public = select(Statement).where(Statement.round_id == round.id, Statement.state == "published")
    statements = session().scalars(public.order_by(Statement.id)).all()
    standings = [_standing(s) for s in statements if s.agrees + s.disagrees >= FEWEST_ANSWERS]
    agreed = sorted((s for s in standings if max(s.agree, s.disagree) >= 60), key=lambda s: (-_most(s), s.statement.id))
    split = sorted((s for s in standings if _most(s) < 60), key=lambda s: (_most(s), s.statement.id))
    answers = sum(s.agrees + s.disagrees + s.passes for s in statements)
    return Picture(agreed[:SHOWN], split[:SHOWN], len(statements), answers)


def _standing(statement: Statement) -> Standing:
    agree = (200 * statement.agrees + statement.agrees + statement.disagrees) // (
        2 * (statement.agrees + statement.disagrees)
    )
    return Standing(statement, agree, 100 - agree)


def _most(standing: Standing) -> int:
    return max(standing.agree, standing.disagree)


def groups(round: Round) -> Groups | None:
    """Two groups of people who answered alike; None below 100 people with 7 answers each, or when one is under 10.

    Method: answers as -1, 0, 1 (unanswered: the statement's mean), the two people furthest from each other along the
    first principal axis as first centres, then k-means. Nothing is random.
    """
    public = select(Statement).where(Statement.round_id == round.id, Statement.state == "published")
    statements = session().scalars(public.order_by(Statement.id)).all()
    votes = select(StatementVote.person_id, StatementVote.statement_id, StatementVote.answer)
    of_these = votes.where(StatementVote.statement_id.in_([s.id for s in statements]))
    rows = session().execute(of_these.order_by(StatementVote.person_id, StatementVote.statement_id)).all()
    by_person: dict[int, dict[int, int]] = {}
    for person_id, statement_id, given in rows:
        by_person.setdefault(person_id, {})[statement_id] = given
    people = [answers for answers in by_person.values() if len(answers) >= FEWEST_VOTES]
    if len(people) < FEWEST_PEOPLE:
        return None
    labels = two_groups([[answers.get(s.id) for s in statements] for answers in people])
    sizes = (labels.count(0), labels.count(1))
    if min(sizes) < FEWEST_IN_GROUP:
        return None
    return Groups(sizes, _differences(statements, people, labels))


def two_groups(table: Sequence[Sequence[int | None]]) -> list[int]:
    """0 or 1 for each row of answers (-1, 0, 1, None for unanswered); the larger group is 0.

    Source: k-means from fixed centres (S. Lloyd, 1982), as in `scipy.cluster.vq`
    """
    import numpy as np  # late: no other page needs them, and they take a fifth of a second to load
    from scipy.cluster.vq import kmeans2
    from scipy.linalg import svd

    answers = np.array([[np.nan if a is None else float(a) for a in row] for row in table])
    known = ~np.isnan(answers)
    means = np.where(known, answers, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, answers, means) - means
    _, _, axes = svd(filled, full_matrices=False)
    along = np.round(filled @ (axes[0] * (1 if axes[0][np.argmax(np.abs(axes[0]))] > 0 else -1)), 9)
    centres = filled[[int(np.argmin(along)), int(np.argmax(along))]]
    _, found = kmeans2(filled, centres, minit="matrix", iter=50, missing="warn")
    labels = [int(label) for label in found]
    return labels if labels.count(0) >= labels.count(1) else [1 - label for label in labels]


def _differences(
    statements: Sequence[Statement], people: Sequence[dict[int, int]], labels: Sequence[int]
) -> list[tuple[Statement, int, int]]:
    found = []
    for statement in statements:
        shares = []
        for group in (0, 1):
            given = [
                a[statement.id] for a, label in zip(people, labels, strict=True) if label == group and statement.id in a
            ]
            if len(given) < FEWEST_IN_GROUP:
                break
            shares.append((200 * given.count(1) + len(given)) // (2 * len(given)))
        if len(shares) == 2:
            found.append((statement, shares[0], shares[1]))
    return sorted(found, key=lambda row: (-abs(row[1] - row[2]), row[0].id))[:SHOWN]
