"""Proving who you are, and the entitlement it resolves to. Rung 1: a code sent to a mailbox.

A code works only in the browser that asked (the proof's id is in that browser's encrypted cookie) and for 15 minutes;
within them the same browser may send it again, so that a double tap is harmless. Who may vote is never said: every
address gets a code.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from pb.accounts.mailbox import normalise
from pb.core import limits
from pb.core.db import session
from pb.core.keys import pepper
from pb.core.outbox import send_mail
from pb.electorate.errors import AccountNotOnList, CodeExpired, NotOnList, WrongCode
from pb.electorate.models import Entitlement, MailboxProof
from pb.electorate.queries import entitlement_of

CODE_LIVES = timedelta(minutes=15)
DIGITS = 6
TRIES = "5/hour"
"""Wrong codes for one proof."""
_ADD_UNLESS_THERE = {
    "sqlite": sqlite.insert(Entitlement).on_conflict_do_nothing().returning(Entitlement),
    "postgresql": postgresql.insert(Entitlement).on_conflict_do_nothing().returning(Entitlement),
}
"""By database; without a savepoint, for losing the race is no error."""
CODES_SOON, CODES_A_DAY = "3/15 minutes", "10/day"


def person_key(round_id: int, source: str) -> bytes:
    """HMAC(pepper, round | source): the same person in the same round, and nothing to anyone without the pepper."""
    return hmac.digest(pepper(), f"{round_id}|{source}".encode(), "sha256")


def mailbox_source(email: str) -> str:
    """Raises: NotAnAddress."""
    return f"mailbox|{normalise(email)}"


def send_mailbox_code(*, round_id: int, round_title: str, email: str, now: datetime) -> str:
    """Send six digits to a mailbox and return the proof's id, for the asking browser alone.

    Raises: NotAnAddress; TooMany after 3 codes in 15 minutes or 10 in a day for one mailbox
    """
    key = person_key(round_id, mailbox_source(email))
    spend_a_code(key)
    proof_id, code = new_proof(round_id, key, now)
    mail_code(to=normalise(email), code=code, round_title=round_title, now=now)
    return proof_id


def spend_a_code(key: bytes) -> None:
    """Raises: TooMany after 3 codes in 15 minutes or 10 in a day for one mailbox or person."""
    for allowance in (CODES_SOON, CODES_A_DAY):
        limits.spend("mailbox codes", allowance, key.hex())


def new_proof(round_id: int, key: bytes, now: datetime) -> tuple[str, str]:
    """(proof's id, six digits) of a code that proves `key` for 15 minutes."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    proof = MailboxProof(
        id=secrets.token_hex(16), round_id=round_id, person_key=key, code_hash=b"", expires_on_minute=0
    )
    proof.code_hash = _code_hash(proof.id, code)
    proof.expires_on_minute = _minute(now + CODE_LIVES)
    database = session()
    database.execute(delete(MailboxProof).where(MailboxProof.expires_on_minute < _minute(now)))
    database.add(proof)
    database.flush()
    return proof.id, code


def mail_code(*, to: str, code: str, round_title: str, now: datetime) -> None:
    subject = _("%(code)s is your code for %(round)s", code=code, round=round_title)
    send_mail(to=to, subject=subject, body=_words(code, round_title), now=now)


def _words(code: str, round_title: str) -> str:
    return "\n\n".join(
        (
            _("Your code is %(code)s", code=f"{code[:3]} {code[3:]}"),
            _("Type it on the page where you are voting in %(round)s. It works for 15 minutes.", round=round_title),
            _("We will never ask you for this code by phone. If you did not ask for it, do nothing."),
        )
    )


def prove_mailbox(
    *, round_id: int, proof_id: str, code: str, ward_id: int | None, now: datetime, only_listed: bool = False
) -> Entitlement:
    """Check the code typed and return the entitlement of its mailbox, made now if it is the first time.

    only_listed: a list says who may vote, so an address that is not on it leads to nobody

    Raises: CodeExpired; WrongCode; NotOnList; TooMany after 5 wrong codes for one proof
    """
    proof = session().get(MailboxProof, proof_id) if proof_id else None
    if proof is None or proof.round_id != round_id or proof.expires_on_minute < _minute(now):
        raise CodeExpired
    limits.check("mailbox tries", TRIES, proof.id)
    digits = "".join(str(unicodedata.decimal(c)) for c in code[:40] if c.isdecimal())
    if not hmac.compare_digest(_code_hash(proof.id, digits), proof.code_hash):
        limits.spend("mailbox tries", TRIES, proof.id)
        raise WrongCode
    if not only_listed:
        return _entitlement(round_id, proof.person_key, ward_id)
    return _listed(round_id, proof.person_key, NotOnList)


def _listed(round_id: int, key: bytes, refusal: type[NotOnList]) -> Entitlement:
    """Whom on the list a proven source leads to.

    Raises: `refusal`
    """
    found = entitlement_of(round_id, key)
    if found is None or found.status != "ok":
        raise refusal
    return found


def account_source(issuer: str, subject: str) -> str:
    """Somebody's account with the council's provider; the provider's own name for them, letter for letter."""
    return f"account|{issuer}|{subject}"


def prove_account(*, round_id: int, key: bytes, ward_id: int | None, only_listed: bool) -> Entitlement:
    """The entitlement of an account that its owner has just signed in to, made now if it is the first time.

    key:         the `person_key` of its `account_source`
    only_listed: a list says who may vote, so an account that is not on it leads to nobody

    Raises: AccountNotOnList
    """
    if not only_listed:
        return _entitlement(round_id, key, ward_id)
    return _listed(round_id, key, AccountNotOnList)


def entitle(*, round_id: int, source: str, ward_id: int | None) -> Entitlement:
    """The one entitlement of a proven source (`mailbox|…`, a list entry, an issuer and subject) in a round."""
    return _entitlement(round_id, person_key(round_id, source), ward_id)


def _entitlement(round_id: int, key: bytes, ward_id: int | None) -> Entitlement:
    """Get or make. Two browsers of one person may come at once: the unique key lets one in, the other finds it."""
    found = entitlement_of(round_id, key)
    if found is not None:
        return found
    values = {"id": secrets.token_hex(16), "round_id": round_id, "person_key": key, "ward_id": ward_id, "status": "ok"}
    add = _ADD_UNLESS_THERE[session().get_bind().dialect.name]
    made = session().scalars(add, {**values, "has_fixed_ward": False}).one_or_none() or entitlement_of(round_id, key)
    assert made is not None, "we made it, or somebody else did just now"
    return made


def _code_hash(proof_id: str, digits: str) -> bytes:
    return hmac.digest(pepper(), f"{proof_id}|{digits}".encode(), "sha256")


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
