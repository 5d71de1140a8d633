"""Open an entry for each promise, and keep every version of it: nothing is silently edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from pb.accounts.queries import councillors_of
from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.filters import number
from pb.core.money import Money
from pb.journal import kinds
from pb.journal.service import record
from pb.log import errors
from pb.log.models import LogEntry, LogVersion
from pb.log.statuses import LIVING, TEACHING, Status
from pb.proposals.models import Proposal, Revision
from pb.results.models import Publication
from pb.results.queries import votes_for
from pb.results.service import finally_funded
from pb.rounds.models import Project, Round

KEEPERS = (Role.OFFICER, Role.RETURNING_OFFICER)
FIRST_STEP_WITHIN = timedelta(days=60)

kinds.declare(
    {
        "promise.opened": _l("A log entry was opened: %(reference)s, “%(title)s”."),
        "promise.updated": _l("The log entry %(reference)s, “%(title)s”, was brought up to date."),
    }
)


@dataclass(frozen=True)
class Deed:
    """Something somebody did: what, who (a role, a group, "12 volunteers"), when, and what shows it."""

    what: str
    who: str
    on: date
    evidence: str = ""

    def as_data(self) -> dict[str, str]:
        return {"what": self.what, "who": self.who, "on": self.on.isoformat(), "evidence": self.evidence}


# -- opening


def open_entries(round: Round, publication: Publication, *, by: Actor, now: datetime) -> list[LogEntry]:
    """Open an "Agreed" entry for each funded project that has none yet, with its deal, money, next step and owner."""
    there = set(session().scalars(select(LogEntry.project_id).where(LogEntry.round_id == round.id)))
    new = [project for project in finally_funded(round, publication) if project.id not in there]
    votes = votes_for(publication)
    return [open_entry(round, project, votes.get(project.id), by, now) for project in new]


def open_entry(round: Round, project: Project, votes: tuple[int, int] | None, by: Actor, now: datetime) -> LogEntry:
    """Open the "Agreed" entry of one project. votes: how many picked it, of how many ballots; None if nobody says."""
    proposal = session().scalars(select(Proposal).where(Proposal.project_id == project.id)).first()
    entry = LogEntry(
        year=now.year,
        number=_next_number(now.year),
        round_id=round.id,
        project_id=project.id,
        ward_id=project.ward_id or project.pot.ward_id,
        title=project.title[:160],
        question=(project.summary or project.title)[:160],
        set_by=project.proposer or _("a resident"),
        asked_on=((proposal and proposal.submitted_at) or round.published_at or now).date(),
        opened_at=now,
    )
    session().add(entry)
    session().flush()
    _keep(entry, _first_version(entry, project, proposal, votes, now), "promise.opened", by=by, now=now)
    return entry


def _next_number(year: int) -> int:
    """One after the last. Publication has written to the journal, whose lock lets one transaction do this at a time."""
    last = session().scalar(select(func.max(LogEntry.number)).where(LogEntry.year == year))
    return (last or 0) + 1


def _first_version(
    entry: LogEntry, project: Project, proposal: Proposal | None, votes: tuple[int, int] | None, now: datetime
) -> dict[str, Any]:
    deal = _deal(proposal.current) if proposal else []
    step, by_when = first_step(deal, now.date())
    return {
        "status": Status.AGREED.value,
        "you_said": [_said(votes, entry)] if votes else [],
        "deal": deal,
        "budgeted": project.cost,
        "committed": Money(0),
        "paid": Money(0),
        "money_on": now.date(),
        "what_happened": _("Voted for and funded."),
        "next_step": step,
        "next_by": by_when,
        "answers_to": _who_answers(entry.ward_id),
    }


def _said(votes: tuple[int, int], entry: LogEntry) -> dict[str, str]:
    people, everyone = votes
    text = ngettext("%(n)s person picked it", "%(n)s people picked it", people, n=number(people))
    facts = {"n": number(everyone), "round": _title(entry)}
    basis = ngettext("%(n)s ballot in “%(round)s”", "%(n)s ballots in “%(round)s”", everyone, **facts)
    return {"text": text, "basis": basis}


def _title(entry: LogEntry) -> str:
    return session().get_one(Round, entry.round_id).title


def _deal(revision: Revision) -> list[Any]:
    """Both sides' lines as the entry keeps them; none is due before its day."""
    sides = (("council", revision.council_will), ("residents", revision.we_will))
    return [
        {"side": side, "what": line["what"], "by": line.get("by"), "state": "not_due"}
        for side, lines in sides
        for line in lines
    ]


