"""What people said about the proposals, lived through the services: first posts are read, suggestions make versions.

"Useful" is marked in one go and counted by the room's own tally: a service call for each of thousands of marks would
take longer than the rest of the town.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import insert, select

from pb.core.actor import Actor
from pb.core.db import session
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Contribution as Said
from pb.demo.shapes import Reply
from pb.discussion import board, hosts, service, summaries, tally
from pb.discussion.models import Contribution, Statement, StatementVote, Talk, UsefulMark
from pb.discussion.moderating import Decision, moderate
from pb.discussion.service import Words
from pb.proposals import service as proposals
from pb.proposals.models import Proposal

READ_AFTER = timedelta(hours=2)
"""How long a first post waits in this town; what was sent later than that still waits in the queue."""
SUMMED_UP = "weaving-shed"
SUMMARY = {
    "likes": "People like that what they cannot mend at home gets a bench [1]. Skills would be handed on [5].",
    "worries": "Some find it a large part of the pot for one ward [2]. Some doubt that enough members will pay [6].",
    "unknown": "Whether 100 people join in the first year [6].",
    "changed": "A women-only evening was added [4].",
}
"""The numbers are those of the shed's contributions in the content, put in their real ones."""
FAIR = ("yes", "yes", "partly", "yes", "yes", "no", "yes", "yes", "partly", "yes", "yes", "yes", "yes", "partly")
STATEMENTS = (
    ("Rukhsana Malik", "Safer walking matters more to me than anything with a roof.", 71),
    ("Frank Ogden", "Nothing should be funded unless it says who mends it afterwards.", 88),
    ("Pauline Eckersley", "Every ward should get at least one project.", 63),
    ("Colin Birtles", "Canal and riverbanks should stay dark at night.", 48),
    ("Callum Reid", "Young people should have a pot of their own.", 55),
    ("Peter Lomax", "A few big projects do more good than many small ones.", 39),
)
"""Who put it on the board, what it says, and how many in a hundred agree."""


def steps(town: Town) -> Iterator[Step]:
    """Each contribution and reply on its day; marks, summary and board at the end."""
    for said in town.content.contributions:
        at = _when(town, said)
        yield Step(at, partial(_say, town, said))
        yield from _reading(town, said.key, at)
        for number, reply in enumerate(said.replies, start=1):
            answered = max(town.some_time_on(reply.written_on, reply.text), at + timedelta(hours=3 * number))
            yield Step(min(answered, town.now), partial(_reply, town, said, number))
            yield from _reading(town, f"{said.key}/{number}", answered)
    yield Step(town.now, partial(_mark_useful, town), says="What people find useful")
    yield Step(town.now, partial(_sum_up, town))
    yield Step(town.now, partial(_board, town))


def _when(town: Town, said: Said) -> datetime:
    return town.some_time_on(said.written_on, said.key)


def _host(town: Town, key: str, now: datetime) -> hosts.Host:
    proposal = town.proposal(key)
    return hosts.of_proposal(proposal, proposal.round, now)


def _say(town: Town, said: Said, now: datetime) -> None:
    host = _host(town, said.proposal, now)
    words = Words(said.text, said.kind)
    town.contributions[said.key] = service.post_contribution(host, words, by=town.actor(said.author), now=now).id


def _reading(town: Town, key: str, at: datetime) -> Iterator[Step]:
    """The facilitator reads first posts two hours later; the newest of all still wait."""
    if at + READ_AFTER <= town.now:
        yield Step(at + READ_AFTER, partial(_read, town, key))


def _read(town: Town, key: str, now: datetime) -> None:
    contribution = session().get(Contribution, town.contributions.get(key, 0))
    if contribution is not None and contribution.state == "held":
        moderate(contribution, Decision("publish"), by=town.staff("ama"), now=now)


def _reply(town: Town, said: Said, number: int, now: datetime) -> None:
    reply = said.replies[number - 1]
    host, by = _host(town, said.proposal, now), town.actor(reply.author)
    contribution = session().get_one(Contribution, town.contributions[said.key])
    if contribution.state != "published":
        return
    if reply.kind == "changed" and contribution.kind == "suggestion":
        host = _change(town, said, reply, contribution, by, now) or host
    if _decides(host, contribution, reply, by):
        done = service.answer(host, contribution, Words(reply.text), outcome=reply.kind, by=by, now=now)
    else:
        done = service.reply(host, contribution, Words(reply.text), by=by, now=now)
    town.contributions[f"{said.key}/{number}"] = done.id


