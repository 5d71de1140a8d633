"""Reading entitlements. Nothing here answers "may this person vote?" to anybody but that person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from pb.core.db import session
from pb.electorate.models import NOT_YET, Entitlement, KnownAs, PrintRun, Roll, RollEntry
from pb.electorate.names import folded
from pb.journal.models import JournalEntry

# Every vote asks these: made once, for making a statement costs more than running it.
_KNOWN = select(KnownAs.entitlement_id).where(
    KnownAs.round_id == bindparam("round"), KnownAs.source_key == bindparam("source")
)
_OWN = select(Entitlement).where(
    Entitlement.round_id == bindparam("round"), Entitlement.person_key == bindparam("source")
)
_HELD = (
    select(Entitlement)
    .where(Entitlement.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def entitlement_of(round_id: int, source_key: bytes) -> Entitlement | None:
    """The entitlement that a proven source resolves to: its own, or that of the person on the list it belongs to."""
    asked = {"round": round_id, "source": source_key}
    if (known := session().execute(_KNOWN, asked).one_or_none()) is not None:
        return session().get(Entitlement, known[0]) if known[0] else None
    return session().scalars(_OWN, asked).one_or_none()


def entitlement_with_code(round_id: int, code_hash: bytes) -> Entitlement | None:
    """Whose posted code this is."""
    wanted = select(Entitlement).where(Entitlement.round_id == round_id, Entitlement.code_hash == code_hash)
    return session().scalars(wanted).one_or_none()


def lock_entitlement(entitlement_id: str) -> Entitlement | None:
    """The entitlement, held until the transaction ends: two votes of one person come one after the other."""
    return session().scalars(_HELD, {"id": entitlement_id}).one_or_none()


# The list and its letters -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """A round's list in numbers: people on it, letters they wait for, codes given out (those handed out as well)."""

    people: int
    waiting: int
    codes: int


def roll_of(round_id: int) -> Roll | None:
    """The list of a round, if it has one."""
    return session().get(Roll, round_id)


def numbers_of(round_id: int) -> Numbers:
    people = select(func.count()).select_from(RollEntry)
    people = people.join(Entitlement, Entitlement.id == RollEntry.entitlement_id)
    people = people.where(RollEntry.round_id == round_id, Entitlement.status != NOT_YET)
    with_code = Entitlement.round_id == round_id, Entitlement.code_hash.is_not(None)
    codes = session().scalar(select(func.count()).select_from(Entitlement).where(*with_code))
    waiting = people.where(RollEntry.needs_letter, Entitlement.status == "ok")
    return Numbers(session().scalar(people) or 0, session().scalar(waiting) or 0, codes or 0)


def waiting_for_letters(round_id: int, at_most: int) -> Sequence[RollEntry]:
    """People who wait for a letter, in the order a post office likes: by postcode, then address, then name."""
    wanted = select(RollEntry).join(Entitlement, Entitlement.id == RollEntry.entitlement_id)
    wanted = wanted.where(RollEntry.round_id == round_id, RollEntry.needs_letter, Entitlement.status == "ok")
    order = (RollEntry.postcode, RollEntry.address, RollEntry.name, RollEntry.id)
    return session().scalars(wanted.order_by(*order).limit(at_most)).all()


def runs_of(round_id: int) -> Sequence[PrintRun]:
    """Print runs, newest first."""
    return session().scalars(select(PrintRun).where(PrintRun.round_id == round_id).order_by(PrintRun.id.desc())).all()


def letters_alone_since(round_id: int, since: datetime) -> int:
    """How many single letters the desk has made since then."""
    single = PrintRun.round_id == round_id, PrintRun.kind == "letters", PrintRun.codes == 1, PrintRun.made_at > since
    return session().scalar(select(func.count()).select_from(PrintRun).where(*single)) or 0


def reissued_since(round_id: int, since: datetime) -> int:
    """How many codes the desk has voided one by one since then."""
    mine = JournalEntry.round_id == round_id, JournalEntry.kind == "code.reissued", JournalEntry.at > since
    return session().scalar(select(func.count()).select_from(JournalEntry).where(*mine)) or 0


def find_people(round_id: int, words: str, at_most: int = 25) -> Sequence[RollEntry]:
    """People on the list by name, postcode or number, for the desk that sends a new letter."""
    wanted = select(RollEntry).join(Entitlement, Entitlement.id == RollEntry.entitlement_id)
    wanted = wanted.where(RollEntry.round_id == round_id, Entitlement.status != NOT_YET)
    for word in folded(words).split()[:6]:
        wanted = wanted.where(RollEntry.folded.contains(word, autoescape=True))
    return session().scalars(wanted.order_by(RollEntry.name, RollEntry.id).limit(at_most)).all()


def mailbox_on_list(entitlement_id: str) -> str:
    """Where to tell somebody on the list that a vote came in with their code; empty where the list has no address."""
    return session().scalar(select(RollEntry.email).where(RollEntry.entitlement_id == entitlement_id)) or ""
