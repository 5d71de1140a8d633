"""Write an election in Pabulib's `.pb` format, so that its checker passes and it reads back equal."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Protocol

import numpy as np

from pb.counting.model import Election, Ints, sums
from pb.counting.pabulib import WITHDRAWN_COST


def write(
    election: Election,
    stream: IO[str],
    *,
    meta: Mapping[str, str],
    projects: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Write an election as a `.pb` file that reads back equal.

    meta:     description, country, unit, instance, rule, date_begin, date_end and any optional key; counts, budget
              and vote_type are filled in from the election
    projects: per id further columns (name, category, selected, …); votes and, for points and rankings, score are
              filled in
    """
    table = csv.writer(stream, delimiter=";", lineterminator="\n")
    table.writerow(["META"])
    table.writerow(["key", "value"])
    table.writerows(_meta(election, meta).items())
    table.writerow(["PROJECTS"])
    _write_projects(table, election, projects or {})
    table.writerow(["VOTES"])
    points = election.profile.kind == "points"
    table.writerow(["voter_id", "vote"] + (["points"] if points else []))
    table.writerows(_vote_rows(election))


def _meta(election: Election, meta: Mapping[str, str]) -> dict[str, str]:
    kind = election.profile.kind
    vote_types = {"approval": "approval", "knapsack": "approval", "points": "cumulative", "ranking": "ordinal"}
    known = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.num_voters),
        "budget": money(election.budget_limit, election.minor_units),
        "vote_type": meta.get("vote_type") or vote_types[kind],
    }
    if kind == "ranking" and election.longest_ballot:
        known["max_length"] = str(election.longest_ballot)
    merged = {**dict.fromkeys(META_ORDER, ""), **meta, **known}
    return {key: value for key, value in merged.items() if value or key in REQUIRED_META}


REQUIRED_META = (
    "description", "country", "unit", "instance", "num_projects", "num_votes", "budget", "vote_type", "rule",
    "date_begin", "date_end",
)  # fmt: skip
META_ORDER = (
    "description", "country", "unit", "district", "subunit", "instance", "num_projects", "num_votes", "budget",
    "vote_type", "rule", "date_begin", "date_end", "min_length", "max_length", "min_sum_cost", "max_sum_cost",
    "min_points", "max_points", "min_sum_points", "max_sum_points", "default_score", "min_project_cost",
    "max_project_cost", "min_project_score_threshold", "neighborhoods", "subdistricts", "categories", "edition",
    "language", "currency", "fully_funded", "experimental", "comment", "acknowledgments",
)  # fmt: skip
PROJECT_COLUMNS = (
    "project_id", "cost", "votes", "score", "name", "category", "beneficiaries", "selected", "neighborhood", "subunit",
    "district", "description", "proposer", "public_id", "latitude", "longitude",
)  # fmt: skip


LIST_COLUMNS = ("category", "beneficiaries", "target")


def money(amount: int, minor_units: int) -> str:
    """An amount in the units of a `.pb` file: "4500" or "4500.50"."""
    whole, rest = divmod(amount, minor_units)
    places = len(str(minor_units)) - 1
    return f"{whole}.{rest:0{places}d}" if rest else str(whole)


def _write_projects(table: _Table, election: Election, rows: Mapping[str, Mapping[str, str]]) -> None:
    given = {column for row in rows.values() for column in row}
    known = {"project_id", "cost", "votes"} | ({"score"} if election.profile.kind in {"points", "ranking"} else set())
    columns = [column for column in PROJECT_COLUMNS if column in given | known]
    columns += sorted(given - set(PROJECT_COLUMNS))
    table.writerow(columns)
    scores = _scores(election)
    for place, project in enumerate(election.projects):
        cells = {
            **rows.get(project.id, {}),
            "project_id": project.id,
            "cost": WITHDRAWN_COST if project.id in election.withdrawn else money(project.cost, election.minor_units),
            "votes": str(election.support[place]),
            "score": str(scores[place]),
        }
        for column in set(LIST_COLUMNS) & set(cells):
            cells[column] = ",".join(item.strip() for item in cells[column].split(","))
        table.writerow([cells.get(column, "") for column in columns])


def _scores(election: Election) -> list[int]:
    """As Pabulib counts: a ranking gives as many points as it is long, down to 1."""
    profile = election.profile
    if profile.kind != "ranking":
        return election.scores
    lengths: Ints = np.diff(profile.starts).astype(np.int64)[profile.group_of_entry]
    return sums(
        profile.picks, profile.weights[profile.group_of_entry] * (lengths - profile.values), len(election.costs)
    )


def _vote_rows(election: Election) -> Iterator[list[str]]:
    voter = 0
    for ballot, weight in election.groups():
        values = ballot.values()
        cells = [",".join(values)]
        if ballot.kind == "points":
            cells.append(",".join(map(str, values.values())))
        for _ in range(weight):
            voter += 1
            yield [str(voter), *cells]


class _Table(Protocol):
    def writerow(self, row: Iterable[str], /) -> object: ...