def _decides(host: hosts.Host, contribution: Contribution, reply: Reply, by: Actor) -> bool:
    """Whether a reply says what became of it, by somebody who may, of a change that can be shown."""
    if reply.kind not in service.OUTCOMES.get(contribution.kind, ()):
        return False
    may_answer = host.is_proposer(by) or (contribution.kind == "question" and service.is_named(by))
    return may_answer and (reply.kind != "changed" or host.version > contribution.host_version)


def _change(
    town: Town, said: Said, reply: Reply, contribution: Contribution, by: Actor, now: datetime
) -> hosts.Host | None:
    """A new version that cites the suggestion, where a proposal can still change without another check."""
    proposal: Proposal = town.proposal(said.proposal)
    if proposal.state != "published" or proposal.round.frozen_at is not None:
        return None
    asked = f"In the talk somebody wrote: “{said.text}” Our answer: {reply.text}"
    note = f"{proposal.current.who_we_asked}\n{asked}".strip()
    if len(note) > 1000:
        return None
    proposals.revise(
        proposal,
        {"who_we_asked": note},
        reason="discussion",
        note=reply.text,
        base_number=proposal.current.number,
        cites=[contribution.id],
        by=by,
        now=now,
    )
    return _host(town, said.proposal, now)


def _mark_useful(town: Town, now: datetime) -> None:
    """Residents find things useful, the same ones for the same content."""
    people = sorted(actor.id for actor in _residents(town) if actor.id)
    wanted = select(Contribution).where(Contribution.state == "published", Contribution.parent_id.is_(None))
    found = session().scalars(wanted.order_by(Contribution.id)).all()
    rows = [
        {"contribution_id": c.id, "person_id": person, "marked_at": now}
        for c in found
        for person in people
        if person != c.author_id and _chance(f"{c.text} {person}") < _chance(c.text) / 6
    ]
    session().execute(insert(UsefulMark), rows)
    talks = {(t.host_kind, t.host_id): t for t in session().scalars(select(Talk))}
    for contribution in found:
        tally.count_marks(talks[contribution.host_kind, contribution.host_id], contribution)


def _chance(key: str) -> float:
    return zlib.crc32(key.encode()) / 2**32


def _sum_up(town: Town, now: datetime) -> None:
    """The facilitator's summary of one project."""
    numbers = [said.key for said in town.content.contributions if said.proposal == SUMMED_UP]
    real = {str(n): str(town.contributions[key]) for n, key in enumerate(numbers, start=1)}
    texts = {}
    for heading, text in SUMMARY.items():
        for number, contribution_id in real.items():
            text = text.replace(f"[{number}]", f"[#{contribution_id}]")
        texts[heading] = text.replace("[#", "[")
    summary = summaries.write_summary(_host(town, SUMMED_UP, now), texts, by=town.staff("ama"), now=now)
    for person, answer in zip(_residents(town), FAIR, strict=False):
        summaries.judge_summary(summary, answer=answer, why="", by=person)


def _residents(town: Town) -> list[Actor]:
    return [actor for author, actor in town.actors.items() if author.kind == "person"]


def _board(town: Town, now: datetime) -> None:
    """Statements on the board of the round in voting, with the answers of the residents who write."""
    round = town.round("voting")
    actors = {author.key: actor for author, actor in town.actors.items() if author.kind == "person"}
    for name, text, agreeing in STATEMENTS:
        made = board.add_statement(round, text=text, language="en", by=actors[name], now=now)
        made.state = "published"
        _answer(made, _residents(town), agreeing)


def _answer(statement: Statement, people: list[Actor], agreeing: int) -> None:
    answers = {actor.id: _given(f"{statement.text} {actor.id}", agreeing) for actor in people if actor.id}
    rows = [{"statement_id": statement.id, "person_id": p, "answer": a} for p, a in answers.items()]
    session().execute(insert(StatementVote), rows)
    given = list(answers.values())
    statement.agrees, statement.disagrees, statement.passes = given.count(1), given.count(-1), given.count(0)


def _given(key: str, agreeing: int) -> int:
    chance = _chance(key) * 110
    return 1 if chance < agreeing else -1 if chance < 100 else 0
