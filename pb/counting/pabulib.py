"""Read and write Pabulib's `.pb` format: streaming, one pass, identical ballots grouped while reading.

Source: Faliszewski et al., "Participatory Budgeting: Data, Tools, and Analysis", IJCAI 2023; pabulib.org/format.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import IO, Protocol

from pb.counting.errors import CountingError, ParseError
from pb.counting.model import LARGEST_AMOUNT, Election, Kind, Profile, Project

WITHDRAWN_COST = "999999999"
LONGEST_LINE = 1 << 20
KINDS: dict[str, Kind] = {
    "approval": "approval",
    "choose-1": "approval",
    "cumulative": "points",
    "scoring": "points",
    "ordinal": "ranking",
}


@dataclass(frozen=True)
class PabulibFile:
    """A `.pb` file as read.

    meta:     the META section, key → text as written
    projects: per project id its row, column → text as written ("name", "category", "votes", "selected", …)
    election: ready to count. Costs are in the smallest unit the file uses (`election.minor_units` per whole unit)
    oddities: (line, what) of things survived: a project twice in a ballot, counts that differ from META, …
    """

    meta: Mapping[str, str]
    projects: Mapping[str, Mapping[str, str]]
    election: Election
    oddities: tuple[tuple[int, str], ...] = ()

    @property
    def minimum_score(self) -> int:
        """META's min_project_score_threshold, 0 if absent. The election itself does not apply it."""
        return int(self.meta.get("min_project_score_threshold") or 0)


def read(source: str | Path | IO[str]) -> PabulibFile:
    """Read a `.pb` file from a path or an open text stream.

    Raises: ParseError with the line, for anything that cannot be counted; OSError if the file cannot be opened
    """
    if isinstance(source, str | Path):
        with open(source, encoding="utf-8-sig", newline="") as stream:
            return _Reader(stream, str(source)).read()
    return _Reader(source, getattr(source, "name", "<pb>")).read()


def loads(text: str) -> PabulibFile:
    """Read a `.pb` file held in a string. Raises: ParseError"""
    return read(io.StringIO(text.removeprefix("\ufeff"), newline=""))


