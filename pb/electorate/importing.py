"""Taking over a list of voters: looked at first, then imported; doing it again changes nothing.

New people are written a few at a time, so that no vote waits for a borough, and count for nothing until all of them are
there: one short transaction lets them in together. What an import that broke off has left, the next one takes up.

Everybody on a list is known by a mark of the list's own number (or of all that is known), so that a corrected file
updates addresses and adds who is missing. Nobody is taken off by an import: leaving a row out must never cost a vote.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from nacl.secret import SecretBox
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pb.core.actor import Actor
from pb.core.clock import council_zone
from pb.core.db import Base, begin_writing, committed, let_go, session
from pb.core.keys import pepper
from pb.core.provider import provider
from pb.electorate.errors import ListIsOver, SourceNeeded, UploadGone
from pb.electorate.facts import ALWAYS, FACTS, source_of
from pb.electorate.models import NOT_YET, Entitlement, KnownAs, Roll, RollEntry, RollUpload
from pb.electorate.names import folded
from pb.electorate.roll_csv import Person, Problem, Reading, read_roll
from pb.electorate.service import account_source, person_key
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round
from pb.rounds.queries import ward_finder, wards_of

kinds.declare(
    {
        "list.imported": _l("A list of voters was imported: %(source)s. New: %(new)s, updated: %(updated)s."),
    }
)

_AT_ONCE = 5_000
PEOPLE_AT_ONCE = 500


@dataclass(frozen=True)
class Preview:
    """What an import would do: people it takes over with their wards, rows it cannot use, people it knows already."""

    people: tuple[tuple[Person, int | None], ...]
    problems: tuple[Problem, ...]
    known: int
    facts: tuple[str, ...]
    """What people can be asked for: the columns this file has."""
    encoding: str
    file_sha256: str


def upload(*, round: Round, content: bytes, now: datetime) -> None:
    """Keep a file to look at, in place of one that was there.

    Raises: ListIsOver; what `read_roll` raises when nothing of it can be used
    """
    if round.closed_at is not None:
        raise ListIsOver
    round_id = round.id
    with let_go():
        read_roll(content, today=now.astimezone(council_zone()).date())
        sealed = _box().encrypt(zlib.compress(content, 6))
    discard(round_id)
    digest = hashlib.sha256(content).hexdigest()
    session().add(RollUpload(round_id=round_id, file_sha256=digest, sealed=sealed, uploaded_at=now))
    session().flush()


def discard(round_id: int) -> None:
    """Forget the file."""
    session().execute(delete(RollUpload).where(RollUpload.round_id == round_id))


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(pepper(), digest_size=32, person=b"list of voters").digest())


def preview(round: Round, *, now: datetime) -> Preview | None:
    """What importing the uploaded file would do; None when there is none."""
    kept = session().get(RollUpload, round.id)
    if kept is None:
        return None
    content = zlib.decompress(_box().decrypt(kept.sealed))
    reading = read_roll(content, today=now.astimezone(council_zone()).date())
    people, problems = _with_wards(round, reading)
    there = select(Entitlement.person_key).where(Entitlement.round_id == round.id, Entitlement.status != NOT_YET)
    known = set(session().scalars(there))
    return Preview(
        people=tuple(people),
        problems=tuple(sorted([*reading.problems, *problems], key=lambda problem: problem.row)),
        known=sum(key_of(round.id, person) in known for person, _ward in people),
        facts=tuple(fact for fact in FACTS if fact in reading.columns or fact == "name"),
        encoding=reading.encoding,
        file_sha256=kept.file_sha256,
    )


def key_of(round_id: int, person: Person) -> bytes:
    return person_key(round_id, f"roll|{person.identity}")


def _with_wards(round: Round, reading: Reading) -> tuple[list[tuple[Person, int | None]], list[Problem]]:
    """Each person with their ward: what the list says, else where the postcode lies. A vote there must be possible."""
    area = wards_of(round)
    named = {folded(name): ward.id for ward in area for name in (ward.name, ward.gss_code)}
    allowed, find = set(named.values()), ward_finder()
    needs_ward = bool(round.wards) or any(pot.ward_id for pot in round.pots)
    people, problems = [], []
    for person in reading.people:
        ward_id = named.get(folded(person.ward)) if person.ward else find(person.postcode)
        if needs_ward and ward_id not in allowed:
            problems.append(Problem(person.row, _ward_words(person)))
        else:
            people.append((person, ward_id if ward_id in allowed else None))
    return people, problems


def _ward_words(person: Person) -> Any:
    if person.ward:
        return _l("“%(ward)s” is not a ward of this round.", ward=person.ward[:40])
    return _l("We do not know in which ward %(postcode)s lies. Add a column “Ward”.", postcode=person.postcode)


def import_list(
    *, round: Round, source: str, asks_for: Sequence[str], file_sha256: str, by: Actor, now: datetime
) -> tuple[int, int]:
    """Import the uploaded file.

    source:      where the list comes from and its date; printed with the results
    asks_for:    which facts beside name and postcode people without a letter are asked for
    file_sha256: of the file that was looked at

    Returns: (people new on the list, people who were on it before)
    Raises: ListIsOver; SourceNeeded; UploadGone when another file, or none, is there now
    """
    if round.closed_at is not None:
        raise ListIsOver
    if len(source.strip()) < 5:
        raise SourceNeeded
    round_id = round.id
    with let_go():  # signing in began this request's transaction as a writing one
        last, found = _last_import(round_id), preview(round, now=now)
        if found is None or found.file_sha256 != file_sha256:
            raise UploadGone
        facts = [*ALWAYS, *(fact for fact in FACTS if fact in asks_for and fact in found.facts and fact not in ALWAYS)]
        plan = _plan(round_id, found.people, facts)
    plan.write_new()
    begin_writing()
    _hold_roll(round_id, source.strip()[:200], facts, file_sha256, now, last=last)
    plan.let_in()
    discard(round_id)
    record(
        "list.imported",
        by=by,
        now=now,
        round_id=round_id,
        source=source.strip()[:200],
        new=plan.new,
        updated=plan.known,
        left_out=len(found.problems),
        file_sha256=file_sha256,
    )
    return plan.new, plan.known


def _last_import(round_id: int) -> tuple[str, datetime] | None:
    roll = session().get(Roll, round_id)
    return (roll.file_sha256, roll.updated_at) if roll else None


def _hold_roll(
    round_id: int, source: str, facts: list[str], file_sha256: str, now: datetime, *, last: tuple[str, datetime] | None
) -> None:
    """The list for us alone, as it was when the rows were worked out.

    Raises: UploadGone when another officer imported or discarded the file meanwhile
    """
    roll = session().get(Roll, round_id, with_for_update=True, populate_existing=True)
    kept = session().get(RollUpload, round_id, populate_existing=True)
    if kept is None or kept.file_sha256 != file_sha256 or _last_import(round_id) != last:
        raise UploadGone
    if roll is None:
        roll = Roll(round_id=round_id)
        session().add(roll)
    roll.source, roll.asks_for, roll.file_sha256, roll.updated_at = source, facts, file_sha256, now
    session().flush()


@dataclass
class _Plan:
    """Every row to write, worked out while nothing is locked: votes wait only while some of them are written."""

    new: int
    known: int
    waiting: list[str]
    """Entitlements to let in: the new ones, and what an import that broke off has left."""
    inserts: list[list[tuple[type[Base], list[dict[str, Any]]]]]
    """Tables whose rows belong together in a transaction, row by row."""
    updates: list[tuple[type[Base], list[dict[str, Any]]]]

    def write_new(self) -> None:
        """New people, a few in a transaction of their own. Nobody sees them yet.

        Raises: UploadGone when another officer's import has brought the same people meanwhile
        """
        try:
            for tables in self.inserts:
                for start in range(0, len(tables[0][1]), PEOPLE_AT_ONCE):
                    with committed():
                        for table, rows in tables:
                            session().execute(
                                insert(cast("Table", table.__table__)), rows[start : start + PEOPLE_AT_ONCE]
                            )
        except IntegrityError:
            raise UploadGone from None

    def let_in(self) -> None:
        """Everything that shows, in the caller's one transaction."""
        mine = cast("Table", Entitlement.__table__)
        for start in range(0, len(self.waiting), _AT_ONCE):
            some = mine.c.id.in_(self.waiting[start : start + _AT_ONCE])
            session().execute(update(mine).where(some, mine.c.status == NOT_YET).values(status="ok"))
        for table, rows in self.updates:
            for start in range(0, len(rows), _AT_ONCE):
                session().execute(update(table), rows[start : start + _AT_ONCE])


