"""Which page asks a voter to prove who they are, by the ways that a round offers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.core.provider import PROVIDER_NAME


@dataclass(frozen=True)
class Way:
    """One way of proving who one is: its page, what it is called, and a word of help."""

    endpoint: str
    name: LazyString
    hint: LazyString


_WAYS = {
    2: Way("voting_identity.letter", _l("I have a letter with a code"), _l("Like RPQ2-J90V-X7T1")),
    3: Way(
        "voting_identity.details", _l("I am on the list but have no letter"), _l("We ask a few facts, then send a code")
    ),
    4: Way(
        "voting_account.account",
        _l("I have an account: %(provider)s", provider=PROVIDER_NAME),
        _l("You sign in there and come back here"),
    ),
    1: Way("voting.verify", _l("Send a code to my e-mail address"), _l("The address that the list has of you")),
}


def ways(rungs: Sequence[int]) -> list[Way]:
    """The ways of these rungs, the surest for the voter first."""
    return [way for rung, way in _WAYS.items() if rung in rungs]


def way_to_prove(rungs: Sequence[int]) -> str:
    """The endpoint that asks who somebody is: the only way's page, or the choice between several."""
    offered = ways(rungs)
    return offered[0].endpoint if len(offered) == 1 else "voting_identity.choose"
