"""The log of the finished round: entries opened by the publication, then told on, version by version, to today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from flask_babel import ngettext
from sqlalchemy import select

from pb.core.db import session
from pb.core.money import Money
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import DealState, Deed, LogEntry, LogUpdate, Said
from pb.log import models, service
from pb.log.statuses import Status
from pb.proposals.models import Proposal


def steps(town: Town) -> Iterator[Step]:
    """Each update of an entry is a version of it."""
    for words in town.content.log:
        for update in words.updates:
            at = town.some_time_on(update.said_on, words.slug)
            yield Step(at, partial(_tell_on, town, words, update))


def _tell_on(town: Town, words: LogEntry, update: LogUpdate, now: datetime) -> None:
    entry = _entry(town, words)
    if update is words.updates[0]:
        entry.title, entry.question, entry.set_by = words.title, words.question, words.set_by
        entry.asked_on = words.asked_on
    told_by = _shown(town, update.by_role)
    service.update(entry, by=town.officer, now=now, told_by=told_by, **_changes(words, update, entry.current))


def _shown(town: Town, who: str) -> str:
    """A role or a group as it is; a resident by the name they chose to show."""
    return {resident.name: resident.shown_as for resident in town.content.residents}.get(who, who)


def _entry(town: Town, words: LogEntry) -> models.LogEntry:
    key = next(p.key for p in town.content.ballot_of(words.round) if p.code == words.project)
    of_project = models.LogEntry.project_id == Proposal.project_id
    wanted = select(models.LogEntry).join(Proposal, of_project).where(Proposal.id == town.proposals[key])
    return session().scalars(wanted).one()


def _changes(words: LogEntry, update: LogUpdate, current: models.LogVersion) -> dict[str, Any]:
    """What is new in this version; the last one says all that the words say."""
    status = Status(update.status.lower().replace(" ", "_"))
    changes: dict[str, Any] = {"status": status.value, "what_happened": update.text} | _deeds(words, update)
    if update is words.updates[0]:
        changes |= _beginning(words, current)
    if status is Status.DELAYED and words.next_by:
        changes["next_by"] = words.next_by
    if words.what_we_learned:
        changes["what_we_learned"] = words.what_we_learned
    if status is Status.STOPPED or update is words.updates[-1]:
        changes |= _money(words)
    return changes | (_ending(words, update, current) if update is words.updates[-1] else {})


def _beginning(words: LogEntry, current: models.LogVersion) -> dict[str, Any]:
    """What people had said, after the number of those who picked it."""
    changes: dict[str, Any] = {
        "you_said": [*current.you_said, *map(_said, words.you_said)],
        "disagreed": words.disagreed.text if words.disagreed else "",
        "answers_to": words.answers_to,
    }
    return changes | ({"next_by": words.was_due} if words.was_due else {})


def _said(said: Said) -> dict[str, str]:
    number = len(said.cites)
    return {"text": said.text, "basis": ngettext("%(num)s contribution", "%(num)s contributions", number)}


def _deeds(words: LogEntry, update: LogUpdate) -> dict[str, Any]:
    """What was done since the update before; the last one has the rest."""
    number = words.updates.index(update)
    after = words.updates[number - 1].said_on if number else date.min
    until = date.max if update is words.updates[-1] else update.said_on
    sides = {"council_did": words.council_did, "residents_did": words.residents_did, "partners_did": words.partners_did}
    done = {name: [_deed(deed) for deed in deeds if after < deed.done_on <= until] for name, deeds in sides.items()}
    return {**done, "residents_had_no_part": not words.residents_did}


def _deed(deed: Deed) -> service.Deed:
    return service.Deed(deed.what, deed.who, deed.done_on, deed.evidence)


def _money(words: LogEntry) -> dict[str, Any]:
    money = words.money
    return {
        "budgeted": Money(money.budgeted),
        "committed": Money(money.committed),
        "paid": Money(money.paid),
        "money_on": money.as_of,
        "money_note": money.other or "",
    }


def _ending(words: LogEntry, update: LogUpdate, current: models.LogVersion) -> dict[str, Any]:
    checked = words.confirmations
    return {
        "what_happened": " ".join(filter(None, (update.text, words.what_you_can_do))),
        "deal": _deal(words.deal, current.deal),
        "outcome": words.outcome_result or "",
        "next_step": words.next_step or "",
        "next_by": words.next_by,
        "was_due": words.was_due,
        "answers_to": words.answers_to,
        "checked_yes": checked.yes if checked else 0,
        "checked_partly": checked.partly if checked else 0,
        "checked_no": checked.no if checked else 0,
    }


def _deal(states: Iterable[DealState], lines: list[Any]) -> list[Any]:
    """The lines of the deal as they stand; what the words do not speak of is not due."""
    known = {(line.side, line.text): line.state.replace(" ", "_") for line in states}
    return [line | {"state": known.get((line["side"], line["what"]), line["state"])} for line in lines]