def _plan(round_id: int, people: Sequence[tuple[Person, int | None]], facts: Sequence[str]) -> _Plan:
    """Entitlements, addresses and sources: new ones to add, known ones to correct where they differ."""
    there, owned = _known_people(round_id), []
    entitlements, entries, wards, addresses, waiting = [], [], [], [], []
    for person, ward_id in people:
        key, ward = key_of(round_id, person), {"ward_id": ward_id, "has_fixed_ward": ward_id is not None}
        found = there.get(key)
        one = found.entitlement_id if found else secrets.token_hex(16)
        owned.append((person, one))
        if found is None or found.status == NOT_YET:
            waiting.append(one)
        address = _address(person)
        if found is None:
            entitlements.append({"id": one, "round_id": round_id, "person_key": key, "status": NOT_YET, **ward})
            entries.append({"entitlement_id": one, "round_id": round_id, "needs_letter": True, **address})
            continue
        if ward != {name: getattr(found, name) for name in ward}:
            wards.append({"id": found.entitlement_id, **ward})
        if address != {name: getattr(found, name) for name in address}:
            addresses.append({"id": found.entry_id, **address})
    fresh, changed = _sources_of(round_id, owned, facts)
    inserts: list[list[tuple[type[Base], list[dict[str, Any]]]]] = [
        [(Entitlement, entitlements), (RollEntry, entries)],
        [(KnownAs, fresh)],
    ]
    updates: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Entitlement, wards),
        (RollEntry, addresses),
        (KnownAs, changed),
    ]
    return _Plan(len(waiting), len(people) - len(waiting), waiting, inserts, updates)