@dataclass
class _Votes:
    """Distinct ballots as written → how many, with the line of the first of each."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)


class _Reader:
    def __init__(self, stream: IO[str], path: str) -> None:
        self.stream, self.path, self.line = stream, path, 0
        self.oddities: list[tuple[int, str]] = []
        self.meta: dict[str, str] = {}
        self.meta_lines: dict[str, int] = {}
        self.projects: dict[str, dict[str, str]] = {}
        self.project_lines: dict[str, int] = {}
        self.votes: _Votes | None = None

    def read(self) -> PabulibFile:
        try:
            self._sections()
            return self._finish()
        except ParseError:
            raise
        except UnicodeDecodeError as error:
            raise self.error("not UTF-8 text", self.line + 1) from error
        except csv.Error as error:
            raise self.error(f"not a ;-separated line: {error}") from error
        except CountingError as error:
            raise self.error(str(error), 0) from error

    def error(self, problem: str, line: int | None = None) -> ParseError:
        return ParseError(problem, line=self.line if line is None else line, path=self.path)

    # -- lines and sections

    def _lines(self) -> Iterator[str]:
        """Lines with numbers kept; one longer than a megabyte is refused before it fills the memory."""
        while line := self.stream.readline(LONGEST_LINE):
            self.line += 1
            if len(line) == LONGEST_LINE:
                raise self.error(f"line longer than {LONGEST_LINE:,} characters")
            yield line

    def _sections(self) -> None:
        lines = self._lines()
        rows = csv.reader(lines, delimiter=";")
        section = ""
        for row in rows:
            name = row[0].strip().upper() if row else ""
            if name in {"META", "PROJECTS", "VOTES"} and not any(cell.strip() for cell in row[1:]):
                section = self._open(name)
                header = [cell.strip().lower() for cell in self._header(rows, name)]
                if name == "VOTES":
                    self._read_votes(lines, header)
            elif not any(cell.strip() for cell in row):
                continue
            elif section == "META":
                self._meta_row(row)
            elif section == "PROJECTS":
                self._project_row(row, header)
            else:
                raise self.error("expected the section META, PROJECTS or VOTES")

    def _open(self, name: str) -> str:
        seen = {"META": self.meta, "PROJECTS": self.projects, "VOTES": self.votes is not None}
        if seen[name]:
            raise self.error(f"the section {name} comes twice")
        if name == "VOTES" and not self.meta:
            raise self.error("the section META must come before VOTES")
        return name

    def _header(self, rows: Iterator[list[str]], section: str) -> list[str]:
        needed = {"META": {"key", "value"}, "PROJECTS": {"project_id", "cost"}, "VOTES": {"vote"}}[section]
        header = next(rows, [])
        if missing := needed - {cell.strip().lower() for cell in header}:
            raise self.error(f"{section} needs a header line with {', '.join(sorted(missing))}")
        return header

    def _meta_row(self, row: list[str]) -> None:
        key, value = row[0].strip().lower(), ";".join(row[1:]).strip()
        if self.meta.get(key, value) != value:
            raise self.error(f"META says {key} twice: {self.meta[key]!r} and {value!r}")
        self.meta[key], self.meta_lines[key] = value, self.line

    def _project_row(self, row: list[str], header: list[str]) -> None:
        if len(row) > len(header):
            self.oddities.append((self.line, "more columns than the header"))
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=False)}
        project = cells["project_id"]
        if not project or "," in project:
            raise self.error(f"not a project id: {project!r}")
        if project in self.projects:
            raise self.error(f"the project {project!r} comes twice, first on line {self.project_lines[project]}")
        if not cells.get("cost"):
            raise self.error(f"the project {project!r} has no cost")
        self.projects[project], self.project_lines[project] = cells, self.line

    # -- ballots

    def _read_votes(self, lines: Iterator[str], header: list[str]) -> None:
        """Count each distinct ballot text. Lines without quotes are cut by hand, the rest by the csv reader."""
        kind = self._kind()
        if kind == "points" and "points" not in header:
            raise self.error("VOTES needs a column points")
        columns = [header.index("vote")] + ([header.index("points")] if kind == "points" else [])
        cut, column = max(columns) + 1, columns[0]
        votes = self.votes = _Votes()
        counts, first = votes.counts, votes.lines
        for line in lines:
            if '"' in line:
                cells = next(csv.reader(chain([line], lines), delimiter=";"))
            else:
                cells = line.rstrip("\r\n").split(";", cut)
            if len(cells) < cut:
                if not line.strip():
                    continue
                raise self.error(f"a ballot with {len(cells)} columns, expected {len(header)}")
            key = cells[column] if len(columns) == 1 else f"{cells[column]};{cells[columns[1]]}"
            if key in counts:
                counts[key] += 1
            else:
                counts[key] = 1
                first.append(self.line)

    def _kind(self) -> Kind:
        vote_type = self.meta.get("vote_type", "").lower()
        if vote_type not in KINDS:
            line = self.meta_lines.get("vote_type", 0)
            raise self.error(f"META vote_type is {vote_type!r}; known: {', '.join(KINDS)}", line)
        return KINDS[vote_type]

    # -- putting it together

    def _finish(self) -> PabulibFile:
        if "budget" not in self.meta:
            raise self.error("META has no budget", 0)
        votes = self.votes or _Votes()
        budget = self._amount("budget", self.meta["budget"], self.meta_lines["budget"])
        costs = {p: self._amount("cost", row["cost"], self.project_lines[p]) for p, row in self.projects.items()}
        places = max((_places(amount) for amount in [budget, *costs.values()]), default=0)
        projects = [Project(p, int(cost.scaleb(places))) for p, cost in costs.items()]
        kind = self._kind()
        self._compare("num_projects", len(projects))
        self._compare("num_votes", sum(votes.counts.values()))
        election = Election(
            projects,
            self._profile(kind, votes),
            int(budget.scaleb(places)),
            minor_units=10**places,
            withdrawn=[p for p, row in self.projects.items() if row["cost"] == WITHDRAWN_COST],
            ballot_length=self._ballot_length(kind),
        )
        return PabulibFile(self.meta, self.projects, election, tuple(self.oddities))

    def _amount(self, what: str, text: str, line: int) -> Decimal:
        try:
            amount = Decimal(text.strip().replace(",", ".", 1))
        except InvalidOperation:
            raise self.error(f"the {what} {text!r} is not a number", line) from None
        if not amount.is_finite() or amount < 0 or amount > LARGEST_AMOUNT or _places(amount) > 6:
            raise self.error(f"the {what} {text!r} is not an amount of money", line)
        return amount

    def _ballot_length(self, kind: Kind) -> int | None:
        text = self.meta.get("max_length", "")
        if kind != "ranking" or not text:
            return None
        if not text.isdecimal() or not 0 < int(text) <= LARGEST_AMOUNT:
            raise self.error(f"META max_length is {text!r}, not a number of projects", self.meta_lines["max_length"])
        return int(text)

    def _compare(self, key: str, actual: int) -> None:
        said = self.meta.get(key, "")
        if said != str(actual):
            self.oddities.append(
                (self.meta_lines.get(key, 0), f"META says {key} is {said or 'nothing'}: it is {actual}")
            )

    def _profile(self, kind: Kind, votes: _Votes) -> Profile:
        position = {project: place for place, project in enumerate(self.projects)}
        groups: dict[tuple[tuple[int, int], ...], int] = {}
        for (text, weight), line in zip(votes.counts.items(), votes.lines, strict=True):
            ballot = tuple(sorted(self._ballot(kind, text, line, position).items()))
            groups[ballot] = groups.get(ballot, 0) + weight
        return Profile.build(kind, groups)

    def _ballot(self, kind: Kind, text: str, line: int, position: Mapping[str, int]) -> dict[int, int]:
        ids, _, points = text.partition(";")
        names = [name.strip() for name in ids.split(",")] if ids.strip() else []
        values = self._points(points, len(names), line) if kind == "points" else list(range(len(names)))
        ballot: dict[int, int] = {}
        for name, value in zip(names, values, strict=True):
            if name not in position:
                raise self.error(f"a ballot names {name!r}, which is not among the PROJECTS", line)
            if position[name] in ballot:
                self.oddities.append((line, f"the project {name!r} twice in one ballot: counted once"))
            ballot.setdefault(position[name], 1 if kind == "approval" else value)
        return ballot

    def _points(self, text: str, expected: int, line: int) -> list[int]:
        given = [point.strip() for point in text.split(",")] if text.strip() else []
        if len(given) != expected:
            raise self.error(f"{expected} projects but {len(given)} points", line)
        for point in given:
            if not point.isascii() or not point.isdecimal() or int(point) > LARGEST_AMOUNT:
                raise self.error(f"the points {point!r} are not a whole number, zero or more", line)
        return [int(point) for point in given]


def _places(amount: Decimal) -> int:
    """Decimal places that matter: 0 for "5.00"."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


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
    if kind == "ranking":
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
    scores = election.scores
    for place, project in enumerate(election.projects):
        cells = {
            **rows.get(project.id, {}),
            "project_id": project.id,
            "cost": WITHDRAWN_COST if project.id in election.withdrawn else money(project.cost, election.minor_units),
            "votes": str(election.support[place]),
            "score": str(scores[place]),
        }
        table.writerow([cells.get(column, "") for column in columns])


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
