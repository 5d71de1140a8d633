"""The log follows what is funded in the end: when the council departs from the count, and when a result is corrected.

A promise is opened, stopped, or taken up again, each as a version that says why. What was delivered stays delivered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from pb.core.actor import Actor
from pb.core.clock import council_zone
from pb.core.db import session
from pb.core.filters import money
from pb.log import queries, service
from pb.log.models import LogEntry
from pb.log.statuses import Status
from pb.results.models import CouncilDecision, Publication
from pb.results.queries import publication_before, votes_for
from pb.results.service import finally_funded
from pb.rounds.models import Round

DONE = frozenset({Status.FINISHED, Status.CONFIRMED, Status.NOT_OURS, Status.ANSWERED})
"""Nothing of these is left to stop."""


def follow_result(round: Round, publication: Publication, *, by: Actor, now: datetime) -> None:
    """Open the entries of a published version; after a correction also stop what it drops and take up what it adds."""
    opened = {entry.project_id for entry in service.open_entries(round, publication, by=by, now=now)}
    before = publication_before(publication)
    if before is None:
        return
    was, funded = ({p.id for p in finally_funded(round, version)} for version in (before, publication))
    for project_id in sorted(was ^ funded):
        entry = queries.entry_of_project(project_id)
        if entry and project_id in was:
            _drop(entry, publication, by=by, now=now)
        elif entry and (project_id in opened or entry.current.status == Status.STOPPED):
            _add(entry, publication, by=by, now=now)


def _drop(entry: LogEntry, publication: Publication, *, by: Actor, now: datetime) -> None:
    if entry.current.status == Status.STOPPED:
        return
    why = _(
        "The published result was corrected, and the corrected count does not fund it. What was wrong: %(note)s",
        note=publication.note,
    )
    if entry.current.status in DONE:
        service.update(entry, by=by, now=now, what_happened=why, money_note=_money_left(entry))
        return
    lesson = _("A result can be wrong and is then corrected in the open. The results page shows both versions.")
    service.update(entry, by=by, now=now, what_happened=why, what_we_learned=lesson, **_ended(entry))


def _ended(entry: LogEntry) -> dict[str, Any]:
    """What a promise says when it is stopped: nothing comes next."""
    return {
        "status": Status.STOPPED.value,
        "money_note": _money_left(entry),
        "next_step": "",
        "next_by": None,
        "was_due": None,
    }


def _add(entry: LogEntry, publication: Publication, *, by: Actor, now: datetime) -> None:
    why = _(
        "The published result was corrected, and the corrected count funds it. What was wrong: %(note)s",
        note=publication.note,
    )
    service.update(entry, by=by, now=now, **_begun(entry, now), what_happened=why)


def _begun(entry: LogEntry, now: datetime) -> dict[str, Any]:
    """What a promise says when it begins, or begins again."""
    step, by_when = service.first_step(entry.current.deal, now.astimezone(council_zone()).date())
    living = {"status": Status.AGREED.value, "next_step": step, "next_by": by_when}
    return living | {"money_note": "", "what_we_learned": ""}


def _money_left(entry: LogEntry) -> str:
    facts = {"amount": money(entry.current.budgeted or 0), "paid": money(entry.current.paid or 0)}
    if not entry.current.paid:
        return str(_("The %(amount)s is not given to it. What becomes of it is not decided yet.", **facts))
    return str(
        _(
            "%(paid)s of the %(amount)s had been paid. No more is given. What becomes of the rest is not decided yet.",
            **facts,
        )
    )


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
    service.update(
        entry,
        by=by,
        now=now,
        told_by=decision.decided_by[:80],
        what_happened=_("The council decided not to fund it although the count did: %(reason)s", reason=decision.reason)
        if not decision.is_agreed
        else _("The council took back its decision to fund it although the count did not."),
        what_we_learned=_("The count and the council’s decision are two steps. The results page shows both."),
        **_ended(entry),
    )


def _take_up(entry: LogEntry, decision: CouncilDecision, *, by: Actor, now: datetime) -> None:
    service.update(
        entry,
        by=by,
        now=now,
        told_by=decision.decided_by[:80],
        **_begun(entry, now),
        what_happened=_("The council decided to fund it although the count did not: %(reason)s", reason=decision.reason)
        if not decision.is_agreed
        else _("The council took back its decision not to fund it: it goes ahead as counted."),
    )