def first_step(deal: Sequence[Mapping[str, Any]], today: date) -> tuple[str, date]:
    """The earliest dated line of the deal still to come; otherwise to meet and agree one."""
    dated = sorted((line["by"], line["what"]) for line in deal if line["by"] and line["by"] >= today.isoformat())
    if dated:
        by, what = dated[0]
        return what[:300], date.fromisoformat(by)
    return _("Meet those who proposed it and agree the first step."), today + FIRST_STEP_WITHIN


def _who_answers(ward_id: int | None) -> str:
    """Councillors hold public office and are named; officers by role."""
    names = [person.display_name for person in councillors_of(ward_id)] if ward_id else []
    officer = _("the engagement officer")
    return ", ".join([*names, officer])[:120] if names else officer.capitalize()


# -- new versions


def update(
    entry: LogEntry,
    *,
    by: Actor,
    now: datetime,
    sees: int | None = None,
    told_by: str = "",
    council_did: Sequence[Deed] = (),
    residents_did: Sequence[Deed] = (),
    partners_did: Sequence[Deed] = (),
    **changes: Any,
) -> LogVersion:
    """Keep a new version: everything of the present one, what was done added to it, and `changes` to single fields.

    sees:    the number of the version that was on the page
    told_by: who gave the news, as the public reads it (a role or a group); the keeper's role when empty
    Raises:  NotYours; EntryChanged; and what `check` refuses
    """
    if not by.has(*KEEPERS):
        raise errors.NotYours
    session().refresh(entry, with_for_update=True)
    session().expire(entry, ["versions"])
    current = entry.current
    if sees not in (None, current.number):
        raise errors.EntryChanged
    fields = {**_fields(current), **changes}
    for name, deeds in (("council_did", council_did), ("residents_did", residents_did), ("partners_did", partners_did)):
        fields[name] = [*fields[name], *(deed.as_data() for deed in deeds)]
    fields["was_due"] = _was_due(current, fields)
    check(fields)
    return _keep(entry, fields, "promise.updated", by=by, now=now, told_by=told_by)


def check(fields: Mapping[str, Any]) -> None:
    """The rules of an honest entry (docs/log.md).

    Raises: ResidentsPartMissing, LessonMissing, MoneyMissing, NextStepMissing, NextDateMissing, AnswersMissing,
            ReasonMissing, SpentTooMuch
    """
    status = fields["status"]
    silent = not fields["residents_did"] and not fields["residents_had_no_part"]
    paid_too_much = (fields["paid"] or 0) > (fields["budgeted"] or fields["paid"] or 0)
    living = status in LIVING
    rules = (
        (status == Status.FINISHED and silent, errors.ResidentsPartMissing),
        (status in TEACHING and not fields["what_we_learned"], errors.LessonMissing),
        (status == Status.STOPPED and not fields["money_note"], errors.MoneyMissing),
        (living and not fields["next_step"], errors.NextStepMissing),
        (living and not fields["next_by"], errors.NextDateMissing),
        (living and not fields["answers_to"], errors.AnswersMissing),
        (status in (Status.ANSWERED, Status.NOT_OURS) and not fields["what_happened"], errors.ReasonMissing),
        (paid_too_much and not fields["money_note"], errors.SpentTooMuch),
    )
    for is_broken, refusal in rules:
        if is_broken:
            raise refusal


def _was_due(current: LogVersion, fields: Mapping[str, Any]) -> date | None:
    """A date moved to later stays to be seen; the first one that was missed is kept."""
    moved = current.next_by and fields["next_by"] and fields["next_by"] > current.next_by
    if fields["status"] == Status.DELAYED and moved:
        return current.was_due or current.next_by
    kept: date | None = fields["was_due"]
    return kept


def _fields(version: LogVersion) -> dict[str, Any]:
    """All that a version says, without its number, time and author."""
    own = ("id", "entry_id", "number", "made_at", "made_by_role")
    return {
        column.key: getattr(version, column.key) for column in LogVersion.__table__.columns if column.key not in own
    }


def _keep(
    entry: LogEntry, fields: Mapping[str, Any], kind: str, *, by: Actor, now: datetime, told_by: str = ""
) -> LogVersion:
    version = LogVersion(
        entry_id=entry.id,
        number=len(entry.versions) + 1,
        made_at=now,
        made_by_role=told_by or by.main_role.value,
        **fields,
    )
    session().add(version)
    session().flush()
    session().expire(entry, ["versions"])
    facts = {"reference": entry.reference, "title": entry.title, "status": version.status}
    record(kind, by=by, now=now, subject=entry.reference, round_id=entry.round_id, public=True, reason="", **facts)
    return version
