"""What is kept of help: that it was given and agreed to, never to whom."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from pb.core.actor import Actor
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round

kinds.declare({"help.given": _l("A vote was made with help, with the voter's spoken consent.")})


def note_help(round: Round, *, how: str, by: Actor, now: datetime) -> None:
    """Record the helper's role, how (`beside` or `phone`) and that consent was given; not public, no voter."""
    record("help.given", by=by, now=now, round_id=round.id, subject=round.title, public=False, how=how, consent=True)
