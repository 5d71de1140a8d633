"""Rounds made by the real services, standing in the phase a test needs at the time its clock shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.money import Money
from pb.rounds import service
from pb.rounds.choices import FAIR_CHECKS
from pb.rounds.models import Phase, Pot, Project, Round, Ward
from pb.rounds.service import BallotLine, BallotPlan, PotPlan

OFFICER = Actor(id=None, name="Sam", roles=frozenset({Role.OFFICER}))

STARTS = {
    Phase.INFORMING: 0,
    Phase.PROPOSING: 10,
    Phase.REVIEWING: 30,
    Phase.VALUATING: 40,
    Phase.VOTING: 60,
    Phase.COUNTING: 80,
    Phase.RESULTS: 90,
    Phase.DELIVERING: 100,
}
"""Days after the round's first date on which its phases begin."""

TODAY = {
    "draft": -20,
    "informing": 5,
    "proposing": 20,
    "reviewing": 35,
    "valuating": 45,
    "frozen": 55,
    "voting": 70,
    "counting": 85,
    "results": 95,
    "delivering": 110,
    "closed": 120,
}
"""On which of those days the clock stands, by the phase a test asks for."""

WHO = "Anyone aged 11 or over who lives, works or studies here"

WORDS: dict[str, object] = {
    "purpose": "Somewhere warm, somewhere green, and a way between them.",
    "problem": "“Nowhere warm to sit after four.”",
    "who_decides": "The ward panel. It must give its reasons if it departs from the count.",
    "facilitator": "Ama, community team",
    "equality_note": "Checked with the access group.",
    "paper_help": "Paper ballots at the library, Thursdays.",
    "test_vote_note": "Five people voted on 2 May; two buttons were made larger.",
    "fair_checks": dict.fromkeys(FAIR_CHECKS, True),
}


def make_ward(name: str = "Quay", gss: str | None = None) -> Ward:
    """A ward; its code comes from its name when none is given."""
    code = gss or f"E05{sum(name.encode()) % 10**6:06d}"
    ward = Ward(gss_code=code, name=name, slug=service.slugify(name), about="")
    db.session.add(ward)
    db.session.commit()
    return ward


def make_round(
    phase: Phase | str,
    clock: Callable[[], datetime],
    *,
    title: str = "Together for Quay",
    pots: tuple[PotPlan, ...] = (PotPlan("The Together pot", Money(60_000_00), "£60,000 from the council"),),
    plan: BallotPlan | None = None,
    projects: int = 3,
    codes: str = "B{:02d}",
    wards: tuple[Ward, ...] = (),
    **words: object,
) -> Round:
    """A round in `phase` at `clock()`, set up, published, frozen and closed by the services on the days they fall on.

    `projects`: how many are on the ballot once it is frozen (codes B01, B02 …, from £9,000 up, unless `codes`
    forms them otherwise). `words` go to `describe_round`. Committed.
    """
    name = str(phase)
    first = clock() - timedelta(days=TODAY[name])
    drafted = min(clock(), first) - timedelta(days=10)
    round = service.create_round(title=title, by=OFFICER, now=drafted)
    service.describe_round(round, by=OFFICER, now=drafted, **{**WORDS, **words})
    service.set_voters(round, words=WHO, minimum_age=11, ward_ids=[ward.id for ward in wards], by=OFFICER, now=drafted)
    service.set_pots(round, pots=pots, by=OFFICER, now=drafted)
    service.set_ballot(round, plan=plan or BallotPlan(), by=OFFICER, now=drafted)
    dates = {phase: first + timedelta(days=days) for phase, days in STARTS.items()}
    service.set_dates(round, dates=dates, by=OFFICER, now=drafted)
    _live(round, name, first, projects, codes)
    db.session.commit()
    return round


def _live(round: Round, phase: str, first: datetime, projects: int, codes: str) -> None:
    """Let happen what has happened to a round by the time it is in `phase`."""
    order = list(TODAY)

    def day(number: int) -> datetime:
        return first + timedelta(days=number)

    if order.index(phase) >= order.index("informing"):
        service.publish_round(round, by=OFFICER, now=day(-1))
    if order.index(phase) >= order.index("frozen"):
        make_projects(round, projects, now=day(50), codes=codes)
    if order.index(phase) >= order.index("counting"):
        service.mark_closed(round, by=OFFICER, now=day(80))
    if order.index(phase) >= order.index("results"):
        service.mark_published(round, by=OFFICER, now=day(90))
    if phase == "closed":
        service.end_round(round, reason="Every promise was kept.", by=OFFICER, now=day(115))


def make_projects(
    round: Round, how_many: int = 3, *, now: datetime, pot: Pot | None = None, codes: str = "B{:02d}"
) -> list[Project]:
    """Freeze the ballot with this many plain projects: B01 for £9,000, B02 for £10,000 …"""
    lines = [
        BallotLine(
            code=codes.format(n),
            title=f"Project {n}",
            summary=f"What project {n} does.",
            cost=Money((8_000 + 1_000 * n) * 100),
            pot_id=(pot or round.pots[0]).id,
        )
        for n in range(1, how_many + 1)
    ]
    return service.freeze_ballot(round, lines=lines, by=OFFICER, now=now)
