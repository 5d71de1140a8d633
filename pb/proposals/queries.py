"""Reading proposals: who may see which, the one that a page shows, and what goes to the ballot. The list: `listing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from pb.accounts.models import GroupMember
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.edition import Kept, apart
from pb.core.errors import NotFound
from pb.core.money import Money
from pb.proposals import steps
from pb.proposals.models import Proposal, Revision
from pb.proposals.titles import look
from pb.rounds.models import Pot, Project, Round, Ward
from pb.rounds.queries import wards_of

NOT_PUBLIC = frozenset({"draft", "submitted", "hidden"})
OPEN_STATES = frozenset(
    {"published", "returned", "under_valuation", "feasible", "feasible_with_changes", "not_feasible"}
)
"""States in which the proposer may still change or withdraw a proposal, until the ballot is frozen."""
CAN_GO_TO_VOTE = frozenset({"feasible", "feasible_with_changes"})


@dataclass(frozen=True)
class Candidate:
    """One line for the freeze: what the ballot will say. `cost` is in pence, as checked."""

    proposal: Proposal
    pot: Pot
    code: str
    title: str
    summary: str
    cost: Money
    place: str
    point: str
    theme: str
    ward_id: int | None
    proposer: str


def proposer_name(proposal: Proposal) -> str:
    """The group's name, or the name that the person chose to show."""
    return proposal.group.name if proposal.group else proposal.proposer.display_name


def is_member(actor: Actor, group_id: int | None) -> bool:
    """Whether the actor acts for that group."""
    if actor.id is None or group_id is None:
        return False
    return session().get(GroupMember, (group_id, actor.id)) is not None


def may_edit(proposal: Proposal, actor: Actor) -> bool:
    """The proposer may, and every member of the proposing group."""
    return actor.id is not None and (proposal.proposer_id == actor.id or is_member(actor, proposal.group_id))


def _whole(versions: Callable[..., Any] = selectinload) -> tuple[ExecutableOption, ...]:
    """What a page about one proposal shows, in a fixed number of queries; of one alone `versions` can be joined."""
    return (
        joinedload(Proposal.round),
        joinedload(Proposal.group),
        joinedload(Proposal.proposer),
        joinedload(Proposal.project),
        versions(Proposal.revisions).joinedload(Revision.ward),
        versions(Proposal.revisions).joinedload(Revision.author),
    )


def own_proposal(round: Round, proposal_id: int, by: Actor) -> Proposal:
    """A proposal of this round that the actor may edit, in any state.

    Raises: NotFound for everybody else's, so that drafts cannot be guessed.
    """
    wanted = select(Proposal).where(Proposal.id == proposal_id, Proposal.round_id == round.id)
    proposal = session().scalars(wanted.options(*_whole())).one_or_none()
    if proposal is None or not may_edit(proposal, by):
        raise NotFound
    return proposal


def own_proposal_by_code(round: Round, code: str, by: Actor) -> Proposal:
    """A public proposal that the actor may change.

    Raises: NotFound for everybody else.
    """
    proposal = public_proposal(round, code)
    if not may_edit(proposal, by):
        raise NotFound
    return proposal


def find_by_code(round: Round, code: str) -> tuple[Proposal | None, Project | None]:
    """What the public may see under a code: a proposal, a project, or both once it is on the ballot.

    Raises: NotFound when there is neither.
    """
    beside = (joinedload(Project.ward), joinedload(Project.pot))
    same = and_(Project.round_id == Proposal.round_id, Project.code == Proposal.code)
    wanted = select(Proposal, Project).outerjoin(Project, same).options(*_whole(joinedload), *beside)
    here = wanted.where(Proposal.round_id == round.id, Proposal.code == code)
    row = session().execute(here).unique().one_or_none()
    if row is not None and row[0].state in NOT_PUBLIC:
        raise NotFound
    if row is not None:
        return row[0], row[1]
    on_ballot = select(Project).where(Project.round_id == round.id, Project.code == code)
    project = session().scalars(on_ballot.options(*beside)).one_or_none()
    if project is None:
        raise NotFound
    return None, project


Found = tuple[Proposal | None, Project | None]
_kept = Kept[Found](500)


def look_at(round: Round, code: str) -> Found:
    """`find_by_code` for pages that only show it: read once for each edition of the site, and part of no session.

    Raises: NotFound
    """
    return _kept.of_this_edition((round.id, code[:20]), lambda: _apart(*find_by_code(round, code)))


def _apart(proposal: Proposal | None, project: Project | None) -> Found:
    return proposal and apart(proposal), project and apart(project)


def public_proposal(round: Round, code: str) -> Proposal:
    """Raises: NotFound when there is no proposal with that code which the public may see."""
    proposal, _ = find_by_code(round, code)
    if proposal is None:
        raise NotFound
    return proposal


def newest_round_with(code: str) -> Round:
    """The newest public round that has a proposal or project with this code: where a short link leads.

    Raises: NotFound.
    """
    proposed = select(Proposal.round_id).where(Proposal.code == code, Proposal.state.not_in(NOT_PUBLIC))
    on_ballot = select(Project.round_id).where(Project.code == code)
    public = Round.published_at.is_not(None) & (Round.id.in_(proposed) | Round.id.in_(on_ballot))
    newest = select(Round).where(public).order_by(Round.published_at.desc(), Round.id.desc()).limit(1)
    found = session().scalars(newest).one_or_none()
    if found is None:
        raise NotFound
    return found


