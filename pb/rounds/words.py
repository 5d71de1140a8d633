"""Whole sentences about a round in plain words: its phase, what comes next, how it is counted, what was recorded."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.rounds.models import Phase

PHASE_BEGINS: dict[Phase, LazyString] = {
    Phase.INFORMING: _l("You can read about it"),
    Phase.PROPOSING: _l("Proposals open"),
    Phase.REVIEWING: _l("Proposals close"),
    Phase.VALUATING: _l("The council checks each proposal"),
    Phase.FROZEN: _l("The list of projects is published"),
    Phase.VOTING: _l("Voting opens"),
    Phase.COUNTING: _l("Voting ends"),
    Phase.RESULTS: _l("Results"),
    Phase.DELIVERING: _l("Work begins"),
}
"""What happens on each date, as an entry of a list."""
