"""A round as a small card on other people's pages, and what oEmbed says of it. Source: oembed.com, version 1.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from markupsafe import escape

from pb.core.errors import NotFound
from pb.core.filters import money, number
from pb.results import sentences
from pb.results.page import results_of
from pb.rounds import words
from pb.rounds.models import Round
from pb.rounds.queries import total_of

WIDTH, HEIGHT = 480, 320
_ROUND = re.compile(r"(?:/[a-z]{2})?/rounds/([a-z0-9-]{1,80})(?:/results)?/?")


@dataclass(frozen=True)
class Card:
    """What a card says: where the round stands and, once published, what came out."""

    round: Round
    tag: tuple[Any, str]
    lines: list[str]


def card_of(round: Round, now: datetime) -> Card:
    standing = words.standing(round, now)
    results = results_of(round)
    if results is None:
        pot = _("%(money)s to decide about.", money=money(total_of(round), round.currency))
        return Card(round, standing.tag, [line for line in (pot, standing.now, standing.next) if line])
    whole = results.whole
    said = _(
        "%(funded)s of %(projects)s projects are funded, for %(spent)s. %(voters)s people voted.",
        funded=number(whole.funded),
        projects=number(whole.projects),
        spent=money(whole.spent, round.currency),
        voters=number(whole.voters),
    )
    first = [line.project.title for pot in whole.pots for line in pot.funded][:3]
    among = [_("Funded first: %(titles)s.", titles="; ".join(first))] if first else []
    departs = sentences.departures(results.variations)
    return Card(round, standing.tag, [line for line in (said, departs, *among) if line])


def slug_in(address: str, site: str) -> str:
    """The round whose page is at this address. Raises: NotFound for any other address."""
    found = _ROUND.fullmatch(address.removeprefix(site)) if address.startswith(f"{site}/") else None
    if found is None:
        raise NotFound
    return found[1]


def oembed_of(round: Round, *, card: str, council: str, site: str, width: int, height: int) -> dict[str, Any]:
    """The answer, no larger than asked. `card`: the address of the card."""
    width, height = min(WIDTH, width), min(HEIGHT, height)
    frame = f'<iframe src="{escape(card)}" width="{width}" height="{height}" title="{escape(round.title)}"></iframe>'
    return {
        "type": "rich",
        "version": "1.0",
        "title": round.title,
        "provider_name": council,
        "provider_url": site,
        "cache_age": 300,
        "width": width,
        "height": height,
        "html": frame,
    }
