"""Rung 3: somebody on the list without a letter says who they are, and a code goes to the address that the list has.

Nobody learns who is on the list: whatever is typed gives the same page after the same work. Facts are weak (family and
landlords know them), so they alone never vote, and the whole site has a budget for wrong ones (security.md 5.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from pb.core import limits
from pb.electorate.errors import NoList
from pb.electorate.facts import source_of
from pb.electorate.models import NOT_YET
from pb.electorate.queries import entitlement_of, mailbox_on_list, roll_of
from pb.electorate.service import mail_code, new_proof, person_key, spend_a_code

NETWORK = "30/10 minutes"
"""Tries of one network, right or wrong: a limit on wrong ones alone would tell which were right."""
WRONG = "200/hour"
"""Wrong facts on the whole site."""


def send_code_by_facts(*, round_id: int, round_title: str, said: Mapping[str, str], network: str, now: datetime) -> str:
    """Send six digits to the mailbox that the list has of whoever fits these facts; return the proof's id.

    said: what was typed for each fact that the list asks for; a day of birth as 1990-02-28

    Raises: NoList; TooMany after 30 tries of a network, or while the site sees too many wrong facts
    """
    roll = roll_of(round_id)
    if roll is None:
        raise NoList
    limits.spend("facts of a network", NETWORK, network)
    limits.check("wrong facts", WRONG, "site")
    key = person_key(round_id, source_of(roll.asks_for, said) or "facts|nobody")
    found = entitlement_of(round_id, key)
    if found is not None and found.status == NOT_YET:
        found = None
    mailbox = mailbox_on_list(found.id if found else "nobody")
    if found is None:
        with suppress(limits.TooMany):
            limits.spend("wrong facts", WRONG, "site")
    proof_id, code = new_proof(round_id, found.person_key if found else key, now)
    if found is not None and mailbox:
        with suppress(limits.TooMany):
            spend_a_code(found.person_key)
            mail_code(to=mailbox, code=code, round_title=round_title, now=now)
    return proof_id
