"""The town while it is being made: its words, the time it is, and what has been made so far, by the words' own keys."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pb.core.actor import Actor
from pb.core.db import session
from pb.demo import shapes
from pb.demo.generator import DemoVotes
from pb.demo.shapes import Author, Content
from pb.proposals.models import Proposal
from pb.rounds.models import Round


@dataclass
class Town:
    """Everything the steps share. Ids, not rows: rows belong to one transaction."""

    content: Content
    votes: DemoVotes
    now: datetime
    zone: ZoneInfo
    base_url: str
    wards: dict[str, int] = field(default_factory=dict)
    actors: dict[Author, Actor] = field(default_factory=dict)
    """Groups act through their contact."""
    groups: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, int] = field(default_factory=dict)
    contributions: dict[str, int] = field(default_factory=dict)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """That time of that day in the council's zone, but never later than now."""
        moment = datetime.combine(day, time(hour, minute), self.zone)
        return min(moment.astimezone(UTC), self.now)

    def some_time_on(self, day: date, key: str) -> datetime:
        """A time between 10am and 8pm that is always the same for this key."""
        minutes = zlib.crc32(key.encode()) % (10 * 60)
        return self.at(day, 10 + minutes // 60, minutes % 60)

    def words_of(self, round_key: str) -> shapes.Round:
        return next(round for round in self.content.rounds if round.key == round_key)

    def day_of(self, round_key: str, phase: str) -> date:
        """The day on which a phase of a round begins."""
        return next(p.starts_on for p in self.words_of(round_key).phases if p.name == phase)

    def round(self, key: str) -> Round:
        return session().get_one(Round, self.rounds[key])

    def proposal(self, key: str) -> Proposal:
        return session().get_one(Proposal, self.proposals[key])

    def actor(self, author: Author) -> Actor:
        return self.actors[author]

    def staff(self, key: str) -> Actor:
        return self.actors[Author("staff", key)]

    @property
    def officer(self) -> Actor:
        """Who runs the rounds."""
        return self.staff("sam")

    @property
    def returning_officer(self) -> Actor:
        return self.staff("helena")

    @property
    def beginning(self) -> datetime:
        """When the council began with all this: two weeks before the first round was public."""
        first = min(phase.starts_on for round in self.content.rounds for phase in round.phases)
        return self.at(first - timedelta(days=14), 9)
