"""Runs of posted codes: made, handed over as one file, and forgotten but for their hashes.

A code exists in the clear only in the answer that carries the file: nothing of it is stored, so nothing can be
downloaded twice, by anybody. A file lost on its way is made again, which voids every code that was in it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, select, update

from pb.approvals.actions import Action, declare
from pb.approvals.service import ask, take
from pb.core.actor import Actor, Role
from pb.core.cells import safe_cell
from pb.core.db import let_go, session
from pb.electorate.codes import in_groups, new_code
from pb.electorate.errors import EnoughLetters, ListChanged, NoList, NothingToPrint, RunIsOver, WrongNumberOfCards
from pb.electorate.letters import Addressee, Facts, letters_pdf, run_mark
from pb.electorate.models import Entitlement, PrintRun, Roll, RollEntry
from pb.electorate.posted import code_hash
from pb.electorate.queries import letters_alone_since, numbers_of, reissued_since, roll_of, waiting_for_letters
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round

kinds.declare(
    {
        "codes.made": _l("%(codes)s voting codes were made and handed over as one file (run %(run)s)."),
        "codes.voided": _l("The %(codes)s codes of run %(run)s were voided: the file was lost and is made again."),
        "list.read": _l("Somebody at the desk looked up people on the list of voters."),
        "code.reissued": _l("A voting code was voided and a new letter ordered."),
    }
)

DESK = (Role.OFFICER, Role.RETURNING_OFFICER)
MOST_LETTERS = 250
"""In one PDF; a print supplier's list has no such limit."""
MOST_IN_LIST = 250_000
LETTERS_ALONE = 20
"""Single letters that a round's desk may hand over in a day without a second person (security.md, section 6)."""
REISSUE_REASONS = {
    "lost": _l("The letter was lost or never came"),
    "seen": _l("Somebody else may have seen the code"),
    "damaged": _l("The letter cannot be read"),
    "moved": _l("The address was wrong"),
}


@dataclass(frozen=True)
class Handover:
    """The file of a run: the only place where its codes are in the clear."""

    run: PrintRun
    filename: str
    content: bytes


@dataclass(frozen=True)
class Coded:
    """An entitlement and its new code."""

    entitlement_id: str
    letter: Addressee


def make_run(*, round: Round, kind: str, facts: Facts, by: Actor, now: datetime) -> Handover:
    """Make codes for everybody on the list who waits for a letter (the first 250 as PDF), and hand them over.

    kind: `letters` for a PDF ready to print, `list` for a print supplier's CSV

    Raises: NoList; NothingToPrint; ListChanged; NotApproved unless a second person agreed to exactly this; RunIsOver
    """
    at_most = MOST_LETTERS if kind == "letters" else MOST_IN_LIST
    entries = waiting_for_letters(round.id, at_most)
    if not entries:
        raise NoList if roll_of(round.id) is None else NothingToPrint
    coded = [_coded(entry) for entry in entries]
    content = _file_of(kind, coded, facts, now)
    _hold_roll(round)
    if [entry.entitlement_id for entry in waiting_for_letters(round.id, at_most)] != [
        one.entitlement_id for one in coded
    ]:
        raise ListChanged
    take("codes.make", payload=run_payload(round, kind), by=by, now=now)
    return _hand_over(round, kind, coded, content, by=by, now=now)


def make_letter(*, entry: RollEntry, round: Round, facts: Facts, by: Actor, now: datetime) -> Handover:
    """One person's letter now, at the desk; a code they had before is voided by it.

    Raises: EnoughLetters past 20 a day; RunIsOver
    """
    _hold_roll(round)
    if letters_alone_since(round.id, now - timedelta(days=1)) >= LETTERS_ALONE:
        raise EnoughLetters
    coded = [_coded(entry)]
    content = letters_pdf([coded[0].letter], facts, now=now)
    return _hand_over(round, "letters", coded, content, by=by, now=now)


