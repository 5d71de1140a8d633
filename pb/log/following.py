"""The log follows the council where it departs from the count: a promise is stopped, opened, or taken up again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from pb.core.actor import Actor
from pb.core.clock import council_zone
from pb.core.db import session
from pb.core.filters import money
from pb.log import queries, service
from pb.log.models import LogEntry
from pb.log.statuses import Status
from pb.results.models import CouncilDecision, Publication
from pb.results.queries import votes_for
from pb.rounds.models import Round


def follow_decision(decision: CouncilDecision, publication: Publication, *, by: Actor, now: datetime) -> None:
    """Bring the entry of the decision's project into line with it, as a version of its own.

    A project that the council does not fund and that never had an entry has nothing to follow.
    """
    assert decision.project is not None, "a decision on the whole result changes no entry"
    entry = queries.entry_of_project(decision.project.id)
    if not decision.funds:
        if entry and entry.current.status != Status.STOPPED:
            _stop(entry, decision, by=by, now=now)
        return
    if entry is None:
        round = session().get_one(Round, decision.round_id)
        votes = votes_for(publication).get(decision.project.id)
        entry = service.open_entry(round, decision.project, votes, by=by, now=now)
    _take_up(entry, decision, by=by, now=now)


def _stop(entry: LogEntry, decision: CouncilDecision, *, by: Actor, now: datetime) -> None:
    amount = money(entry.current.budgeted or 0)
    service.update(
        entry,
        by=by,
        now=now,
        told_by=decision.decided_by[:80],
        status=Status.STOPPED.value,
        what_happened=_("The council decided not to fund it although the count did: %(reason)s", reason=decision.reason)
        if not decision.is_agreed
        else _("The council took back its decision to fund it although the count did not."),
        money_note=_("The %(amount)s is not given to it. What becomes of it is not decided yet.", amount=amount),
        what_we_learned=_("The count and the council’s decision are two steps. The results page shows both."),
    )


def _take_up(entry: LogEntry, decision: CouncilDecision, *, by: Actor, now: datetime) -> None:
    today = now.astimezone(council_zone()).date()
    step, by_when = service.first_step(entry.current.deal, today)
    service.update(
        entry,
        by=by,
        now=now,
        told_by=decision.decided_by[:80],
        status=Status.AGREED.value,
        what_happened=_("The council decided to fund it although the count did not: %(reason)s", reason=decision.reason)
        if not decision.is_agreed
        else _("The council took back its decision not to fund it: it goes ahead as counted."),
        money_note="",
        what_we_learned="",
        next_step=step,
        next_by=by_when,
    )
