"""A promise hosts talk: what people ask, fear, suggest and offer while it is carried out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from pb.core.db import session
from pb.core.errors import NotFound
from pb.discussion import hosts
from pb.discussion.hosts import Host
from pb.log.models import LogEntry
from pb.proposals.models import Proposal

KIND = "log_entry"


def host_of(entry: LogEntry) -> Host:
    """An entry as a host: who proposed the project answers, and so do those with a role; it stays open."""
    wanted = select(Proposal).where(Proposal.project_id == entry.project_id)
    proposal = session().scalars(wanted).first() if entry.project_id else None
    page = f"/log/{entry.reference}"
    return Host(
        kind=KIND,
        id=entry.id,
        title=f"{entry.reference} {entry.title}",
        url=page,
        talk_url=f"/talk/{KIND}/{entry.id}",
        history_url=page,
        round_id=entry.round_id,
        ward_id=entry.ward_id,
        proposer_id=proposal.proposer_id if proposal else None,
        group_id=proposal.group_id if proposal else None,
        group_name=proposal.group.name if proposal and proposal.group else "",
        version=entry.current.number,
    )


def _load(entry_id: int, _now: datetime) -> Host:
    entry = session().get(LogEntry, entry_id)
    if entry is None:
        raise NotFound
    return host_of(entry)


hosts.register(KIND, _load)
