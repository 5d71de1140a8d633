"""Who somebody is when staff meet them: on paper, at a desk or on the phone.

What is typed becomes a mark made with the pepper, like every other source; nothing of it is kept. An e-mail address
resolves to the same entitlement as the address proven online, so nobody votes on both ways.
"""

from __future__ import annotations

import unicodedata

from pb.electorate.codes import NotACode, read_code
from pb.electorate.errors import CodeNeeded, MistypedCode, NotEnoughToGoBy, NotOnList, UnknownCode
from pb.electorate.models import Entitlement
from pb.electorate.posted import code_hash
from pb.electorate.queries import entitlement_of, entitlement_with_code
from pb.electorate.service import entitle, mailbox_source, person_key


def entitle_in_person(*, round_id: int, ward_id: int | None, email: str, name: str, address: str) -> Entitlement:
    """The entitlement of a person seen by staff: by e-mail address where they have one, else by name and address.

    Raises: NotAnAddress; NotEnoughToGoBy
    """
    if email.strip():
        return entitle(round_id=round_id, source=mailbox_source(email), ward_id=ward_id)
    plain_name, plain_address = _plain(name), _plain(address)
    if not plain_name or not plain_address:
        raise NotEnoughToGoBy
    return entitle(round_id=round_id, source=f"desk|{plain_name}|{plain_address}", ward_id=ward_id)


def listed_in_person(*, round_id: int, code: str, email: str) -> Entitlement:
    """The entitlement of a person on the list, seen by staff: by the code of their letter, or the list's address.

    No budget of guesses: staff are signed in, and 55 random bits are not guessed by hand.

    Raises: CodeNeeded; MistypedCode; UnknownCode; NotAnAddress; NotOnList
    """
    if code.strip():
        return _with_code(round_id, code)
    if not email.strip():
        raise CodeNeeded
    found = entitlement_of(round_id, person_key(round_id, mailbox_source(email)))
    if found is None or found.status != "ok":
        raise NotOnList
    return found


def _with_code(round_id: int, typed: str) -> Entitlement:
    try:
        code = read_code(typed)
    except NotACode as slip:
        raise MistypedCode(slip) from None
    found = entitlement_with_code(round_id, code_hash(round_id, code))
    if found is None or found.status != "ok":
        raise UnknownCode
    return found


def _plain(text: str) -> str:
    """Letters and digits alone, in one case and without accents: "12, High St." and "12 high st" are one address."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if letter.isalnum())
