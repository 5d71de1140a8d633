"""Scripts, markup and control characters in every field: shown as words, never as markup, and never a broken page."""

from __future__ import annotations

import pytest
from flask import Flask

from pb.core.db import db
from pb.core.money import Money
from pb.proposals.models import Proposal
from pb.valuation.models import Valuation
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.hostile import ALLOWED, ATTRIBUTES, CORPUS, hostile, shape
from tests.support.people import make_person, sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round

LONG = ("what", "already_here", "who_benefits", "who_we_asked", "outcome", "risks")
SHORT = ("title", "summary", "place", "running_note")


def fill(proposal: Proposal, words: str) -> None:
    revision = proposal.current
    for name in LONG:
        setattr(revision, name, words)
    for name in SHORT:
        setattr(revision, name, ("A " + words)[:110])
    revision.cost_lines = [{"what": words[:110], "pence": 100}]
    revision.we_will = revision.council_will = [{"what": words[:110], "by": None}]
    revision.note = words
    proposal.proposer.display_name = words[:80]
    proposal.withdrawn_reason = words
    db.session.commit()


def check_of(proposal: Proposal, words: str, officer_id: int, clock: FixedClock) -> Valuation:
    return Valuation(
        proposal=proposal,
        revision_number=1,
        outcome="not_feasible",
        reason=words + " a reason",
        reason_code="no_land",
        rule_name=words[:190],
        rule_url="https://example.org/rule",
        already_doing=words,
        cost=Money(100),
        officer_title=words[:80],
        made_at=clock.at,
        made_by=officer_id,
        published_at=clock.at,
    )


@pytest.mark.parametrize("words", CORPUS)
def test_no_field_brings_markup_into_any_page(
    sqlite_app: Flask, client: StrictClient, clock: FixedClock, words: str
) -> None:
    from pb.core.actor import Role

    round_ = make_round("proposing", clock)
    sam = make_person("Sam", Role.OFFICER)
    sent, draft = make_proposal(round_), make_proposal(round_, state="draft", proposer=sam)
    sign_in_as(client, sam)
    slug, draft_id, sam_id = round_.slug, draft.id, sam.id
    pages = [
        f"/rounds/{slug}/projects",
        f"/rounds/{slug}/projects/B01",
        f"/rounds/{slug}/projects/B01/history",
        f"/propose/{slug}/{draft_id}",
        f"/propose/{slug}/{draft_id}/check",
        f"/propose/{slug}/{draft_id}/idea",
        f"/propose/{slug}/{draft_id}/delete",
        f"/staff/rounds/{slug}/checks",
        f"/staff/rounds/{slug}/checks/B01",
        f"/rounds/{slug}/projects?words=" + "%3Cscript%3E%22%27&ward=%22%3E%3Cimg%20onerror%3D1%3E",
    ]
    fill(sent, "Plain")
    fill(draft, "Plain")
    db.session.add(check_of(sent, "Plain", sam_id, clock))
    db.session.commit()
    plain = {url: shape(client.get(url).tree) for url in pages}

    fill(sent, words)
    fill(draft, words)
    db.session.add(check_of(sent, words, sam_id, clock))
    db.session.commit()

    for url in pages:
        extra = shape(hostile(client, url).tree) - plain[url]
        assert {tag for tag, _ in extra} <= ALLOWED, f"{url}: {extra}"
        assert {a for _, a in extra} <= ATTRIBUTES, f"{url}: {extra}"
