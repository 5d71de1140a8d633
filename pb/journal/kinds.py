"""The kinds of entry, declared by the rooms that write them, each with the sentence the public reads.

A sentence may use the entry's facts by name: `"The pot is now %(pot)s."`.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString

_sentences: dict[str, LazyString | str] = {}
_words: dict[str, dict[str, LazyString | str]] = {}


class UnknownKind(Exception):
    """A room wrote an entry of a kind nobody declared."""


def declare(sentences: dict[str, LazyString | str]) -> None:
    """Name kinds (`noun.verb`, past tense) and their public sentences. Called once at import by each room's service."""
    _sentences.update(sentences)


def declare_words(fact: str, words: Mapping[str, LazyString | str]) -> None:
    """How the public reads the values of a fact that are names in the code. Called like `declare`."""
    _words.setdefault(fact, {}).update(words)


def words_of(fact: str, value: object) -> LazyString | str | None:
    """The words declared for this value of a fact; None when nobody declared any."""
    return _words.get(fact, {}).get(value) if isinstance(value, str) else None


def sentence_of(kind: str) -> LazyString | str:
    """Raises: UnknownKind."""
    try:
        return _sentences[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def all_kinds() -> dict[str, LazyString | str]:
    """Every declared kind, for the documentation and its test."""
    return dict(_sentences)
