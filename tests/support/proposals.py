"""Proposals in any state, made directly, with content that a person would believe."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from pb.accounts.models import Group, GroupMember, Person
from pb.core.db import db
from pb.core.money import Money
from pb.proposals.models import Proposal, Revision
from pb.proposals.service import next_code
from pb.rounds.models import Round, Ward

MADE = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
_numbers = count(1)

COMPLETE: dict[str, Any] = {
    "title": "Benches and lights on the canal",
    "summary": "Six solar lights and four benches, so that the towpath is safe to walk after four.",
    "what": "The path from the lock to the bridge is dark by four in winter. We would light it and give it seats.",
    "place": "Towpath from Lock 9 to Mill Bridge",
    "ward_id": None,
    "theme": "streets",
    "already_here": "A litter group of 14 and storage at the lock house.",
    "who_benefits": "About 200 people a day, girls walking home from training above all.",
    "people_asked": 22,
    "who_we_asked": "Walkers on two Saturdays: most stop using the path in October.",
    "cost_lines": [{"what": "6 solar lights", "pence": 900_000}, {"what": "4 benches", "pence": 300_000}],
    "running_cost": Money(20_000),
    "running_note": "The boat club replaces batteries.",
    "who_does_it": "both",
    "council_will": [{"what": "Fit six solar lights", "by": "2027-11-30"}],
    "we_will": [{"what": "Clear the path every second Saturday", "by": None}],
    "outcome": "Twice as many people on the path after dark, counted in January.",
    "outcome_on": date(2028, 1, 31),
    "risks": "Bats use the far end.",
}
"""The fields of a revision that may be sent in as it stands."""


def make_proposal(
    round: Round,
    *,
    state: str = "published",
    ward: Ward | None = None,
    proposer: Person | None = None,
    group: Group | None = None,
    cost: int | None = None,
    now: datetime = MADE,
    **fields: Any,
) -> Proposal:
    """A proposal with one complete version; `cost` in pence replaces the cost lines. Drafts have no code. Committed."""
    proposer = proposer or _somebody(now)
    lines = COMPLETE["cost_lines"] if cost is None else [{"what": "All of it", "pence": cost}]
    content = COMPLETE | {"cost_lines": lines, "ward_id": ward.id if ward else None} | fields
    revision = Revision(number=1, made_at=now, made_by=proposer.id, **content)
    revision.cost = Money(sum(line["pence"] for line in content["cost_lines"]))
    proposal = Proposal(round=round, proposer=proposer, group=group, created_at=now, state=state)
    proposal.revisions.append(revision)
    if state != "draft":
        proposal.code = next_code(round, ward)
        proposal.submitted_at = proposal.published_at = now
    if state in ("feasible", "feasible_with_changes"):
        proposal.checked_cost = revision.cost
    db.session.add(proposal)
    db.session.commit()
    return proposal


def make_group(name: str, *members: Person) -> Group:
    """A group with members. Committed."""
    group = Group(name=name, slug=name.lower().replace(" ", "-"), created_at=MADE)
    db.session.add(group)
    db.session.flush()
    db.session.add_all(GroupMember(group_id=group.id, person_id=member.id, joined_at=MADE) for member in members)
    db.session.commit()
    return group


def _somebody(now: datetime) -> Person:
    number = next(_numbers)
    person = Person(email=f"proposer{number}@example.org", display_name=f"Rukhsana {number}", created_at=now)
    db.session.add(person)
    db.session.flush()
    return person
