"""Talk for tests: a proposal that hosts it, people of any standing, contributions by the real services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from flask import current_app

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.discussion import hosts, service
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution
from pb.discussion.service import Words
from pb.proposals.models import Proposal
from pb.rounds.models import Ward
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round

_numbers = count(1)
WORDS = {
    "support": "I would let my girls walk home this way.",
    "worry": "Bats use that stretch of the water.",
    "question": "Who mends them when they break?",
    "suggestion": "Put arms on the benches, at both ends.",
    "help": "I have a strimmer and free Saturdays.",
    "reply": "Thank you, that helps us.",
}


def make_host(clock: Callable[[], datetime], *, ward: Ward | None = None, proposer: Person | None = None) -> Host:
    """A published proposal in a round that takes proposals, as a host."""
    proposal = make_proposal(make_round("proposing", clock), ward=ward, proposer=proposer or make_person("Rukhsana"))
    return host_of(proposal)


def host_of(proposal: Proposal) -> Host:
    return hosts.of_proposal(proposal, proposal.round, current_app.extensions["clock"]())


def resident(
    name: str = "Colin", *roles: Role, days: int = 400, approved: int = 2, ward_id: int | None = None
) -> Actor:
    """Somebody who signed up so many `days` ago and has had `approved` contributions published (elsewhere)."""
    now = current_app.extensions["clock"]()
    person = make_person(name, *roles, ward_id=ward_id)
    person.created_at = now - timedelta(days=days)
    for _ in range(approved):
        db.session.add(_elsewhere(person, now - timedelta(days=min(days, 3))))
    db.session.commit()
    held = frozenset({Role.RESIDENT, *roles})
    return Actor(person.id, name, held, frozenset({ward_id} if ward_id else ()))


def _elsewhere(person: Person, at: datetime) -> Contribution:
    return Contribution(
        host_kind="elsewhere",
        host_id=next(_numbers),
        kind="question",
        author_id=person.id,
        author_name=person.display_name,
        language="en",
        text="An earlier question",
        state="published",
        is_listed=True,
        posted_at=at,
    )


def say(host: Host, by: Actor, kind: str = "worry", text: str = "", *, now: datetime | None = None) -> Contribution:
    """One contribution by the service, committed."""
    words = Words(text or WORDS[kind], kind)
    said = service.post_contribution(host, words, by=by, now=now or current_app.extensions["clock"]())
    db.session.commit()
    return said


def enter(client: StrictClient, actor: Actor) -> StrictClient:
    """Sign this person in."""
    sign_in_as(client, db.session.get_one(Person, actor.id))
    return client


def sides(host: Host, supports: int, worries: int) -> tuple[list[Actor], list[Actor]]:
    """So many people who support and are worried, each with a public contribution."""
    crowds = {"support": supports, "worry": worries}
    made = {kind: [resident(f"{kind} {n}") for n in range(many)] for kind, many in crowds.items()}
    for kind, people in made.items():
        for person in people:
            say(host, person, kind)
    return made["support"], made["worry"]