def mine(by: Actor) -> Sequence[Proposal]:
    """The actor's proposals and those of the actor's groups, drafts first, then the newest."""
    groups = select(GroupMember.group_id).where(GroupMember.person_id == by.id)
    wanted = select(Proposal).where((Proposal.proposer_id == by.id) | Proposal.group_id.in_(groups))
    order = wanted.order_by((Proposal.state == "draft").desc(), Proposal.id.desc())
    return session().scalars(order.options(*_whole())).unique().all()


def drafts_of(round_id: int, person_id: int) -> int:
    """How many drafts a person keeps in a round."""
    own = (Proposal.round_id == round_id) & (Proposal.proposer_id == person_id) & (Proposal.state == "draft")
    return session().scalar(select(func.count()).where(own)) or 0


def pot_for(round: Round, ward_id: int | None) -> Pot | None:
    """The pot that would pay for a project there: the ward's own, else the one for the whole area."""
    fitting = [pot for pot in round.pots if pot.ward_id in (None, ward_id)]
    return min(fitting, key=lambda pot: (pot.ward_id is None, pot.position, pot.id), default=None)


def areas(round: Round) -> tuple[Sequence[Ward], bool]:
    """The wards in which a project may be, and whether it may also be for the whole area."""
    paid = {pot.ward_id for pot in round.pots}
    return [ward for ward in wards_of(round) if None in paid or ward.id in paid], None in paid


def is_in_area(round: Round, ward_id: int | None) -> bool:
    """Whether this round has money for a project there."""
    wards, whole_area = areas(round)
    return whole_area if ward_id is None else ward_id in {ward.id for ward in wards}


def cost_limit(round: Round, ward_id: int | None, *, place_is_known: bool) -> Money | None:
    """The most that one project may cost, in pence: the round's limit and the pot that would pay. None: no limit."""
    pot = pot_for(round, ward_id) if place_is_known else max(round.pots, key=lambda pot: pot.amount, default=None)
    limits = [limit for limit in (round.max_ask, pot.amount if pot else None) if limit is not None]
    return min(limits, default=None)


def current_revisions(round_id: int) -> Sequence[Revision]:
    """The newest version of every proposal of a round that the public may see, with proposer and ward, by code."""
    newest = select(Revision.proposal_id, func.max(Revision.number).label("number")).group_by(Revision.proposal_id)
    last = newest.subquery()
    wanted = (
        select(Revision)
        .join(last, (last.c.proposal_id == Revision.proposal_id) & (last.c.number == Revision.number))
        .join(Revision.proposal)
        .where(Proposal.round_id == round_id, Proposal.state.not_in(NOT_PUBLIC))
        .options(
            contains_eager(Revision.proposal).joinedload(Proposal.proposer),
            contains_eager(Revision.proposal).joinedload(Proposal.group),
            joinedload(Revision.ward),
        )
        .order_by(Proposal.code, Proposal.id)
    )
    return session().scalars(wanted).all()


@dataclass(frozen=True)
class Pace:
    """How hard our questions are: minutes from the first page to sending in (median), and where drafts have stopped.

    `stopped` counts drafts by the first page that is not done; a complete draft that was not sent in is under "check".
    """

    median_minutes: int | None
    stopped: Counter[str]


def pace_of(round_id: int) -> Pace:
    """What staff need to see whether the form is too long; no names, no single times."""
    everything = select(Proposal).where(Proposal.round_id == round_id).order_by(Proposal.id)
    proposals = session().scalars(everything.options(selectinload(Proposal.revisions))).all()
    took = [(p.submitted_at - p.created_at).total_seconds() / 60 for p in proposals if p.submitted_at]
    drafts = [p.current for p in proposals if p.state == "draft"]
    stopped = Counter(next(iter(steps.to_do(revision)), "check") for revision in drafts)
    return Pace(int(median(took)) if took else None, stopped)


def ballot_candidates(round: Round) -> tuple[Candidate, ...]:
    """The proposals whose published check lets them go to the vote, as the ballot will show them, by code."""
    going = [r for r in current_revisions(round.id) if r.proposal.state in CAN_GO_TO_VOTE]
    return tuple(candidate for revision in going if (candidate := _candidate(round, revision)))


def _candidate(round: Round, revision: Revision) -> Candidate | None:
    pot, proposal = pot_for(round, revision.ward_id), revision.proposal
    if pot is None or proposal.code is None:
        return None
    return Candidate(
        proposal=proposal,
        pot=pot,
        code=proposal.code,
        title=revision.title,
        summary=revision.summary,
        cost=revision.cost if proposal.checked_cost is None else proposal.checked_cost,
        place=revision.place,
        point=revision.point,
        theme=revision.theme,
        ward_id=revision.ward_id,
        proposer=proposer_name(proposal),
    )


def looks_like(round_id: int, title: str, *, except_id: int) -> tuple[Revision, ...]:
    """Other public proposals of the round whose title no reader can tell from this one."""
    seen = look(title)
    others = (r for r in current_revisions(round_id) if r.proposal_id != except_id)
    return tuple(r for r in others if seen and look(r.title) == seen)
