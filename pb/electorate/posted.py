"""Rung 2: proving who you are by the code in a letter. Codes are kept only as hashes under the pepper.

A plain hash would fall to guessing at home, and scrypt would choke the closing night. So: a hash under a key outside
the database, a budget for wrong guesses, codes that end with their round. This departs from ASVS 6.5.2, knowingly
(security.md 5.2).
"""

from __future__ import annotations

import hmac
from datetime import datetime

from pb.core.keys import pepper
from pb.electorate import guessing
from pb.electorate.codes import NotACode, read_code
from pb.electorate.errors import MistypedCode, UnknownCode
from pb.electorate.models import Entitlement
from pb.electorate.queries import entitlement_with_code


def code_hash(round_id: int, code: str) -> bytes:
    """HMAC(pepper, round | code): a code of one round is nothing in another."""
    return hmac.digest(pepper(), f"{round_id}|code|{code}".encode(), "sha256")


def prove_code(*, round_id: int, typed: str, network: str, browser: str, ticket: str, now: datetime) -> Entitlement:
    """The entitlement whose letter holds the code typed.

    network, browser: whom a wrong code is counted against
    ticket:           what `SlowDown` gave, empty otherwise

    Raises: MistypedCode (nothing looked up or counted); TooManyGuesses; SlowDown; UnknownCode
    """
    try:
        code = read_code(typed)
    except NotACode as slip:
        raise MistypedCode(slip) from None
    guessing.check(network=network, browser=browser)
    guessing.check_pace(code=code, ticket=ticket, now=now)
    found = entitlement_with_code(round_id, code_hash(round_id, code))
    if found is None or found.status != "ok":
        guessing.note_wrong(network=network, browser=browser)
        raise UnknownCode
    return found
