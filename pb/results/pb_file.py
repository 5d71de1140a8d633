"""A pot's ballots in Pabulib's `.pb` format, as its checker wants it, and the command that counts it again."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pb.core.points import latitude_and_longitude
from pb.counting import Outcome, write_pb
from pb.results import tally
from pb.results.models import Count
from pb.rounds.models import Project, Round
from pb.rounds.phases import voting_window

RULE_NAMES = {
    ("equal-shares", "none"): "equalshares",
    ("equal-shares", "add1"): "equalshares/add1",
    ("equal-shares", "comparison"): "equalshares/add1-comparison",
}
"""What Pabulib calls our rules, where the name is not the same."""
PAPER = "#1: Ballots on paper were typed in by staff. Ballots are sorted: their numbers tell nothing."

BLANK = "Votes that picked nothing: {}. They stay as empty votes, since the rule counts everybody who voted."


@dataclass(frozen=True)
class PbFile:
    """All that the file is made of, as plain data: writing the ballots of a city takes long and must hold no lock."""

    task: tally.Task
    meta: dict[str, str]
    rows: dict[str, dict[str, str]]

    def text(self) -> str:
        """The file. Ballots are sorted as text and numbered after sorting; columns: `voter_id`, `vote`, `points`."""
        target = io.StringIO()
        write_pb(tally.election_of(self.task), target, meta=self.meta, projects=self.rows)
        return target.getvalue()


def pb_file(
    round: Round, count: Count, task: tally.Task, projects: Sequence[Project], *, council: str, zone: ZoneInfo
) -> PbFile:
    """Gather what the file of one pot's count is made of."""
    outcome = tally.outcome_of(count.outcome_json)
    return PbFile(task, _meta(round, count, task, council, zone), _rows(projects, outcome))


def _meta(round: Round, count: Count, task: tally.Task, council: str, zone: ZoneInfo) -> dict[str, str]:
    source: Mapping[str, str] = task_source(round)
    window = voting_window(round)
    opens, closes = (at.astimezone(zone) for at in (window.opens_at, window.closes_at))
    longest = min(round.max_picks or len(task.projects), len(task.projects))
    has_points = round.ballot_kind == "points"
    meta = {
        "description": round.title,
        "country": source.get("country", "United Kingdom"),
        "unit": source.get("unit", council),
        "subunit": source.get("subunit", count.pot.name if len(round.pots) > 1 else ""),
        "instance": source.get("instance", str(closes.year)),
        "rule": RULE_NAMES.get((count.rule, count.completion), count.rule),
        "date_begin": f"{opens:%d.%m.%Y}",
        "date_end": f"{closes:%d.%m.%Y}",
        "max_length": str(longest),
        "max_sum_points": str(round.points_total) if has_points else "",
        "min_project_score_threshold": str(task.options.get("minimum_score", "")),
        "language": source.get("language", "en"),
        "currency": round.currency if round.currency != "XXX" else "",
        "comment": _comment(task) if not source else "",
    }
    return {key: " ".join(value.split()) for key, value in meta.items()}


def _comment(task: tally.Task) -> str:
    """With a word on votes that picked nothing: Pabulib's checker calls them invalid, and the count needs them."""
    blank = sum(task.choices.get(nothing, 0) for nothing in ("[]", "{}"))
    return f"{PAPER} {BLANK.format(blank)}" if blank else PAPER


def task_source(round: Round) -> dict[str, str]:
    """What the file of an imported round said of itself; empty for a round of our own."""
    return dict(tally.frozen(round.frozen_json).get("source", {}))


def _rows(projects: Sequence[Project], outcome: Outcome) -> dict[str, dict[str, str]]:
    rows = {
        project.code: {
            "name": " ".join(project.title.split()),
            "category": project.theme,
            "neighborhood": project.place,
            "selected": "1" if project.code in outcome.funded else "0",
            **dict(zip(("latitude", "longitude"), latitude_and_longitude(project.point), strict=True)),
        }
        for project in projects
    }
    optional = ("category", "neighborhood", "latitude", "longitude")
    empty = [column for column in optional if not any(row[column] for row in rows.values())]
    return {code: {k: v for k, v in row.items() if k not in empty} for code, row in rows.items()}


def recount_command(file: str, count: Count, program: str = "python -m pb.counting") -> str:
    """The command, true for this count, that counts the file again."""
    options = ["--rule", count.rule]
    if count.rule == "equal-shares":
        options += ["--completion", count.completion]
    ties = tally.outcome_of(count.outcome_json).ties
    return " ".join([program, "recount", file, *options, "--ties", ties])
