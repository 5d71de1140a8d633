"""The finished round counted by the engine, certified by two people, published, and decided on by the panel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.results import decisions, service, study

KEY = "finished"
LONGEST = timedelta(seconds=3)
"""Explaining every project would hold up whoever waits for the demonstration; `bin/demo` goes on beside the service."""
PANEL = "The Together panel: two councillors and five residents drawn by lot"


def steps(town: Town) -> Iterator[Step]:
    """The box is opened at nine; the panel meets on the evening of the day on which everybody can read the result."""
    words = town.words_of(KEY)
    yield Step(town.at(words.counted_on, 10), partial(_count, town), says=f"{words.name}: counting")
    yield Step(town.at(words.counted_on, 11), partial(_certify, town, "helena"))
    yield Step(town.at(words.counted_on, 15), partial(_certify, town, "sam"))
    yield Step(town.at(words.decided_on, 9), partial(_publish, town))
    yield Step(
        town.at(words.decided_on, 10), partial(_study, town), says=f"{words.name}: counting other ways", alone=True
    )
    yield Step(town.at(words.decided_on, 20), partial(_decide, town))


def _count(town: Town, now: datetime) -> None:
    service.count_round(town.round(KEY), by=town.returning_officer, now=now)


def _certify(town: Town, who: str, now: datetime) -> None:
    service.certify(town.round(KEY), by=town.staff(who), now=now)


def _publish(town: Town, now: datetime) -> None:
    service.publish(town.round(KEY), by=town.returning_officer, now=now)


def _study(town: Town, now: datetime) -> None:
    study.study(town.round(KEY).id, now=lambda: now, told=lambda _done, _total: None, longest=LONGEST)


def _decide(town: Town, now: datetime) -> None:
    decisions.decide(town.round(KEY), decided_by=PANEL, is_agreed=True, by=town.officer, now=now)
