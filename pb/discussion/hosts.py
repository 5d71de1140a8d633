"""What talk can be about. Any room registers a kind of page as a host of talk; proposals are registered here.

    hosts.register("log_entry", host_of_entry)      # in the higher room's routes

Nothing else is needed: contributions, moderation, summaries, notices and digests know only what a `Host` says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import NotFound
from pb.proposals.models import Proposal
from pb.proposals.queries import NOT_PUBLIC, is_member
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of

TALK_IS_OVER = frozenset({Phase.RESULTS, Phase.DELIVERING, Phase.CLOSED})
"""From the result on, talk goes on in the log, where the promise is followed."""
LEFT = frozenset({"withdrawn", "merged", "inadmissible"})


@dataclass(frozen=True)
class Host:
    """One page that hosts talk.

    url, talk_url, history_url: paths without a language prefix, as they are kept in notices
    version:       the number of its newest public version; 1 for pages without versions
    is_open:       whether new contributions are taken now
    is_ranked:     whether what is useful comes first; while people vote it does not, so that no order can sway them
    """

    kind: str
    id: int
    title: str
    url: str
    talk_url: str
    history_url: str
    round_id: int | None
    ward_id: int | None
    proposer_id: int | None
    group_id: int | None = None
    group_name: str = ""
    version: int = 1
    is_open: bool = True
    is_ranked: bool = True

    def is_proposer(self, actor: Actor) -> bool:
        """The proposer, or somebody who acts for the proposing group."""
        return actor.id is not None and (actor.id == self.proposer_id or is_member(actor, self.group_id))


Loader = Callable[[int, datetime], Host]
_loaders: dict[str, Loader] = {}


def register(kind: str, loader: Loader) -> None:
    """Let pages of `kind` host talk; `loader(id, now)` gives a host or raises NotFound when the public has none."""
    _loaders[kind] = loader


def find(kind: str, host_id: int, now: datetime) -> Host:
    """Raises: NotFound, for kinds nobody registered too."""
    try:
        loader = _loaders[kind]
    except KeyError:
        raise NotFound from None
    return loader(host_id, now)


def of_proposal(proposal: Proposal, round: Round, now: datetime) -> Host:
    """A proposal with its round at hand: no query."""
    current, phase = proposal.current, phase_of(round, now)
    page = f"/rounds/{round.slug}/projects/{proposal.code}"
    return Host(
        kind="proposal",
        id=proposal.id,
        title=f"{proposal.code} {current.title}",
        url=page,
        talk_url=f"{page}/talk",
        history_url=f"{page}/history",
        round_id=round.id,
        ward_id=current.ward_id,
        proposer_id=proposal.proposer_id,
        group_id=proposal.group_id,
        group_name=proposal.group.name if proposal.group else "",
        version=current.number,
        is_open=proposal.state not in LEFT and phase not in TALK_IS_OVER,
        is_ranked=phase is not Phase.VOTING,
    )


def _load_proposal(proposal_id: int, now: datetime) -> Host:
    proposal = session().get(Proposal, proposal_id)
    if proposal is None or proposal.state in NOT_PUBLIC or proposal.round.published_at is None:
        raise NotFound
    return of_proposal(proposal, proposal.round, now)


register("proposal", _load_proposal)
