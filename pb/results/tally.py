"""From a pot's opened ballots to its outcome: plain data in, plain data out, no database.

A `Task` holds all that one count needs, so that it can be made in a request, in a background thread or by a command
and give the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pb import counting
from pb.counting import Ballot, Election, Outcome, Project, count, tie_rule
from pb.counting.explain import money_left
from pb.counting.model import BALLOT_KINDS
from pb.results.ballot_text import ballots_sha256 as ballots_sha256
from pb.results.errors import UnreadableBallot

Progress = Callable[[Fraction], None]


@dataclass(frozen=True)
class Task:
    """One pot to count.

    Shapes:  projects: (code, cost) pairs; choices: canonical JSON of a ballot → how many cast it
    Units:   costs and amount in pence, so that Add1 rises by whole pounds
    ties:    a label `pb.counting.tie_rule` reads, a lot's commitment included
    options: minimum_score, conflicts, ballot_length: options of the election, as frozen before voting
    """

    pot_id: int
    kind: str
    rule: str
    completion: str
    ties: str
    amount: int
    projects: tuple[tuple[str, int], ...]
    choices: Mapping[str, int]
    withdrawn: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """What one count found, ready to be kept. `facts` is described in `facts_of`."""

    task: Task
    ballots: int
    ballots_sha256: str
    outcome: Outcome
    facts: dict[str, Any]

    @property
    def outcome_json(self) -> str:
        return self.outcome.canonical().decode()

    @property
    def outcome_sha256(self) -> str:
        return hashlib.sha256(self.outcome.canonical()).hexdigest()


def run(task: Task, progress: Progress | None = None) -> Tally:
    """Count one pot. progress: called with each voter's share, in pence, now and then while shares are raised.

    Raises: UnreadableBallot for choices that are not of the round's kind; CountingError from the engine
    """
    election = election_of(task)
    counted = run_on(election, task, progress)
    return replace(counted, facts=counted.facts | {"left": money_left(election, counted.outcome)})


def run_on(election: Election, task: Task, progress: Progress | None = None) -> Tally:
    """Count one pot whose election has been made already. Raises: as `run`."""
    takes_completion = bool(counting.RULES[task.rule].completions) if task.rule in counting.RULES else False
    completion = task.completion if takes_completion else None
    outcome = count(election, rule=task.rule, ties=tie_rule(task.ties), completion=completion, progress=progress)
    return Tally(task, election.num_voters, ballots_sha256(task.choices), outcome, facts_of(election, outcome))


def election_of(task: Task) -> Election:
    """The election as the engine takes it. Projects go in order of their codes, whatever order the database gave."""
    ballots = [(_ballot(task.kind, text), cast) for text, cast in sorted(task.choices.items())]
    projects = [Project(code, cost) for code, cost in sorted(task.projects)]
    return Election(projects, ballots, task.amount, withdrawn=task.withdrawn, **task.options)


def _ballot(kind: str, text: str) -> Ballot:
    choices = json.loads(text)
    if kind not in BALLOT_KINDS or not isinstance(choices, dict if kind == "points" else list):
        raise UnreadableBallot(kind)
    make: Any = BALLOT_KINDS[kind]
    return make(choices)  # type: ignore[no-any-return]


def facts_of(election: Election, outcome: Outcome) -> dict[str, Any]:
    """What the pages say of the ballots.

    voters: all ballots; without_picks: those that picked nothing; with_a_funded_pick: those of whom at least one pick
    is funded; picks: all picks together; scores: points or Borda points by code, where ballots hold any. A count that
    is kept has besides `left`: see `pb.counting.explain.money_left`.
    """
    profile = election.profile
    won = np.array([project.id in outcome.funded for project in election.projects], bool)
    picked = profile.values > 0 if profile.kind == "points" else np.ones(len(profile.picks), bool)
    groups, weights = profile.group_of_entry, profile.weights
    facts: dict[str, Any] = {
        "voters": election.num_voters,
        "without_picks": election.num_voters - _voters(groups[picked], weights),
        "with_a_funded_pick": _voters(groups[picked & won[profile.picks]], weights) if len(won) else 0,
        "picks": int(weights[groups[picked]].sum()),
    }
    if profile.kind in ("points", "ranking"):
        facts["scores"] = dict(zip((p.id for p in election.projects), election.scores, strict=True))
    return facts


def _voters(groups: np.ndarray[Any, Any], weights: np.ndarray[Any, Any]) -> int:
    return int(weights[np.unique(groups)].sum())


def outcome_of(outcome_json: str) -> Outcome:
    """A kept outcome, read back."""
    return Outcome.from_json(json.loads(outcome_json))


def frozen(frozen_json: str | None) -> dict[str, Any]:
    """The configuration that the freeze (or the imported file) fixed."""
    return dict(json.loads(frozen_json or "{}"))


def together(hashes: Iterable[str]) -> str:
    """One SHA-256 over the outcome hashes of all pots, in the order of the pots: what people certify."""
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


@cache
def engine_mark() -> str:
    """Which engine counted: the SHA-256 of its source, shortened."""
    digest = hashlib.sha256()
    for file in sorted(Path(counting.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return f"pb.counting {digest.hexdigest()[:16]}"
