"""One voter's visit to a ballot: the round, the paper of the voter's ward, and the draft from the cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import ngettext

from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.kept import looks_at_draft
from pb.core.settings import Settings
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of, voting_window
from pb.rounds.queries import round_to_look_at
from pb.voting import draft as drafts
from pb.voting.choices import BallotPaper, Line, check_marks, check_not_withdrawn
from pb.voting.draft import Draft
from pb.voting.errors import NoBallot
from pb.voting.listing import Filter, PotTally, few_picks_words, marks_of, tallies
from pb.voting.models import Contest
from pb.voting.order import shuffled
from pb.voting.queries import contest_to_read, paper_of
from pb.voting.ways import way_to_prove

DRAFT_LIVES = timedelta(days=30)
PROOF_LIVES_MINUTES = 30


class NotVotingNow(Exception):
    """The round takes no votes at this time: there is a page for it."""

    def __init__(self, round: Round) -> None:
        super().__init__(round.slug)
        self.round = round


class NotStarted(Exception):
    """This browser has not answered the two questions yet: they come first."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


@dataclass(frozen=True)
class Visit:
    """What every page of the ballot needs."""

    round: Round
    contest: Contest
    whole_paper: BallotPaper
    draft: Draft

    @cached_property
    def paper(self) -> BallotPaper:
        """What this voter's ward may vote on."""
        return self.whole_paper.for_ward(self.draft.ward_id)

    @cached_property
    def lines(self) -> list[Line]:
        """This voter's projects in this voter's order; withdrawn ones stay only where they were picked."""
        there = (line for line in self.paper.lines if not line.is_withdrawn or line.code in self.draft.picks)
        return shuffled(there, secret=self.contest.order_secret, token=self.draft.token)

    def found(self, asked: Filter) -> list[Line]:
        """What the voter asked to see, in the voter's own order."""
        picks = self.draft.picks
        return [line for line in self.lines if asked.shows(line, picks, is_new=not self.has_looked_at(line))]

    @cached_property
    def tallies(self) -> Sequence[PotTally]:
        return tallies(self.paper, self.draft.picks)

    @cached_property
    def marks(self) -> dict[str, int]:
        """The picks as they would be sealed."""
        return marks_of(self.paper, self.draft.picks, self.draft.points)

    @property
    def problem(self) -> Refusal | None:
        """What stands in the way of sending these picks."""
        try:
            check_not_withdrawn(self.paper, self.marks)
            check_marks(self.paper, self.marks)
        except Refusal as refusal:
            return refusal
        return None

    @cached_property
    def places(self) -> dict[str, int]:
        """Each project's place on the frozen paper: what the draft notes of what was looked at."""
        return {line.code: place for place, line in enumerate(self.whole_paper.lines)}

    def has_looked_at(self, line: Line) -> bool:
        """Whether the voter has opened this project's page or picked it."""
        return self.draft.has_looked_at(self.places[line.code])

    def having_looked_at(self, line: Line) -> Draft:
        return self.draft.looking_at(self.places[line.code])

    @property
    def needs_code(self) -> bool:
        """Whether the voter must still prove a mailbox before the vote can be sent."""
        return self.round.identity_rung != 0 and not self.is_proven

    @property
    def nudge(self) -> str:
        """With one or two picks where more may come: what the round's rule does with few picks. Empty otherwise."""
        may_add = any(tally.left is None or tally.left for tally in self.tallies)
        if not (1 <= len(self.draft.picks) <= 2 and may_add):
            return ""
        return few_picks_words(self.round.rule, self.paper.kind, self.paper.points_total)

    def mark_words(self, line: Line) -> str:
        """What the ballot says of a pick beside having it: its points or its place."""
        mark = self.marks.get(line.code, 0)
        if self.paper.kind == "points":
            return str(ngettext("%(num)s point", "%(num)s points", mark))
        return str(_("Your number %(place)s", place=mark)) if self.paper.kind == "ranking" else ""

    def points_words(self, tally: PotTally) -> str:
        """How many points of a pot are given and how many are left."""
        used, total = sum(self.marks[line.code] for line in tally.lines), self.paper.points_total
        if used > total:
            return str(_("%(used)s used: take off %(over)s", used=used, over=used - total))
        return str(_("%(used)s used, %(left)s left", used=used, left=total - used))

    def pot_name(self, line: Line) -> str:
        """The pot of a line, where there is more than one."""
        return next((pot.name for pot in self.paper.pots if pot.id == line.pot_id), "") if self.has_pots else ""

    @property
    def has_pots(self) -> bool:
        return len(self.paper.pots) > 1

    @property
    def voted_at(self) -> datetime:
        return datetime.fromtimestamp(self.draft.voted_at * 60, UTC)

    @property
    def closes_at(self) -> datetime:
        return voting_window(self.round).closes_at

    @property
    def asked_at(self) -> str:
        """The endpoint that asks who somebody is, or how they want to prove it."""
        return way_to_prove(self.round.rungs)

    @property
    def is_proven(self) -> bool:
        return bool(self.draft.entitlement_id) and this_minute() < self.draft.proven_until

    def with_draft(self, draft: Draft) -> Visit:
        return replace(self, draft=draft)

    def proven(self, entitlement_id: str) -> Visit:
        """The same visit, knowing who it is. What was known of another person's vote on this device is forgotten."""
        draft = self.draft
        if draft.entitlement_id != entitlement_id:
            draft = replace(draft, receipt="", version=0, voted_at=0)
        until = this_minute() + PROOF_LIVES_MINUTES
        return self.with_draft(replace(draft, entitlement_id=entitlement_id, proven_until=until))


