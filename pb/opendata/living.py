"""Tables that change from day to day, read anew at each request: the log, the decision record, grants to groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from textwrap import shorten
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from pb.accounts.models import Group
from pb.core.clock import council_zone
from pb.core.db import session
from pb.journal.queries import journal_of
from pb.log.models import LogEntry
from pb.log.queries import Promise, promises
from pb.opendata.tables import Row
from pb.proposals.models import Proposal
from pb.rounds import record
from pb.rounds.models import Round


def log_rows(today: date, site: str) -> Iterator[Row]:
    """Every promise as it stands, by its reference."""
    for promise in sorted(promises(today), key=lambda found: (found.entry.year, found.entry.number)):
        yield _promise(promise, site)


def _promise(promise: Promise, site: str) -> Row:
    entry, version = promise.entry, promise.version
    return {
        "entry_id": entry.reference,
        "round_id": entry.round and entry.round.slug,
        "code": entry.project and entry.project.code,
        "title": entry.title,
        "question": entry.question,
        "status": version.status,
        "overdue_days": promise.overdue,
        "ward_code": entry.ward and entry.ward.gss_code,
        "currency": promise.currency,
        "budgeted_pence": version.budgeted,
        "paid_pence": version.paid,
        "money_on": version.money_on,
        "next_step": version.next_step,
        "next_by": version.next_by,
        "answers_to": version.answers_to,
        "residents_yes": version.checked_yes,
        "residents_partly": version.checked_partly,
        "residents_no": version.checked_no,
        "lesson": version.what_we_learned,
        "revision": version.number,
        "updated_on": version.made_at.astimezone(council_zone()).date(),
        "url": f"{site}/log/{entry.reference}",
    }


def timeline_rows(round: Round) -> Iterator[Row]:
    """The public decision record of a round, oldest first."""
    for entry in journal_of(round.id):
        yield {
            "entry": entry.seq,
            "at": entry.at,
            "round_id": round.slug,
            "actor_role": entry.actor_role,
            "kind": entry.kind,
            "sentence": record.sentence(entry),
            "reason": entry.reason,
            "hash": entry.hash,
        }


Award = tuple[Promise, Group]
LONGEST_TITLE = 139
"""360Giving asks for titles of under 140 characters."""


def awards(today: date) -> list[Award]:
    """Promises of money to a community group for work of its own, oldest first. Never to a person."""
    found = {promise.entry.project_id: promise for promise in promises(today) if promise.entry.project_id}
    theirs = select(Proposal).where(Proposal.project_id.in_(found), Proposal.group_id.is_not(None))
    loaded = theirs.options(joinedload(Proposal.group), selectinload(Proposal.revisions))
    proposals = session().scalars(loaded.order_by(Proposal.project_id)).all()
    both = [(found[p.project_id or 0], p.group) for p in proposals if p.group and _is_theirs(p)]
    return sorted(((p, g) for p, g in both if _is_award(p)), key=lambda award: _order(award[0].entry))


def _is_theirs(proposal: Proposal) -> bool:
    """The group does the work, so the money goes to it."""
    return proposal.current.who_does_it != "council"


def _is_award(promise: Promise) -> bool:
    return promise.currency == "GBP" and bool(promise.version.budgeted) and promise.version.status != "stopped"


def _order(entry: LogEntry) -> tuple[int, int]:
    return (entry.year, entry.number)


def grant_rows(today: date, council: str) -> Iterator[Row]:
    """The register of grants that the Local Government Transparency Code 2015 asks for (part 2.2, paragraph 43)."""
    for promise, group in awards(today):
        entry = promise.entry
        yield {
            "date_awarded": awarded_on(entry),
            "period_from": awarded_on(entry),
            "department": council,
            "beneficiary": group.host or group.name,
            "registration_number": None,
            "purpose": _("%(title)s, proposed by %(group)s", title=entry.title, group=group.name),
            "amount_pence": promise.version.budgeted,
            "log_entry": entry.reference,
        }


def awarded_on(entry: LogEntry) -> date:
    return entry.opened_at.astimezone(council_zone()).date()


def grants_360(today: date, *, prefix: str, funder: str, council: str, site: str) -> dict[str, Any]:
    """The same awards by the 360Giving standard 1.4. `prefix` and `funder` are given out by 360Giving and org-id.guide.

    Source: standard.threesixtygiving.org, reference of version 1.4
    """
    organisation = {"id": funder, "name": council}
    grants = [_grant(promise, group, prefix, organisation, site) for promise, group in awards(today)]
    return {
        "version": "1.4",
        "title": _("Grants to community groups: %(council)s", council=council),
        "modified": max(grant["dateModified"] for grant in grants) if grants else None,
        "publisher": {"name": council, "identifier": funder, "website": site},
        "accessURL": f"{site}/data",
        "downloadURL": f"{site}/data/360giving.json",
        "license": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "grants": grants,
    }


def _grant(promise: Promise, group: Group, prefix: str, funder: dict[str, str], site: str) -> dict[str, Any]:
    entry, version = promise.entry, promise.version
    name = group.host or group.name
    slug = group.slug if name == group.name else "".join(c if c.isalnum() else "-" for c in name.lower())
    grant: dict[str, Any] = {
        "id": f"360G-{prefix}-{entry.reference}",
        "title": shorten(entry.title, LONGEST_TITLE, placeholder="…"),
        "description": (entry.project and entry.project.summary) or entry.question,
        "currency": promise.currency,
        "amountAwarded": pounds(version.budgeted or 0),
        "amountDisbursed": pounds(version.paid or 0),
        "awardDate": awarded_on(entry).isoformat(),
        "url": f"{site}/log/{entry.reference}",
        "recipientOrganization": [{"id": f"360G-{prefix}-org-{slug}", "name": name}],
        "fundingOrganization": [funder],
        "fromOpenCall": "Yes",
        "locationScope": "GLS060",
        "dateModified": version.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dataSource": f"{site}/data",
    }
    if entry.round:
        grant["grantProgramme"] = [{"code": entry.round.slug, "title": entry.round.title}]
    if entry.ward:
        place = {"name": entry.ward.name, "countryCode": "GB", "geoCode": entry.ward.gss_code, "geoCodeType": "WD"}
        grant["beneficiaryLocation"] = [place]
    return grant


def pounds(pence: int) -> int | float:
    """The standard's amounts are JSON numbers in whole units; pence become two decimals, written exactly."""
    return pence // 100 if pence % 100 == 0 else pence / 100
