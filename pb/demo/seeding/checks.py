"""The council's checks: made one by one, published together when the check phase ends; and proposals that joined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from pb.core.actor import Actor
from pb.core.money import Money
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Check, Proposal
from pb.proposals.service import mark_being_checked
from pb.valuation import service
from pb.valuation.reasons import REASONS


def steps(town: Town) -> Iterator[Step]:
    """No outcome is public before the check phase of its round ends: those of the newest round wait at the desk."""
    for words in town.content.proposals:
        if words.status == "merged":
            joined = town.day_of(words.round, "reviewing") + timedelta(days=10)
            yield Step(town.at(joined, 11), partial(_join, town, words))
        elif words.check is not None:
            yield Step(town.some_time_on(words.check.checked_on, words.key), partial(_check, town, words, words.check))
        elif words.status == "under_valuation" and words.submitted_on:
            begun = town.at(words.submitted_on + timedelta(days=4), 9)
            yield Step(begun, partial(_begin, town, words))
    for key in ("finished", "voting"):
        yield Step(town.at(town.day_of(key, "appeals"), 9), partial(_publish, town, key))


def _begin(town: Town, words: Proposal, _now: datetime) -> None:
    mark_being_checked(town.proposal(words.key))


def _check(town: Town, words: Proposal, check: Check, now: datetime) -> None:
    proposal = town.proposal(words.key)
    service.value_proposal(
        proposal,
        outcome=check.result,
        reason=check.reason,
        cost=Money(words.cost),
        revision_number=proposal.current.number,
        by=_officer(town, check.officer_role),
        now=now,
        **_refusal(town, check),
    )


def _refusal(town: Town, check: Check) -> dict[str, str]:
    """The council's eight rules stand in the order of the eight reasons for which a proposal can be refused."""
    if check.criterion is None:
        return {}
    rule = town.content.criteria[check.criterion - 1]
    name = f"Rule {rule.number}, {rule.title}: {rule.text}"
    return {
        "reason_code": list(REASONS)[check.criterion - 1],
        "rule_name": name[:200],
        "rule_url": f"{town.base_url}/rules",
    }


def _publish(town: Town, key: str, now: datetime) -> None:
    listing = f"{town.base_url}/rounds/{town.words_of(key).slug}/projects"
    round = town.round(key)
    service.publish_outcomes(round, by=town.officer, now=now, address_of=lambda checked: f"{listing}/{checked.code}")


def _officer(town: Town, title: str) -> Actor:
    return town.staff(next((m.key for m in town.content.staff if m.job_title == title), "sam"))


def _join(town: Town, words: Proposal, now: datetime) -> None:
    """Both authors agreed. The proposal keeps its page; there is no desk for this yet, so the state is written here."""
    proposal = town.proposal(words.key)
    proposal.state, proposal.withdrawn_at, proposal.withdrawn_reason = "merged", now, words.note
