"""The kinds of entry, declared by the rooms that write them, each with the sentence the public reads.

A sentence may use the entry's facts by name: `"The pot is now %(pot)s."`.
"""

from __future__ import annotations

from flask_babel import LazyString

_sentences: dict[str, LazyString | str] = {}


class UnknownKind(Exception):
    """A room wrote an entry of a kind nobody declared."""


def declare(sentences: dict[str, LazyString | str]) -> None:
    """Name kinds (`noun.verb`, past tense) and their public sentences. Called once at import by each room's service."""
    _sentences.update(sentences)


def sentence_of(kind: str) -> LazyString | str:
    """Raises: UnknownKind."""
    try:
        return _sentences[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def all_kinds() -> dict[str, LazyString | str]:
    """Every declared kind, for the documentation and its test."""
    return dict(_sentences)
