"""What a new version of a proposal does to its talk: citations, outcomes, marks on earlier support, news.

The proposals room knows nothing of talk: it asks its slots what can be cited, and tells them of a new version.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from pb.core.actor import Actor
from pb.core.db import session
from pb.discussion import hosts, notices, queries, tally, words
from pb.discussion.errors import CitesUnknown
from pb.discussion.models import Citation, Contribution, Stance, Talk
from pb.proposals.models import Proposal, Revision
from pb.rounds.models import Round

MATERIAL = ("what", "place", "ward_id")
COST_SHARE = 10
"""A change of the cost by this share of a hundred, or more, is material."""


def is_material(before: Revision, after: Revision) -> bool:
    """Whether earlier support was for something else: another purpose, place, or cost by a tenth.

    Units: costs in pence; whole numbers only
    """
    changed = any(getattr(before, name) != getattr(after, name) for name in MATERIAL)
    return changed or abs(after.cost - before.cost) * 100 >= COST_SHARE * before.cost > 0


def take_revision(
    *, proposal: Proposal, before: Revision, revision: Revision, cites: Collection[int], by: Actor, now: datetime
) -> None:
    """Keep what a new version cites, tell its authors, mark earlier support when the change is material.

    Raises: CitesUnknown (field `cites`) for what is no public contribution to this proposal's talk.
    """
    round = session().get_one(Round, proposal.round_id)
    host = hosts.of_proposal(proposal, round, now)
    talk = tally.hold(host)
    cited = _cited(talk, cites)
    for contribution in cited:
        key = {"host_kind": talk.host_kind, "host_id": talk.host_id, "version": revision.number}
        session().add(Citation(**key, contribution_id=contribution.id))
        if contribution.kind == "suggestion":
            contribution.outcome, contribution.outcome_version = "changed", revision.number
        if contribution.author_id != by.id:
            told, url = CITED[contribution.kind == "suggestion"], host.history_url
            notices.tell(contribution.author_id, "cited", contribution.id, told, url=url, now=now, title=host.title)
    if is_material(before, revision):
        talk.version = revision.number
        _tell_supporters(talk, host, by, now)
    tally.count_again(talk)


CITED = {
    True: _l("Your suggestion changed %(title)s"),
    False: _l("%(title)s was changed because of what you wrote"),
}


def _cited(talk: Talk, cites: Collection[int]) -> list[Contribution]:
    public = tally.of_talk(talk) & (Contribution.state == "published") & Contribution.id.in_(cites)
    found = list(session().scalars(select(Contribution).where(public).order_by(Contribution.id)))
    missing = set(cites) - {contribution.id for contribution in found}
    if missing:
        raise CitesUnknown("cites", min(missing))
    return found


def _tell_supporters(talk: Talk, host: hosts.Host, by: Actor, now: datetime) -> None:
    here = (Stance.host_kind == talk.host_kind) & (Stance.host_id == talk.host_id) & (Stance.side == "support")
    people = set(session().scalars(select(Stance.person_id).where(here))) - {by.id or 0}
    told, kind = _l("%(title)s has changed since you supported it"), f"material {talk.version}"
    notices.tell_all(people, kind, host.id, told, url=host.history_url, now=now, title=host.title)


def citable(*, proposal: Proposal) -> list[tuple[int, str]]:
    """What a new version can cite: numbers with the beginning of the words."""
    found = queries.citable("proposal", proposal.id)
    return [(c.id, _label(c)) for c in found]


def _label(contribution: Contribution) -> str:
    short = contribution.text if len(contribution.text) <= 90 else contribution.text[:88].rsplit(" ", 1)[0] + "…"
    tag, name = words.KIND_WORDS[contribution.kind].tag, words.author_words(contribution)
    return str(_("%(kind)s by %(name)s: %(words)s", kind=tag, name=name, words=short))


def citations(*, proposal: Proposal) -> dict[int, list[tuple[str, str]]]:
    """For the history: what each version cites, as (words, path)."""
    found = queries.citations_of("proposal", proposal.id)
    return {version: [(_label(c), f"/c/{c.id}") for c in cited] for version, cited in found.items()}
