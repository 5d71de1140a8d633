"""The three rounds: set up, dated and made public on the days they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pb.core.filters import money
from pb.core.money import Money
from pb.demo import shapes
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.rounds import service
from pb.rounds.choices import FAIR_CHECKS
from pb.rounds.models import Phase
from pb.rounds.service import BallotPlan, PotPlan

HOURS = {"reviewing": 17, "counting": 17, "frozen": 12}
"""Proposals and voting end at 5pm; what is not here begins at 9 in the morning."""


def steps(town: Town) -> Iterator[Step]:
    """Each round is a draft for eight days before it is public."""
    for words in town.content.rounds:
        informing = town.day_of(words.key, "informing")
        drafted = town.at(informing - timedelta(days=8), 10)
        yield Step(drafted, partial(_set_up, town, words), says=words.name)
        yield Step(town.at(informing, 9), partial(_publish, town, words))


def _set_up(town: Town, words: shapes.Round, now: datetime) -> None:
    by = town.officer
    round = service.create_round(title=words.name, slug=words.slug, by=by, now=now)
    town.rounds[words.key] = round.id
    service.describe_round(round, by=by, now=now, **_description(town, words))
    area = [town.wards[key] for key in words.wards]
    everywhere = len(area) == len(town.wards)
    service.set_voters(
        round,
        words=words.who_may_vote,
        minimum_age=words.minimum_age,
        ward_ids=[] if everywhere else area,
        by=by,
        now=now,
    )
    service.set_pots(round, pots=[_pot(pot) for pot in words.pots], by=by, now=now)
    plan = BallotPlan(max_picks=words.max_picks, rule=words.rule, completion=words.completion)
    service.set_ballot(round, plan=plan, by=by, now=now)
    service.set_dates(round, dates=_dates(town, words), by=by, now=now)


def _publish(town: Town, words: shapes.Round, now: datetime) -> None:
    service.publish_round(town.round(words.key), by=town.officer, now=now)


def _description(town: Town, words: shapes.Round) -> dict[str, Any]:
    facilitator = next(member for member in town.content.staff if member.key == words.facilitator)
    return {
        "purpose": words.purpose,
        "problem": words.problem,
        "asked_by": words.first_asked_by,
        "what_helps": "\n".join(words.already_helping),
        "who_decides": words.who_decides,
        "facilitator": f"{facilitator.name}, {facilitator.job_title.lower()}. {facilitator.about}",
        "paper_help": town.content.council.help_place,
        "equality_note": words.equality,
        "fair_checks": dict.fromkeys(FAIR_CHECKS, True),
        "test_vote_note": words.test_vote,
        "max_ask": Money(words.largest_cost),
    }


def _pot(words: shapes.Pot) -> PotPlan:
    sources = "; ".join(f"{source.source}, {money(Money(source.amount))}" for source in words.sources)
    return PotPlan(words.name, Money(words.amount), sources)


def _dates(town: Town, words: shapes.Round) -> dict[Phase, datetime | None]:
    """Dates still to come are as real as those gone by: `Town.at` would cut them to now."""
    known = {phase.value for phase in Phase}
    return {
        Phase(phase.name): datetime(*phase.starts_on.timetuple()[:3], HOURS.get(phase.name, 9), tzinfo=town.zone)
        for phase in words.phases
        if phase.name in known
    }
