"""What voting shows on other rooms' pages: the way to the ballot."""

from __future__ import annotations

from flask import Response, after_this_request, render_template

from pb.rounds.models import Phase, Round
from pb.voting.choices import Line
from pb.voting.errors import NotOnBallot
from pb.voting.visit import NotStarted, NotVotingNow, Visit, keep, visit_to


def on_round(*, round: Round, phase: Phase, **_facts: object) -> str:
    """The button to the ballot while voting is open; where to check a reference afterwards."""
    if phase not in (Phase.VOTING, Phase.COUNTING, Phase.RESULTS, Phase.DELIVERING) or round.imported_from:
        return ""
    return render_template("voting/_on_round.html", round=round, is_open=phase is Phase.VOTING)


def on_project(*, round: Round, phase: Phase, code: str, project: object | None = None, **_facts: object) -> str:
    """Add or remove on a project's own page, for somebody who has begun to vote; the way to the ballot otherwise."""
    if phase is not Phase.VOTING or project is None or round.imported_from:
        return ""
    try:
        visit = visit_to(round)
        line = visit.paper.line(code)
    except (NotStarted, NotVotingNow, NotOnBallot):
        return render_template("voting/_on_round.html", round=round, is_open=True)
    if not visit.has_looked_at(line):
        _remember(visit, line)
    return render_template("voting/_on_project.html", visit=visit, line=line)


def _remember(visit: Visit, line: Line) -> None:
    """Note in the voter's own cookie, with the page that is being answered, that this project has been looked at."""

    @after_this_request
    def note(response: Response) -> Response:
        return keep(response, visit.round, visit.having_looked_at(line))
