"""The set-up checklist: ten parts, each completed, in progress or still to do, judged from the round alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.rounds.choices import FAIR_CHECKS
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of


class Status(StrEnum):
    TO_DO = "to_do"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Part:
    """One line of the checklist. `key` is also the end of its page's address."""

    key: str
    name: LazyString
    needs: Callable[[Round], list[bool]]
    """For each thing the part needs: is it there?"""

    def status(self, round: Round) -> Status:
        there = self.needs(round)
        if all(there):
            return Status.COMPLETED
        return Status.IN_PROGRESS if any(there) else Status.TO_DO


def _pots(round: Round) -> list[bool]:
    return [bool(round.pots), *(bool(pot.comes_from) for pot in round.pots)]


def _dates(round: Round) -> list[bool]:
    dates = dates_of(round)
    return [Phase.VOTING in dates, Phase.COUNTING in dates]


PARTS = (
    Part("purpose", _l("Purpose and problem"), lambda r: [bool(r.purpose), bool(r.problem)]),
    Part("pots", _l("The money and where it comes from"), _pots),
    Part("voters", _l("Who may vote"), lambda r: [bool(r.who_may_vote)]),
    Part("ballot", _l("Ballot and counting"), lambda r: [r.ballot_set_at is not None]),
    Part("dates", _l("Dates"), _dates),
    Part("decision", _l("Who decides, and who to ask"), lambda r: [bool(r.who_decides), bool(r.facilitator)]),
    Part("fairness", _l("Fair consultation check"), lambda r: [bool(r.fair_checks.get(k)) for k in FAIR_CHECKS]),
    Part("equality", _l("Equality note"), lambda r: [bool(r.equality_note)]),
    Part("help", _l("Help and paper"), lambda r: [bool(r.paper_help)]),
    Part("test-vote", _l("Test vote with five people"), lambda r: [bool(r.test_vote_note)]),
)


def missing(round: Round) -> list[Part]:
    """The parts that still keep the round from being published, in order."""
    return [part for part in PARTS if part.status(round) is not Status.COMPLETED]