def make_cards(
    *,
    round: Round,
    how_many: int,
    ward_id: int,
    facts: Facts,
    by: Actor,
    now: datetime,
) -> Handover:
    """Codes without a name, to hand out to people who are seen (rung 2b): at an event, a library, a shelter.

    Raises: NotApproved unless a second person agreed to exactly this; RunIsOver
    """
    coded = [Coded(secrets.token_hex(16), Addressee(new_code())) for _ in range(how_many)]
    content = _file_of("cards", coded, facts, now)
    take("codes.make", payload=run_payload(round, "cards", how_many, ward_id), by=by, now=now)
    common = {"round_id": round.id, "ward_id": ward_id or None, "has_fixed_ward": ward_id > 0, "status": "ok"}
    rows = [{"id": one.entitlement_id, "person_key": secrets.token_bytes(32), **common} for one in coded]
    session().execute(insert(Entitlement), rows)
    return _hand_over(round, "cards", coded, content, by=by, now=now)


def run_payload(round: Round, kind: str, how_many: int = 0, ward_id: int = 0) -> dict[str, int | str]:
    """What two people agree on before codes are handed over. Of a list: everybody who waits when the file is made."""
    return {"round_id": round.id, "kind": kind, "how_many": how_many, "ward_id": ward_id}


def ask_for_run(
    *, round: Round, kind: str, how_many: int = 0, ward_id: int = 0, look_at: str, by: Actor, now: datetime
) -> None:
    """Ask a second person to agree to a run. `look_at`: the desk's address.

    Raises: WrongNumberOfCards; NoList; NothingToPrint; AlreadyAsked
    """
    waiting = numbers_of(round.id).waiting
    if kind == "cards":
        if not 1 <= how_many <= MOST_LETTERS:
            raise WrongNumberOfCards
        what = _("Make %(codes)s codes without names, to hand out, for %(round)s.", codes=how_many, round=round.title)
    elif not waiting:
        raise NoList if roll_of(round.id) is None else NothingToPrint
    else:
        what = _("Make codes for %(codes)s people on the list of %(round)s.", codes=waiting, round=round.title)
    payload = run_payload(round, kind, how_many if kind == "cards" else 0, ward_id if kind == "cards" else 0)
    ask("codes.make", what=what, payload=payload, round_id=round.id, look_at=look_at, by=by, now=now)


def ask_to_void(*, run: PrintRun, round: Round, look_at: str, by: Actor, now: datetime) -> None:
    """Ask a second person to agree that a run's file is lost and its codes are void.

    Raises: AlreadyAsked
    """
    mark = run_mark(run.made_at)
    what = _("Stop the %(codes)s codes made at %(mark)s for %(round)s.", codes=run.codes, mark=mark, round=round.title)
    payload = {"run_id": run.id}
    ask("codes.void", what=what, payload=payload, round_id=round.id, look_at=look_at, by=by, now=now)


def _void_agreed(payload: dict[str, int], *, by: Actor, now: datetime) -> None:
    void_run(run=session().get_one(PrintRun, payload["run_id"]), by=by, now=now)


def void_run(*, run: PrintRun, by: Actor, now: datetime) -> int:
    """Void every code a run gave out that was not replaced since; people on the list wait for a letter again.

    Returns: how many codes were voided
    """
    ids = session().scalars(select(Entitlement.id).where(Entitlement.run_id == run.id)).all()
    _void(ids)
    record("codes.voided", by=by, now=now, subject=f"run-{run.id}", round_id=run.round_id, codes=len(ids), run=run.id)
    return len(ids)


def order_letter(*, entry: RollEntry, round: Round, why: str, look_at: str, by: Actor, now: datetime) -> bool:
    """Void somebody's code and order a new letter: 20 times a day at once, beyond that by asking a second person.

    look_at: the page that says whose it is; the record does not

    Returns: whether it is done
    Raises: what `approvals.ask` raises
    """
    if reissued_since(round.id, now - timedelta(days=1)) < LETTERS_ALONE:
        reissue(entry=entry, why=why, by=by, now=now)
        return True
    what = str(_("Stop somebody’s voting code in %(round)s and order a new letter.", round=round.title))
    payload = {"entry_id": entry.id, "why": why}
    ask("code.reissue", what=what, payload=payload, round_id=round.id, look_at=look_at, by=by, now=now)
    return False


def _reissue_agreed(payload: dict[str, Any], *, by: Actor, now: datetime) -> None:
    reissue(entry=session().get_one(RollEntry, payload["entry_id"]), why=payload["why"], by=by, now=now)


