"""What the results pages show, gathered once: a published version with its counts, projects, turnout and decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pb.core.errors import NotFound
from pb.core.filters import number
from pb.results import queries, sentences, words
from pb.results.decisions import Standing, standing_of
from pb.results.models import Certification, CouncilDecision, Count, Publication
from pb.results.report import Corrected, PotReport, Whole, corrected, nearest_five, report, turnout_by
from pb.rounds.models import Round
from pb.rounds.queries import wards

SOURCE = ("description", "country", "unit", "language", "comment", "rule", "date_begin", "date_end")


@dataclass(frozen=True)
class StepRow:
    """One line of "step by step": what the pot held before, what this cost, what is left."""

    number: int
    code: str
    title: str
    words: str
    support: int
    cost: int
    left: int
    share: int | None
    is_funded: bool


@dataclass(frozen=True)
class Group:
    """How many voted this way or in this ward, in words; `bar` is its part of all voters, for drawing."""

    name: str
    words: str
    bar: int


@dataclass(frozen=True)
class Results:
    """One published version of a round's results, or the unpublished count that staff look at (`publication` None)."""

    round: Round
    whole: Whole
    publication: Publication | None
    versions: Sequence[Publication] = ()
    certifications: Sequence[Certification] = ()
    decisions: Sequence[CouncilDecision] = ()

    @property
    def version(self) -> int | None:
        return self.publication.version if self.publication else None

    @property
    def is_newest(self) -> bool:
        return self.publication is None or self.publication.version == self.versions[0].version

    @property
    def counted_at(self) -> Any:
        return max(pot.count.counted_at for pot in self.whole.pots)

    @cached_property
    def say(self) -> words.Say:
        return words.say_for(self.round)

    @cached_property
    def source(self) -> dict[str, Any] | None:
        """For an imported round: what its file says of itself."""
        if not self.round.imported_from:
            return None
        given: dict[str, Any] = json.loads(self.round.frozen_json or "{}").get("source", {})
        return dict.fromkeys(SOURCE, "") | given

    @property
    def language(self) -> str | None:
        """The language of project names, where it is not the council's."""
        language = (self.source or {}).get("language", "")
        return language if len(language) == 2 else None

    @property
    def headline(self) -> list[tuple[str, str]]:
        """The figures at the top, as (what, figure)."""
        whole = self.whole
        voters = sentences.voters_term(is_imported=self.source is not None)
        rows = [(voters, number(whole.voters)), *sentences.headline_rows(whole, self.say)]
        reached = sentences.reach_percent(whole.pots[0]) if len(whole.pots) == 1 else None
        return [*rows, (sentences.reach_term(), f"{reached}%")] if reached is not None else rows

    @cached_property
    def channels(self) -> dict[str, int | None]:
        return turnout_by(self.whole.turnout, "channel")

    @cached_property
    def wards(self) -> dict[int, int | None]:
        return turnout_by(self.whole.turnout, "ward_id")

    @property
    def channel_rows(self) -> list[Group]:
        order = list(words.CHANNELS)
        named = sorted(self.channels.items(), key=lambda item: order.index(item[0]) if item[0] in order else 9)
        return self._groups((words.channel(name), ballots) for name, ballots in named)

    @property
    def ward_rows(self) -> list[Group]:
        """Rounded to 5: who took part by place is told less exactly than how votes came (voting.md, P3)."""
        names = {ward.id: ward.name for ward in wards()}
        rounded = {ward: nearest_five(n) for ward, n in self.wards.items()}
        return self._groups(sorted((names[ward], n) for ward, n in rounded.items() if ward in names))

    def _groups(self, named: Iterable[tuple[str, int | None]]) -> list[Group]:
        everyone = self.whole.voters or 1
        return [Group(name, words.shown(ballots), (ballots or 0) * 100 // everyone) for name, ballots in named]

    @property
    def is_suppressed(self) -> bool:
        return None in self.channels.values() or None in self.wards.values()

    @cached_property
    def corrected(self) -> Corrected | None:
        """What this version changed of the one before; None for a first version."""
        before = queries.publication_before(self.publication) if self.publication else None
        if before is None:
            return None
        return corrected(self.whole, whole_of(self.round, queries.counts_of(before)))

    @property
    def overall_decision(self) -> CouncilDecision | None:
        return next((d for d in reversed(self.decisions) if d.project_id is None), None)

    @property
    def variations(self) -> list[CouncilDecision]:
        """Where the council departs from this count: one taken back, or met by a correction, is in the record only."""
        funded = self.whole.funded_ids
        newest = {d.project_id: d for d in self.decisions if d.project_id is not None}
        return [d for d in newest.values() if not d.is_agreed and d.funds != (d.project_id in funded)]

    def decided_of(self, project_id: int) -> Standing | None:
        """What the council decided of a project, as it stands now."""
        return standing_of(project_id, {decision.project_id: decision for decision in self.decisions})

    def decision_on(self, project_id: int) -> CouncilDecision | None:
        return next((d for d in self.variations if d.project_id == project_id), None)


def results_of(round: Round, version: int | None = None) -> Results | None:
    """The newest published version, or the one asked for; None before the first.

    Raises: NotFound for a version that never was
    """
    versions = queries.publications(round.id)
    if not versions:
        return None
    chosen = next((p for p in versions if version in (None, p.version)), None)
    if chosen is None:
        raise NotFound
    return Results(
        round=round,
        whole=whole_of(round, queries.counts_of(chosen)),
        publication=chosen,
        versions=versions,
        certifications=queries.certifications(round.id, chosen.counts_sha256),
        decisions=queries.decisions(round.id),
    )


def unpublished(round: Round, counts: Sequence[Count]) -> Results:
    """The count as staff see it before it is published."""
    return Results(round=round, whole=whole_of(round, counts), publication=None)


def whole_of(round: Round, counts: Sequence[Count]) -> Whole:
    projects = queries.projects_of(round.id)
    return Whole(tuple(report(count, projects) for count in counts), queries.turnout(round.id))


def step_rows(pot: PotReport, say: words.Say) -> list[StepRow]:
    return [
        StepRow(
            number=step.number,
            code=step.project,
            title=pot.titles[step.project],
            words=words.step(step, say),
            support=step.support,
            cost=step.cost,
            left=step.remaining,
            share=None if step.share is None else int(step.share),
            is_funded=step.action in ("fund", "complete"),
        )
        for step in pot.outcome.steps
    ]
