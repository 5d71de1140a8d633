"""The log in sentences: statuses, deal lines, dates missed, and who keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from pb.core.filters import money, number, short_day
from pb.log.models import LogVersion
from pb.log.queries import Numbers, Promise
from pb.log.statuses import WORDS

ROLES = {
    "returning_officer": _l("Returning officer"),
    "officer": _l("Engagement officer"),
    "system": "Moothall",
}


def _(words: str, **facts: object) -> str:
    return str(gettext(words, **facts))


def status(name: str) -> str:
    return str(WORDS[name].name)


def kind(name: str) -> str:
    return WORDS[name].kind


def meaning(name: str) -> str:
    return str(WORDS[name].meaning)


def coming(version: LogVersion) -> str:
    """The next step and its day, in one line; empty when nothing is to come."""
    if not version.next_step:
        return ""
    if not version.next_by:
        return _("Next: %(step)s", step=version.next_step)
    return _("Next, by %(day)s: %(step)s", day=short_day(version.next_by), step=version.next_step)


def overdue(days: int) -> str:
    """The flag that only the app sets."""
    return str(ngettext("Update overdue (%(num)s day)", "Update overdue (%(num)s days)", days))


def in_numbers(numbers: Numbers) -> list[str]:
    """41 promises, 12 confirmed …"""
    said = [str(ngettext("%(num)s promise", "%(num)s promises", numbers.promises))]
    said += [_("%(n)s %(status)s", n=number(n), status=status(name).lower()) for name, n in numbers.by_status]
    if numbers.overdue:
        said.append(str(ngettext("%(num)s update overdue", "%(num)s updates overdue", numbers.overdue)))
    return said


def facts(numbers: Numbers) -> list[tuple[str, str]]:
    """The header of the log as (term, value), whatever is known."""
    confirmed = dict(numbers.by_status).get("confirmed", 0)
    return [
        (_("promises"), number(numbers.promises)),
        (_("updates overdue"), number(numbers.overdue)),
        (_("confirmed by residents"), number(confirmed)),
        (_("things residents did"), number(numbers.residents_deeds)),
    ]


def spending(numbers: Numbers) -> str:
    return _(
        "%(budgeted)s budgeted, %(paid)s paid, %(left)s left.",
        budgeted=money(numbers.budgeted),
        paid=money(numbers.paid),
        left=money(numbers.left),
    )


def share_confirmed(numbers: Numbers) -> str:
    """How much of what is called finished residents have confirmed."""
    if numbers.confirmed_percent is None:
        return ""
    return _("Residents have confirmed %(percent)s%% of what is finished.", percent=numbers.confirmed_percent)


def last_said(numbers: Numbers) -> str:
    """How long a living promise has been silent, in the middle of the list."""
    if numbers.median_days is None:
        return ""
    return str(
        ngettext(
            "Half of what is still to come was last updated within %(num)s day.",
            "Half of what is still to come was last updated within %(num)s days.",
            numbers.median_days,
        )
    )


def deal_state(name: str) -> str:
    return {
        "kept": _("Kept"),
        "not_kept": _("Not kept"),
        "not_due": _("Not due yet"),
        "not_said": _("Its date has passed: not reported yet"),
        "called_off": _("Stopped with the project"),
    }[name]


def deal_sum(promise: Promise) -> list[str]:
    """2 kept · 1 not kept · 1 past its date, not reported."""
    said = {
        "kept": _l("%(num)s kept"),
        "not_kept": _l("%(num)s not kept"),
        "not_said": _l("%(num)s past its date, not reported"),
        "not_due": _l("%(num)s not due yet"),
        "called_off": _l("%(num)s stopped with the project"),
    }
    counted = Counter(promise.deal_states)
    return [str(words) % {"num": number(counted[state])} for state, words in said.items() if counted[state]]


def asked(promise: Promise) -> str:
    entry = promise.entry
    return _("Asked by %(who)s, %(day)s", who=entry.set_by, day=short_day(entry.asked_on))


def keeper(role: str) -> str:
    """Who wrote a version, as the public reads it."""
    return str(ROLES.get(role, role))


def sides(version: LogVersion) -> list[tuple[str, list[Any], str]]:
    """Heading, deeds, and what to say where there are none. Others are named only if they did something."""
    nothing = _("Nothing yet.")
    without = _("Residents had no part in this.") if version.residents_had_no_part else nothing
    both = [(_("The council"), version.council_did, nothing), (_("Residents"), version.residents_did, without)]
    return [*both, (_("Others"), version.partners_did, "")] if version.partners_did else both


def by_and_when(deed: Mapping[str, str]) -> str:
    """(Street lighting manager, 3 August 2026)."""
    when = _day(deed.get("on"))
    return f"({', '.join(part for part in (deed.get('who', ''), when) if part)})" if when or deed.get("who") else ""


def _day(text: str | None) -> str:
    return short_day(date.fromisoformat(text)) if text else ""


def deal_rows(promise: Promise) -> list[tuple[str, str, str, str]]:
    """Each line of the deal: what, whose side, by when, how it stands."""
    sides = {"council": _("The council"), "residents": _("Residents")}
    return [
        (line["what"], sides[line["side"]], _day(line.get("by")) or _("no date"), deal_state(state))
        for line, state in zip(promise.version.deal, promise.deal_states, strict=True)
    ]


def money_rows(promise: Promise) -> list[tuple[str, str]]:
    version, currency = promise.version, promise.currency
    rows = [(_("Budgeted"), money(version.budgeted, currency)), (_("Left"), money(promise.left, currency))]
    if version.committed:
        rows.insert(1, (_("Ordered or promised"), money(version.committed, currency)))
    if version.money_on:
        rows.append((_("As of"), short_day(version.money_on)))
    return rows


def next_rows(promise: Promise) -> list[tuple[str, str]]:
    version = promise.version
    due = short_day(version.next_by) if version.next_by else ""
    if version.was_due:
        was = _("was due %(day)s", day=short_day(version.was_due))
        due = f"{due} ({was})" if due else was
    rows = [(_("What"), version.next_step), (_("By"), due), (_("Who answers"), version.answers_to)]
    return [(term, words) for term, words in rows if words]


def checked(version: LogVersion) -> str:
    """What residents who went to look said."""
    if not version.checked_yes + version.checked_partly + version.checked_no:
        return ""
    return _(
        "Residents who went to look: %(yes)s say it is done, %(partly)s say partly, %(no)s say no.",
        yes=version.checked_yes,
        partly=version.checked_partly,
        no=version.checked_no,
    )