def _known_people(round_id: int) -> dict[bytes, Any]:
    """Everybody who is on the list already, as they are kept, by the mark of who they are."""
    columns = (RollEntry.reference, RollEntry.name, RollEntry.address, RollEntry.postcode, RollEntry.email)
    there = select(
        Entitlement.person_key,
        Entitlement.id.label("entitlement_id"),
        Entitlement.ward_id,
        Entitlement.has_fixed_ward,
        Entitlement.status,
        RollEntry.id.label("entry_id"),
        RollEntry.folded,
        *columns,
    )
    there = there.join(RollEntry, RollEntry.entitlement_id == Entitlement.id).where(Entitlement.round_id == round_id)
    return {row.person_key: row for row in session().execute(there)}


def _address(person: Person) -> dict[str, Any]:
    sought = (person.name, person.postcode, person.postcode.replace(" ", ""), person.reference)
    return {
        "reference": person.reference,
        "name": person.name,
        "address": "\n".join(person.address),
        "postcode": person.postcode,
        "email": person.email,
        "folded": folded(" ".join(sought))[:300],
    }


def _sources_of(
    round_id: int, owned: Iterable[tuple[Person, str]], facts: Sequence[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(new, changed) mailboxes, facts and accounts that lead to each person.

    What two people share leads to nobody, now and later.
    """
    sources = select(KnownAs.source_key, KnownAs.entitlement_id).where(KnownAs.round_id == round_id)
    kept = dict(session().execute(sources).all())
    found: dict[bytes, str | None] = {}
    for person, owner in owned:
        for source in _sources(person, facts):
            key = person_key(round_id, source)
            before = found.get(key, kept.get(key, owner))
            found[key] = owner if before == owner else None
    fresh = [_known(round_id, key, owner) for key, owner in found.items() if key not in kept]
    changed = [_known(round_id, key, owner) for key, owner in found.items() if kept.get(key, owner) != owner]
    return fresh, changed


def _known(round_id: int, key: bytes, owner: str | None) -> dict[str, Any]:
    return {"round_id": round_id, "source_key": key, "entitlement_id": owner}


def _sources(person: Person, facts: Sequence[str]) -> list[str]:
    ours = provider()
    said = {fact: getattr(person, fact) for fact in facts}
    found = (
        f"mailbox|{person.email}" if person.email else None,  # normalised when the row was read
        source_of(facts, said),
        account_source(ours.settings.issuer, person.account) if ours and person.account else None,
    )
    return [source for source in found if source]
