"""The public words for the states of a proposal, and the kind of tag each wears."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

STATES: dict[str, tuple[LazyString | str, str]] = {
    "draft": (_l("Draft"), "quiet"),
    "submitted": (_l("Sent in"), "quiet"),
    "published": (_l("Waiting for the council’s check"), "quiet"),
    "returned": (_l("The council asked a question"), "warn"),
    "under_valuation": (_l("Being checked"), "quiet"),
    "feasible": (_l("Can go to the vote"), "good"),
    "feasible_with_changes": (_l("Can go to the vote with changes"), "warn"),
    "not_feasible": (_l("Cannot go to the vote"), "bad"),
    "on_ballot": (_l("On the ballot"), ""),
    "not_shortlisted": (_l("Did not go to the vote"), "quiet"),
    "funded": (_l("Funded"), "good"),
    "reserve": (_l("Reserve"), "quiet"),
    "not_funded": (_l("Not funded"), "quiet"),
    "withdrawn": (_l("Withdrawn"), "quiet"),
    "merged": (_l("Joined with another"), "quiet"),
    "hidden": (_l("Hidden"), "quiet"),
    "inadmissible": (_l("Not accepted"), "bad"),
}

WHO_DOES_IT: dict[str, LazyString | str] = {
    "we": _l("We would do it ourselves"),
    "council": _l("The council should do it"),
    "both": _l("We would do it together"),
}

REVISION_REASONS: dict[str, LazyString | str] = {
    "first": _l("First version"),
    "correction": _l("Correction"),
    "council_check": _l("After talking to the council"),
    "discussion": _l("Because of the discussion"),
}

STEPS: dict[str, LazyString | str] = {
    "idea": _l("Your idea"),
    "place": _l("Where it is"),
    "people": _l("The people"),
    "money": _l("The money"),
    "deal": _l("The deal"),
    "outcome": _l("How we will know it worked"),
}


MISSING: dict[str, LazyString | str] = {
    "title": _l("Enter a short name"),
    "summary": _l("Say in one sentence what it is"),
    "what": _l("Tell us what the problem is and what you would do"),
    "place": _l("Enter where it is"),
    "theme": _l("Select what it is mostly about"),
    "who_benefits": _l("Tell us who would gain from it"),
    "cost_lines": _l("Enter at least one thing that costs money"),
    "running_cost": _l("Enter what it costs each year afterwards, or 0"),
    "who_does_it": _l("Select who would do it"),
    "we_will": _l("Enter at least one thing that you would do"),
    "council_will": _l("Enter at least one thing that the council should do"),
    "outcome": _l("Enter how we will know it worked"),
    "outcome_on": _l("Enter the date by which we will know it worked"),
}
"""What to say beside a field that needs an answer."""


def state_words(state: str) -> tuple[str, str]:
    """The words and the kind of tag; nothing for an imported project, which has no proposal."""
    words, kind = STATES.get(state, ("", ""))
    return str(words), kind
