"""Who can open a box: in mode S1 the server, with a key in a file; in mode S2 any two of three holders.

The key of mode S2 lies wrapped in the database, where it is of no use without two passphrases. How a key ends:
`pb.voting.key_end`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from nacl.public import PrivateKey

from pb.core.actor import SYSTEM
from pb.core.db import session
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round
from pb.voting import sealing, wrapping
from pb.voting.errors import (
    AlreadyFrozen,
    HoldersNeeded,
    KeyAlreadyMade,
    KeyDestroyed,
    KeyNotMade,
    NotByHolders,
    PassphrasesAlike,
    PassphraseTooShort,
    PassphraseWrong,
)
from pb.voting.models import Contest, KeyCeremony

SHORTEST = 15
"""Characters of a passphrase."""

kinds.declare(
    {
        "key.made": _l("Three people made the key of the ballot box. Any two of them can open it: %(holders)s."),
        "key.rehearsed": _l("Two key holders tried that their passphrases open the key: %(holders)s."),
    }
)


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a passphrase; name and office stand in the record on paper, the office alone in public."""

    name: str
    office: str


def check_may_make(round: Round, *, again: bool = False) -> None:
    """Raises: NotByHolders unless the round is set to mode S2; AlreadyFrozen; KeyAlreadyMade unless `again`."""
    if round.seal_mode != "S2":
        raise NotByHolders
    if round.frozen_at is not None:
        raise AlreadyFrozen
    if not again and session().get(KeyCeremony, round.id) is not None:
        raise KeyAlreadyMade


def check_passphrases(passphrases: Sequence[str]) -> None:
    """Raises: PassphraseTooShort; PassphrasesAlike."""
    plain = [wrapping.plain(text) for text in passphrases]
    if any(len(text) < SHORTEST or len(set(text)) < 6 for text in plain):
        raise PassphraseTooShort
    if len(set(plain)) < len(plain):
        raise PassphrasesAlike


def make_split_key(
    round: Round, passphrases: Sequence[str], *, cost: wrapping.Cost = wrapping.CEREMONY
) -> wrapping.SplitKey:
    """A key for this round, tried with every pair before anybody relies on it. Slow: call it outside a transaction.

    Raises: PassphraseTooShort; PassphrasesAlike
    """
    check_passphrases(passphrases)
    key = wrapping.make(passphrases, bound_to=round.slug, cost=cost)
    for pair in ((1, 2), (1, 3), (2, 3)):
        wrapping.open_with(key, {n: passphrases[n - 1] for n in pair}, bound_to=round.slug)
    return key


def keep_split_key(
    round: Round, key: wrapping.SplitKey, holders: Sequence[Holder], *, again: bool = False, now: datetime
) -> KeyCeremony:
    """Keep what a ceremony made. It can be held again (`again`) until the ballot is published.

    Raises: as `check_may_make`
    """
    session().refresh(round, with_for_update=True)
    check_may_make(round, again=again)
    made = KeyCeremony(
        round_id=round.id,
        public_key=key.public_key,
        wrapped=key.wrapped,
        holders=[asdict(holder) for holder in holders],
        held_at=now,
        rehearsed_at=None,
    )
    kept = session().merge(made)
    _note("key.made", round, now=now, holders=_offices(holders), fingerprint=wrapping.fingerprint(key.public_key))
    return kept


def ceremony_of(round: Round) -> KeyCeremony:
    """Raises: NotByHolders in mode S1; KeyNotMade."""
    if round.seal_mode != "S2":
        raise NotByHolders
    made = session().get(KeyCeremony, round.id)
    if made is None:
        raise KeyNotMade
    return made


def holders_of(made: KeyCeremony) -> list[Holder]:
    """The holders in the order of their numbers, 1 to 3."""
    return [Holder(**holder) for holder in made.holders]


def unlock(round: Round, passphrases: Mapping[int, str]) -> PrivateKey:
    """The private key, from two holders' passphrases by their numbers. Slow.

    Raises: NotByHolders; KeyNotMade; KeyDestroyed; PassphraseWrong
    """
    made = ceremony_of(round)
    if not made.wrapped:
        raise KeyDestroyed
    try:
        key = wrapping.SplitKey(made.public_key, made.wrapped)
        return wrapping.open_with(key, passphrases, bound_to=round.slug)
    except wrapping.DoesNotFit:
        raise PassphraseWrong from None


def rehearse(round: Round, private: PrivateKey, numbers: Sequence[int], *, now: datetime) -> None:
    """Seal and open a trial ballot with a key that two holders unlocked, and note that they could.

    Raises: KeyNotMade; PassphraseWrong
    """
    made = ceremony_of(round)
    trial = sealing.seal(b"a trial, no vote", public_key=made.public_key, size=sealing.sealed_size_for(64))
    if sealing.unseal(trial, private) != b"a trial, no vote":
        raise PassphraseWrong
    made.rehearsed_at = now
    everybody = holders_of(made)
    _note("key.rehearsed", round, now=now, holders=_offices([everybody[n - 1] for n in numbers]))


def public_key_for(round: Round) -> bytes:
    """The key that a freeze seals with: made here in mode S1, by the holders before in mode S2.

    Raises: KeyNotMade
    """
    return ceremony_of(round).public_key if round.seal_mode == "S2" else sealing.make_key(round.id)


def key_of_server(contest: Contest) -> PrivateKey:
    """The key file of mode S1.

    Raises: HoldersNeeded in mode S2; KeyDestroyed; KeyMissing
    """
    if contest.seal_mode == "S2":
        raise HoldersNeeded
    if contest.key_destroyed_at is not None:
        raise KeyDestroyed
    return sealing.private_key(contest.round_id, contest.seal_public_key)


def _offices(holders: Sequence[Holder]) -> str:
    return ", ".join(holder.office for holder in holders)


def _note(kind: str, round: Round, *, now: datetime, **facts: Any) -> None:
    session().flush()
    record(kind, by=SYSTEM, now=now, subject=round.slug, round_id=round.id, **facts)
