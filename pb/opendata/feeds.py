"""Atom feeds of the decision record: of the whole site, of a ward, of a round. Source: RFC 4287."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from sqlalchemy import select

from pb.core.db import session
from pb.journal.models import JournalEntry
from pb.rounds import record
from pb.rounds.models import Round

NAMESPACE = "http://www.w3.org/2005/Atom"
LONGEST = 40
OF_A_PROPOSAL = frozenset({"proposal.submitted", "proposal.revised", "proposal.valued"})
OF_THE_RESULT = frozenset({"results.published", "result.corrected", "council.decided"})
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
"""What an empty feed says of its age: before any entry of ours."""


@dataclass(frozen=True)
class Feed:
    """A feed's own facts. `address` is its own and permanent; `page` is what it tells of."""

    title: str
    address: str
    page: str
    council: str


def entries_of(rounds: Sequence[Round]) -> Sequence[JournalEntry]:
    """The newest public entries of these public rounds, newest first."""
    of_these = JournalEntry.round_id.in_([round.id for round in rounds])
    public = select(JournalEntry).where(of_these, JournalEntry.is_public).order_by(JournalEntry.seq.desc())
    return session().scalars(public.limit(LONGEST)).all()


def atom_of(feed: Feed, entries: Sequence[JournalEntry], rounds: Sequence[Round], site: str) -> str:
    """The feed as XML. `rounds`: those that the entries are about."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_tag("feed"))
    _add(root, "title", feed.title)
    _add(root, "id", feed.address)
    _add(root, "link", rel="self", href=feed.address, type="application/atom+xml")
    _add(root, "link", rel="alternate", href=feed.page, type="text/html")
    _add(root, "updated", _time(entries[0].at if entries else STARTED))
    _add(_add(root, "author"), "name", feed.council)
    known = {round.id: round for round in rounds}
    for entry in entries:
        _entry(root, entry, known[entry.round_id or 0], site)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _entry(root: ET.Element, entry: JournalEntry, round: Round, site: str) -> None:
    node = _add(root, "entry")
    _add(node, "title", f"{round.title}: {record.sentence(entry)}")
    _add(node, "id", f"tag:{urlsplit(site).hostname},2026:journal/{entry.seq}")
    _add(node, "updated", _time(entry.at))
    _add(node, "link", rel="alternate", href=f"{site}{_page_of(entry, round)}", type="text/html")
    _add(node, "summary", " ".join(filter(None, [record.who(entry), entry.reason])))


def _page_of(entry: JournalEntry, round: Round) -> str:
    """Where one reads on: the promise, the proposal or the result it is about, else the whole record."""
    if entry.kind in ("promise.opened", "promise.updated"):
        return f"/log/{quote(entry.subject)}"
    if entry.kind in OF_A_PROPOSAL:
        return f"/rounds/{round.slug}/projects/{quote(entry.subject)}"
    leads_to = "results" if entry.kind in OF_THE_RESULT else "timeline"
    return f"/rounds/{round.slug}/{leads_to}"


def _add(parent: ET.Element, name: str, words: str | None = None, **attributes: str) -> ET.Element:
    node = ET.SubElement(parent, _tag(name), attributes)
    node.text = _clean(words) if words else None
    return node


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _clean(words: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else " " for c in words)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
