"""Writing proposals: drafts, sending in, revisions, withdrawing; what the check, the freeze and the result do to them.

Locks are taken in one order everywhere: the round's row, then the proposal's, then the journal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from pb.core.actor import Actor
from pb.core.clock import council_zone
from pb.core.db import session
from pb.core.money import Money
from pb.core.outbox import send_mail
from pb.core.slots import gathered
from pb.journal.kinds import declare
from pb.journal.service import record
from pb.proposals import queries, steps
from pb.proposals.errors import (
    AlreadySent,
    ChangedMeanwhile,
    CitationNeeded,
    CostOverLimit,
    NoLongerOpen,
    NotComplete,
    NothingChanged,
    NotInGroup,
    NotYours,
    OutcomeInThePast,
    PlaceNotInRound,
    PromiseInThePast,
    ProposingIsClosed,
    ReasonNeeded,
    TitleStartsOddly,
    TooManyDrafts,
)
from pb.proposals.models import Proposal, Revision
from pb.proposals.titles import starts_with_words
from pb.rounds.models import Phase, Project, Round, Ward
from pb.rounds.phases import phase_of

declare(
    {
        "proposal.submitted": _l("Proposal %(code)s was sent in and published."),
        "proposal.revised": _l("Proposal %(code)s was changed: version %(number)s."),
        "proposal.withdrawn": _l("Proposal %(code)s was withdrawn by its proposer."),
        "proposals.settled": _l(
            "The result was written on the proposals: %(funded)s funded, %(not_funded)s not funded."
        ),
    }
)

MAX_DRAFTS = 10
WHOLE_AREA_LETTER = "B"


def start_draft(round: Round, *, by: Actor, now: datetime, group_id: int | None = None) -> Proposal:
    """Begin a proposal that only its author, or the members of the group, can see.

    Raises: ProposingIsClosed, NotInGroup, TooManyDrafts.
    """
    if phase_of(round, now) is not Phase.PROPOSING:
        raise ProposingIsClosed
    if by.id is None:
        raise NotYours
    if group_id is not None and not queries.is_member(by, group_id):
        raise NotInGroup
    if queries.drafts_of(round.id, by.id) >= MAX_DRAFTS:
        raise TooManyDrafts
    proposal = Proposal(round=round, proposer_id=by.id, group_id=group_id, created_at=now, state="draft")
    proposal.revisions.append(Revision(number=1, made_at=now, made_by=by.id))
    session().add(proposal)
    session().flush()
    return proposal


def save_draft(proposal: Proposal, values: Mapping[str, Any], *, by: Actor, now: datetime) -> Proposal:
    """Keep what was written on one page of a draft; `values` holds fields of a revision by name.

    Shapes: cost_lines [{"what", "pence"}], deal lines [{"what", "by": "2026-11-30" or None}]
    Units:  pence
    Raises: NotYours, AlreadySent, TitleStartsOddly, PlaceNotInRound, CostOverLimit, PromiseInThePast,
        OutcomeInThePast.
    """
    _lock(proposal, by)
    if proposal.state != "draft":
        raise AlreadySent
    revision = proposal.current
    _write(revision, values, by=by, now=now)
    _check(proposal.round, revision, values, now)
    session().flush()
    return proposal


def discard_draft(proposal: Proposal, *, by: Actor) -> None:
    """Delete a draft for good; nobody else has seen it, so nothing is recorded.

    Raises: NotYours, AlreadySent.
    """
    _lock(proposal, by)
    if proposal.state != "draft":
        raise AlreadySent
    for revision in list(proposal.revisions):
        session().delete(revision)
    session().flush()
    session().delete(proposal)
    session().flush()


def submit(
    proposal: Proposal, *, by: Actor, now: datetime, address: Callable[[Proposal], str] = lambda _: ""
) -> Proposal:
    """Send in a draft: it gets its code, is published, and its proposer gets a letter with its `address`.

    Sending the same draft twice changes nothing the second time. A code that an import has set is kept.

    Raises: NotYours, ProposingIsClosed, NotComplete, and what `save_draft` raises about the fields.
    """
    _lock(proposal, by)
    if proposal.state != "draft":
        return proposal
    if phase_of(proposal.round, now) is not Phase.PROPOSING:
        raise ProposingIsClosed
    revision = proposal.current
    if waiting := steps.to_do(revision):
        raise NotComplete(waiting)
    _check(proposal.round, revision, {name: getattr(revision, name) for name in steps.ALL_FIELDS}, now)
    proposal.code = proposal.code or next_code(proposal.round, revision.ward)
    proposal.state = "published"
    proposal.submitted_at = proposal.published_at = revision.made_at = now
    session().flush()
    _record("proposal.submitted", proposal, by=by, now=now, cost=revision.cost)
    _thank(proposal, address(proposal), now)
    return proposal


def next_code(round: Round, ward: Ward | None) -> str:
    """The ward's first letter and the next number of that letter in this round: Q07. B when for the whole area.

    The caller holds the round's lock, so that two people never get the same.
    """
    letter = _letter_of(ward)
    proposed = select(Proposal.code).where(Proposal.round_id == round.id, Proposal.code.startswith(letter))
    on_ballot = select(Project.code).where(Project.round_id == round.id, Project.code.startswith(letter))
    taken = [*session().scalars(proposed), *session().scalars(on_ballot)]
    numbers = [int(code[1:]) for code in taken if code and code[1:].isascii() and code[1:].isdigit()]
    return f"{letter}{max(numbers, default=0) + 1:02d}"


def _letter_of(ward: Ward | None) -> str:
    if ward is None:
        return WHOLE_AREA_LETTER
    plain = unicodedata.normalize("NFKD", ward.name).upper()
    return next((c for c in plain if "A" <= c <= "Z"), "P")


def revise(
    proposal: Proposal,
    values: Mapping[str, Any],
    *,
    reason: str,
    note: str,
    base_number: int,
    by: Actor,
    now: datetime,
    cites: Collection[int] = (),
) -> Revision:
    """Publish a new version of a proposal; the one before stays for everybody to read.

    A proposal that was checked goes back to the council: the check was of the version before. `base_number` is the
    version that the writer saw; `reason` is `correction`, `council_check` or `discussion`, which must cite
    contributions (`cites`, their ids); `note` says what changed and why. Higher rooms hear of it (slot
    `proposal.revised`) and refuse what cannot be cited.

    Raises: NotYours, NoLongerOpen, ChangedMeanwhile, ReasonNeeded (field `note`), CitationNeeded, NothingChanged,
            NotComplete, and what `save_draft` raises about the fields.
    """
    _lock(proposal, by)
    _still_open(proposal)
    before = proposal.current
    if before.number != base_number:
        raise ChangedMeanwhile
    if not note.strip():
        raise _reason_needed("note")
    if reason == "discussion" and not cites:
        raise CitationNeeded
    if all(getattr(before, name) == value for name, value in values.items()):
        raise NothingChanged
    revision = _copy(before, reason=reason, note=note)
    _write(revision, values, by=by, now=now)
    _check(proposal.round, revision, values, now)
    if waiting := steps.to_do(revision):
        raise NotComplete(waiting)
    proposal.revisions.append(revision)
    proposal.state, proposal.checked_cost = "published", None
    session().flush()
    _record("proposal.revised", proposal, by=by, now=now, reason=note, number=revision.number, why=reason)
    cited = tuple(cites) if reason == "discussion" else ()
    gathered("proposal.revised", proposal=proposal, before=before, revision=revision, cites=cited, by=by, now=now)
    return revision


def withdraw(proposal: Proposal, *, reason: str, by: Actor, now: datetime) -> Proposal:
    """Take a proposal out of the process; its page stays, with the reason.

    Raises: NotYours, NoLongerOpen, ReasonNeeded.
    """
    _lock(proposal, by)
    _still_open(proposal)
    if not reason.strip():
        raise _reason_needed("reason")
    proposal.state, proposal.withdrawn_at, proposal.withdrawn_reason = "withdrawn", now, reason.strip()
    session().flush()
    _record("proposal.withdrawn", proposal, by=by, now=now, reason=reason)
    return proposal


def mark_being_checked(proposal: Proposal) -> None:
    """The council has begun its check; the outcome is not public yet."""
    if proposal.state == "published":
        proposal.state = "under_valuation"


def take_outcome(proposal: Proposal, outcome: str, *, cost: Money) -> None:
    """Write a published check on the proposal: its outcome is its state, its cost is the ballot's.

    The valuation room calls this for each outcome that it publishes, and records it.
    """
    proposal.state, proposal.checked_cost = outcome, cost


def put_on_ballot(round: Round, projects: Collection[Project]) -> None:
    """Tie the proposals to their lines of the frozen ballot, by code; the others that were still open stay behind.

    The freeze calls this in its own transaction, once it holds the round, and records it.

    Raises: ChangedMeanwhile when a proposal on the list was changed or withdrawn while the list was made
    """
    lines = {project.code: project for project in projects}
    wanted = select(Proposal).where(Proposal.round_id == round.id).execution_options(populate_existing=True)
    for proposal in session().scalars(wanted.order_by(Proposal.id)):
        line = lines.get(proposal.code or "")
        if line is not None:
            if proposal.state not in queries.CAN_GO_TO_VOTE:
                raise ChangedMeanwhile
            proposal.project, proposal.state = line, "on_ballot"
        elif proposal.state in queries.OPEN_STATES - {"not_feasible"}:
            proposal.state = "not_shortlisted"
    session().flush()


def settle(round: Round, funded_project_ids: Collection[int], *, by: Actor, now: datetime) -> None:
    """Write the certified result on the proposals: funded or not. Doing it again with a corrected result is fine."""
    settled = ("on_ballot", "funded", "not_funded", "reserve")
    wanted = select(Proposal).where(Proposal.round_id == round.id, Proposal.state.in_(settled)).order_by(Proposal.id)
    proposals = session().scalars(wanted).all()
    for proposal in proposals:
        proposal.state = "funded" if proposal.project_id in funded_project_ids else "not_funded"
    session().flush()
    funded = sum(proposal.state == "funded" for proposal in proposals)
    record(
        "proposals.settled",
        by=by,
        now=now,
        subject=round.slug,
        round_id=round.id,
        funded=funded,
        not_funded=len(proposals) - funded,
    )


def _lock(proposal: Proposal, by: Actor) -> None:
    """Hold the round and the proposal as they are now, and refuse everybody who may not write in it."""
    if not queries.may_edit(proposal, by):
        raise NotYours
    hold(proposal)


def hold(proposal: Proposal) -> None:
    """Lock the round and the proposal, in that order, and read them as they are now; for this room and the check."""
    database = session()
    database.get(Round, proposal.round_id, with_for_update={"key_share": True}, populate_existing=True)
    database.get(Proposal, proposal.id, with_for_update=True, populate_existing=True)
    database.expire(proposal, ["revisions"])


def _still_open(proposal: Proposal) -> None:
    if proposal.round.frozen_at is not None or proposal.state not in queries.OPEN_STATES:
        raise NoLongerOpen


def _reason_needed(field: str) -> ReasonNeeded:
    refusal = ReasonNeeded()
    refusal.field = field
    return refusal


def _write(revision: Revision, values: Mapping[str, Any], *, by: Actor, now: datetime) -> None:
    assert by.id is not None, "_lock refused strangers"
    for name, value in values.items():
        if name not in steps.ALL_FIELDS:
            raise TypeError(f"{name} is not a field of a proposal")
        setattr(revision, name, value)
    revision.cost = Money(sum(line["pence"] for line in revision.cost_lines or ()))
    revision.made_at, revision.made_by = now, by.id
    if "ward_id" in values:
        revision.ward = session().get(Ward, values["ward_id"]) if values["ward_id"] is not None else None


def _check(round: Round, revision: Revision, values: Mapping[str, Any], now: datetime) -> None:
    """The rules about what a field may hold; only fields that are being written are judged."""
    if values.get("title") and not starts_with_words(revision.title):
        raise TitleStartsOddly
    place_is_known = bool(revision.place)
    if "ward_id" in values and place_is_known and not queries.is_in_area(round, revision.ward_id):
        raise PlaceNotInRound
    limit = queries.cost_limit(round, revision.ward_id, place_is_known=place_is_known)
    if {"cost_lines", "ward_id"} & values.keys() and limit is not None and revision.cost > limit:
        raise CostOverLimit(limit)
    _check_dates(values, now.astimezone(council_zone()).date())


def _check_dates(values: Mapping[str, Any], today: date) -> None:
    """What is promised and what will be seen lie ahead of the day on which they are written."""
    for side in ("we_will", "council_will"):
        if any(line["by"] and date.fromisoformat(line["by"]) <= today for line in values.get(side) or ()):
            raise PromiseInThePast(side)
    day = values.get("outcome_on")
    if day is not None and day <= today:
        raise OutcomeInThePast


def _copy(before: Revision, *, reason: str, note: str) -> Revision:
    kept = {name: getattr(before, name) for name in steps.ALL_FIELDS}
    return Revision(proposal_id=before.proposal_id, number=before.number + 1, reason=reason, note=note, **kept)


def _record(kind: str, proposal: Proposal, *, by: Actor, now: datetime, reason: str = "", **facts: Any) -> None:
    """Codes only: titles and names can be hidden later, the record cannot."""
    subject = proposal.code or ""
    record(kind, by=by, now=now, subject=subject, round_id=proposal.round_id, reason=reason, code=subject, **facts)


def _thank(proposal: Proposal, address: str, now: datetime) -> None:
    """Tell the proposer that it arrived. A person who was deleted has no address."""
    person, revision = proposal.proposer, proposal.current
    if person.email is None:
        return
    with force_locale(person.language):
        subject = _("We have your proposal %(code)s", code=proposal.code)
        body = _(
            "Thank you. Your proposal “%(title)s” is public now. Its code is %(code)s.\n\n%(address)s\n\n"
            "The council will check whether it can go to the vote. We will write to you when the check is published.\n"
            "You can change or withdraw the proposal until the list for the vote is fixed.",
            title=revision.title,
            code=proposal.code,
            address=address,
        )
        send_mail(to=person.email, subject=subject, body=body, now=now)