def reissue(*, entry: RollEntry, why: str, by: Actor, now: datetime) -> None:
    """Void somebody's code at once and put a new letter in the next run. A vote already cast stays, and stays one.

    why: a name of `REISSUE_REASONS`; anything else is `lost`
    """
    _void([entry.entitlement_id])
    reason = str(REISSUE_REASONS.get(why, REISSUE_REASONS["lost"]))
    record("code.reissued", by=by, now=now, subject="", round_id=entry.round_id, reason=reason)


declare(
    Action("codes.make", _l("Hand over voting codes"), roles=DESK),
    Action("codes.void", _l("Void voting codes"), roles=DESK, perform=_void_agreed),
    Action("code.reissue", _l("Void a voting code and order a new letter"), roles=DESK, perform=_reissue_agreed),
)


def _void(entitlement_ids: Sequence[str]) -> None:
    for start in range(0, len(entitlement_ids), 500):
        some = entitlement_ids[start : start + 500]
        session().execute(update(Entitlement).where(Entitlement.id.in_(some)).values(code_hash=None, run_id=None))
        session().execute(update(RollEntry).where(RollEntry.entitlement_id.in_(some)).values(needs_letter=True))


def _hold_roll(round: Round) -> None:
    """The list for us alone: two officers at once must not give one person two codes.

    Raises: NoList
    """
    if session().get(Roll, round.id, with_for_update=True, populate_existing=True) is None:
        raise NoList


def _coded(entry: RollEntry) -> Coded:
    lines = tuple(entry.address.split("\n"))
    return Coded(entry.entitlement_id, Addressee(new_code(), entry.name, lines, entry.postcode))


def _file_of(kind: str, coded: Sequence[Coded], facts: Facts, now: datetime) -> bytes:
    """The file of a run, made while no lock is held: 250 letters take seconds, and votes must not wait for them."""
    letters = [one.letter for one in coded]
    with let_go():
        if kind == "list":
            return supplier_csv(letters, facts, now=now)
        return letters_pdf(letters, facts, now=now)


def _hand_over(
    round: Round, kind: str, coded: Sequence[Coded], content: bytes, *, by: Actor, now: datetime
) -> Handover:
    if round.closed_at is not None:
        raise RunIsOver
    digest = hashlib.sha256(content).hexdigest()
    run = PrintRun(round_id=round.id, kind=kind, codes=len(coded), made_at=now, file_sha256=digest)
    session().add(run)
    session().flush()
    _keep_hashes(round.id, run.id, coded)
    facts: dict[str, Any] = {"codes": len(coded), "run": run.id, "file": kind, "file_sha256": digest}
    record("codes.made", by=by, now=now, subject=round.slug, round_id=round.id, **facts)
    ending = "csv" if kind == "list" else "pdf"
    return Handover(run, f"{round.slug}-codes-{run.id}.{ending}", content)


def _keep_hashes(round_id: int, run_id: int, coded: Sequence[Coded]) -> None:
    """Of a code only this stays. A code that was there before is overwritten, and so void."""
    rows = [
        {"id": one.entitlement_id, "code_hash": code_hash(round_id, one.letter.code), "run_id": run_id} for one in coded
    ]
    session().execute(update(Entitlement), rows)
    in_run = select(Entitlement.id).where(Entitlement.run_id == run_id)
    session().execute(update(RollEntry).where(RollEntry.entitlement_id.in_(in_run)).values(needs_letter=False))


COLUMNS = ("run", "number", "name", "address", "postcode", "code", "ballot", "voting_ends")


def supplier_csv(letters: Sequence[Addressee], facts: Facts, *, now: datetime) -> bytes:
    """The list for a print supplier: RFC 4180, UTF-8 with a mark for spreadsheets, every cell quoted, no formulas."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for number, letter in enumerate(letters, start=1):
        address = ", ".join(line for line in letter.lines if line)
        cells = map(safe_cell, (letter.name, address, letter.postcode, in_groups(letter.code)))
        table.writerow([run_mark(now), number, *cells, facts.url, facts.closes_at.isoformat()])
    return text.getvalue().encode("utf-8-sig")
