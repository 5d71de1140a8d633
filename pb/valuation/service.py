"""Checking proposals: an outcome with its reason, kept from the public until all are published together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.money import Money
from pb.core.outbox import send_mail
from pb.journal.kinds import declare
from pb.journal.service import record
from pb.proposals import queries as proposals
from pb.proposals.models import Proposal, Revision
from pb.proposals.service import hold, mark_being_checked, take_outcome
from pb.rounds.models import Round
from pb.valuation import queries
from pb.valuation.errors import (
    CannotBeChecked,
    CheckReasonNeeded,
    NothingToPublish,
    OwnProposal,
    ReasonCodeNeeded,
    RuleLinkNeeded,
    RuleNeeded,
    SomeNotChecked,
    VersionIsNotCurrent,
)
from pb.valuation.models import Valuation
from pb.valuation.reasons import OUTCOMES, REASONS

declare(
    {
        "check.recorded": _l("A check of %(code)s was written."),
        "proposal.valued": _l("%(code)s was checked by the %(officer)s."),
        "checks.published": _l("The council published its checks of %(count)s proposals."),
    }
)

SHORTEST_REASON = 10


def value_proposal(
    proposal: Proposal,
    *,
    outcome: str,
    reason: str,
    cost: Money,
    revision_number: int,
    by: Actor,
    now: datetime,
    reason_code: str = "",
    rule_name: str = "",
    rule_url: str = "",
    already_doing: str = "",
) -> Valuation:
    """Write a check of the version that the officer read. It stays with staff until `publish_outcomes`.

    An earlier check stays too: a new one replaces it and the history keeps both. A refusal names its reason from the
    closed list, and the rule it rests on with a link.

    Units:  cost in pence, as the officer found it
    Raises: CannotBeChecked, OwnProposal, VersionIsNotCurrent, CheckReasonNeeded, ReasonCodeNeeded, RuleNeeded,
            RuleLinkNeeded; ValueError for an outcome that does not exist.
    """
    if outcome not in OUTCOMES:
        raise ValueError(outcome)
    hold(proposal)
    _may_check(proposal, revision_number, by)
    _reason_is_given(outcome, reason, reason_code, rule_name, rule_url)
    is_refusal = outcome == "not_feasible"
    check = Valuation(
        proposal=proposal,
        revision_number=revision_number,
        outcome=outcome,
        reason=reason.strip(),
        reason_code=reason_code if is_refusal else "",
        rule_name=rule_name,
        rule_url=rule_url,
        already_doing=already_doing,
        cost=cost,
        officer_title=queries.title_of(by.id or 0) or _("Council officer"),
        made_at=now,
        made_by=by.id,
    )
    session().add(check)
    mark_being_checked(proposal)
    session().flush()
    code = proposal.code or ""
    record("check.recorded", by=by, now=now, subject=code, round_id=proposal.round_id, public=False, code=code)
    return check


def _may_check(proposal: Proposal, revision_number: int, by: Actor) -> None:
    if proposal.round.frozen_at is not None or proposal.state not in proposals.OPEN_STATES:
        raise CannotBeChecked
    if proposals.may_edit(proposal, by):
        raise OwnProposal
    if proposal.current.number != revision_number:
        raise VersionIsNotCurrent


def _reason_is_given(outcome: str, reason: str, reason_code: str, rule_name: str, rule_url: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise CheckReasonNeeded
    if outcome != "not_feasible":
        return
    if reason_code not in REASONS:
        raise ReasonCodeNeeded
    if not rule_name.strip():
        raise RuleNeeded
    if not rule_url.startswith(("https://", "http://")):
        raise RuleLinkNeeded


def publish_outcomes(round: Round, *, by: Actor, now: datetime, address_of: Callable[[Proposal], str]) -> int:
    """Publish every check that is not public yet, all at the same moment, and write to each proposer.

    A proposal whose check is published again hears again. `address_of` gives the address of a proposal's page.

    Returns: how many were published
    Raises:  CannotBeChecked after the freeze; SomeNotChecked while a proposal waits; NothingToPublish
    """
    session().get(Round, round.id, with_for_update={"key_share": True}, populate_existing=True)
    if round.frozen_at is not None:
        raise CannotBeChecked
    desk = queries.desk(round)
    if desk.waiting:
        raise SomeNotChecked(len(desk.waiting))
    if not desk.ready:
        raise NothingToPublish
    for revision, check in desk.ready:
        check.published_at = now
        take_outcome(revision.proposal, check.outcome, cost=check.cost)
        _tell(revision, check, by=by, now=now, address=address_of(revision.proposal))
    count = len(desk.ready)
    record("checks.published", by=by, now=now, subject=round.slug, round_id=round.id, count=count)
    session().flush()
    return count


def _tell(revision: Revision, check: Valuation, *, by: Actor, now: datetime, address: str) -> None:
    """Write one outcome in the public record, and to the proposer."""
    proposal = revision.proposal
    record(
        "proposal.valued",
        by=by,
        now=now,
        subject=proposal.code or "",
        round_id=proposal.round_id,
        reason=check.reason,
        code=proposal.code,
        outcome=check.outcome,
        version=check.revision_number,
        reason_code=check.reason_code,
        rule=check.rule_name,
        cost=check.cost,
        officer=check.officer_title,
    )
    if proposal.proposer.email is None:
        return
    with force_locale(proposal.proposer.language):
        subject = _("The council has checked your proposal %(code)s", code=proposal.code)
        body = _(
            "The council has checked “%(title)s” (%(code)s).\n\n%(outcome)s.\n\nWhy: %(reason)s\n\n"
            "Checked by: %(officer)s\n\nYour proposal and the whole check:\n%(address)s\n",
            title=revision.title,
            code=proposal.code,
            outcome=OUTCOMES[check.outcome],
            reason=check.reason,
            officer=check.officer_title,
            address=address,
        )
        send_mail(to=proposal.proposer.email, subject=subject, body=body, now=now)