def this_minute() -> int:
    """Minutes since 1970: the coarse time that a draft keeps."""
    return int(now().timestamp()) // 60


def find_round(slug: str) -> Round:
    """Raises: NotFound, for a draft too: nobody votes in one."""
    return round_to_look_at(slug)


def open_round(slug: str) -> Round:
    """A round that takes votes now.

    Raises: NotFound; NotVotingNow
    """
    round = find_round(slug)
    if phase_of(round, now()) is not Phase.VOTING:
        raise NotVotingNow(round)
    return round


def visit_of(slug: str) -> Visit:
    """The visit of this browser to an open ballot.

    Raises: NotFound; NotVotingNow; NotStarted
    """
    return visit_to(open_round(slug))


def sending_visit(slug: str) -> Visit:
    """The visit of a page that sends the vote: a vote on its way is judged by the cast, not by the page.

    Raises: NotFound; NotVotingNow; NotStarted
    """
    return visit_of(slug) if request.method == "GET" else visit_to(find_round(slug))


def visit_to(round: Round) -> Visit:
    """The visit of this browser to a round's ballot, open or not.

    Raises: NotStarted; NotVotingNow when there is no ballot
    """
    draft = draft_for(round)
    if draft is None:
        raise NotStarted(round.slug)
    try:
        contest, paper = contest_to_read(round.id), paper_of(round)
    except NoBallot:
        raise NotVotingNow(round) from None
    return Visit(round, contest, paper, draft)


def draft_for(round: Round) -> Draft | None:
    """What this browser's cookie holds for the round."""
    looks_at_draft()
    return drafts.read(request.cookies.get(_cookie_name(round)), secret_key=_settings().secret_key, round_id=round.id)


def keep(response: Response, round: Round, draft: Draft) -> Response:
    """Give the browser its draft back, sealed.

    Raises: DraftTooLarge
    """
    response.set_cookie(
        _cookie_name(round),
        drafts.write(draft, secret_key=_settings().secret_key, round_id=round.id),
        max_age=DRAFT_LIVES,
        secure=_settings().https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def forget_draft(response: Response, round: Round) -> Response:
    """Take this round's draft from this browser, and nothing else."""
    response.delete_cookie(_cookie_name(round), path="/", secure=_settings().https, httponly=True, samesite="Lax")
    return response


def _cookie_name(round: Round) -> str:
    return f"{'__Host-' if _settings().https else ''}ballot-{round.id}"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
