"""The six short pages on which a proposal is written, and what each needs before it can be sent in."""

from __future__ import annotations

from pb.proposals.models import Revision

FIELDS: dict[str, tuple[str, ...]] = {
    "idea": ("title", "summary", "what"),
    "place": ("place", "point", "ward_id", "theme"),
    "people": ("already_here", "who_benefits", "people_asked", "who_we_asked"),
    "money": ("cost_lines", "running_cost", "running_note"),
    "deal": ("who_does_it", "council_will", "we_will"),
    "outcome": ("outcome", "outcome_on", "risks"),
}
"""The fields of a revision by the page that asks for them, in the order of the pages."""

ALL_FIELDS = frozenset(name for names in FIELDS.values() for name in names)

_SIDES = {"we": ("we_will",), "council": ("council_will",), "both": ("we_will", "council_will")}
_NEEDED: dict[str, tuple[str, ...]] = {
    "idea": FIELDS["idea"],
    "place": ("place", "theme"),
    "people": ("who_benefits",),
    "money": ("cost_lines", "running_cost"),
    "deal": (),
    "outcome": ("outcome", "outcome_on"),
}


def missing(step: str, revision: Revision) -> tuple[str, ...]:
    """The fields of a page that still need an answer. A deal needs a line for each side that is to do something."""
    needed = _NEEDED[step]
    if step == "deal":
        needed = _SIDES.get(revision.who_does_it, ("who_does_it",))
    return tuple(name for name in needed if getattr(revision, name) in (None, "", []))


def is_started(step: str, revision: Revision) -> bool:
    """Whether anything was written on a page."""
    return any(getattr(revision, name) not in (None, "", []) for name in FIELDS[step])


def to_do(revision: Revision) -> dict[str, tuple[str, ...]]:
    """The pages that still need something, in order, with the fields that do."""
    return {step: fields for step in FIELDS if (fields := missing(step, revision))}
