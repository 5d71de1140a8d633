"""The council's checks: made one by one, published together when the check phase ends; and proposals that joined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.money import Money
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Check, Proposal
from pb.proposals import service
from pb.valuation.models import Valuation


def steps(town: Town) -> Iterator[Step]:
    """Outcomes wait for one another until the check phase ends; a round still proposing publishes each the next day."""
    for words in town.content.proposals:
        if words.status == "merged":
            joined = town.day_of(words.round, "reviewing") + timedelta(days=10)
            yield Step(town.at(joined, 11), partial(_join, town, words))
        elif words.check is not None:
            yield Step(town.some_time_on(words.check.checked_on, words.key), partial(_check, town, words, words.check))
            yield Step(town.at(_published_on(town, words, words.check), 9, 30), partial(_publish, town, words))
        elif words.status == "under_valuation" and words.submitted_on:
            begun = town.at(words.submitted_on + timedelta(days=4), 9)
            yield Step(begun, partial(_begin, town, words))


def _published_on(town: Town, words: Proposal, check: Check) -> date:
    """The end of the check phase, or the day after the check where that is still to come."""
    appeals = town.day_of(words.round, "appeals")
    return appeals if appeals <= town.now.date() else check.checked_on + timedelta(days=1)


def _begin(town: Town, words: Proposal, _now: datetime) -> None:
    service.mark_being_checked(town.proposal(words.key))


def _check(town: Town, words: Proposal, check: Check, now: datetime) -> None:
    proposal, officer = town.proposal(words.key), _officer(town, check.officer_role)
    service.mark_being_checked(proposal)
    criterion = next((c for c in town.content.criteria if c.number == check.criterion), None)
    valuation = Valuation(
        proposal_id=proposal.id,
        revision_number=proposal.current.number,
        outcome=check.result,
        reason=check.reason,
        rule_name=f"Rule {criterion.number}: {criterion.title}. {criterion.text}" if criterion else "",
        cost=Money(words.cost),
        officer_title=check.officer_role,
        made_at=now,
        made_by=officer.id,
    )
    session().add(valuation)
    session().flush()


def _publish(town: Town, words: Proposal, now: datetime) -> None:
    proposal = town.proposal(words.key)
    valuation = session().query(Valuation).filter_by(proposal_id=proposal.id).one()
    valuation.published_at = now
    service.take_outcome(proposal, valuation.outcome, cost=valuation.cost)


def _officer(town: Town, title: str) -> Actor:
    return town.staff(next((m.key for m in town.content.staff if m.job_title == title), "sam"))


def _join(town: Town, words: Proposal, now: datetime) -> None:
    proposal = town.proposal(words.key)
    proposal.state, proposal.withdrawn_at, proposal.withdrawn_reason = "merged", now, words.note
