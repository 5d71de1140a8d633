"""Who somebody is when staff meet them: on paper, at a desk or on the phone.

What is typed becomes a mark made with the pepper, like every other source; nothing of it is kept. An e-mail address
resolves to the same entitlement as the address proven online, so nobody votes on both ways.
"""

from __future__ import annotations

import unicodedata

from pb.electorate.errors import NotEnoughToGoBy
from pb.electorate.models import Entitlement
from pb.electorate.service import entitle, mailbox_source


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


def _plain(text: str) -> str:
    """Letters and digits alone, in one case and without accents: "12, High St." and "12 high st" are one address."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if letter.isalnum())
