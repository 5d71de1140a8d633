"""The public decision record in words: one sentence an entry, with role, day and reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pb.core.actor import Role
from pb.core.filters import moment, money, number
from pb.journal.kinds import UnknownKind, sentence_of, words_of
from pb.journal.models import JournalEntry
from pb.rounds.words import RULE_NAMES

ROLES = {
    Role.SYSTEM: _l("This website, by itself"),
    Role.ADMIN: _l("An administrator"),
    Role.RETURNING_OFFICER: _l("The returning officer"),
    Role.OFFICER: _l("An officer of the council"),
    Role.COUNCILLOR: _l("A councillor"),
    Role.GROUP_MEMBER: _l("A member of a community group"),
    Role.RESIDENT: _l("A resident"),
}


class _Facts(dict[str, Any]):
    """Facts by name, with a dash for one that an old entry does not have."""

    def __missing__(self, _name: str) -> str:
        return "–"


def sentence(entry: JournalEntry) -> str:
    """What was decided, for everybody.

    Facts whose name ends in `_pence` show as money, in `_at` as a time; a kind that no room declares any more (the
    record outlives the code) shows as its name, and one that no longer fits its facts shows without them.
    """
    try:
        template = str(sentence_of(entry.kind))
        return template % _shown(entry.facts)
    except UnknownKind:
        return entry.kind
    except (ValueError, TypeError):
        return template


def _shown(facts: Mapping[str, Any]) -> _Facts:
    return _Facts({name: _in_words(name, value) for name, value in facts.items()})


def _in_words(name: str, value: Any) -> Any:
    if value is None:
        return _("not set")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name.endswith("_pence") and type(value) is int:
        return money(value)
    if name.endswith("_at") and isinstance(value, str):
        return moment(datetime.fromisoformat(value))
    if name == "rule":
        return RULE_NAMES.get(value, value)
    if words := words_of(name, value):
        return words
    if isinstance(value, int):
        return number(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def who(entry: JournalEntry) -> str:
    """The role that decided, never a name."""
    return str(ROLES.get(Role(entry.actor_role), entry.actor_role))
