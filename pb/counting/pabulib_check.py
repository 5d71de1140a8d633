"""Check a `.pb` file: everything that is wrong or odd in it, with line numbers, going on where it can.

`read` stops at the first thing that makes a count impossible; this goes through the whole file and also reports what
would be survived. It covers what Pabulib's own checker reports about one file.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, NamedTuple

from pb.counting.errors import CountingError
from pb.counting.pabulib import KINDS, WITHDRAWN_COST, loads
from pb.counting.pabulib_blocks import LONGEST_LINE
from pb.counting.pabulib_write import LIST_COLUMNS, META_ORDER, PROJECT_COLUMNS, REQUIRED_META
from pb.counting.rules import count
from pb.counting.ties import cost_votes_id

Level = Literal["error", "warning"]
RULES: dict[str, tuple[str, str | None]] = {
    "greedy": ("greedy", None),
    "greedy-no-skip": ("greedy-no-skip", None),
    "greedy-threshold": ("greedy-threshold", None),
    "equalshares": ("equal-shares", "none"),
    "equalshares/add1": ("equal-shares", "add1"),
    "equalshares/add1-comparison": ("equal-shares", "comparison"),
}
NUMBERS = re.compile(r"budget|max_|min_|num_|edition_number|fully_funded|experimental|default_score")
DATES = ("%d.%m.%Y", "%Y")


class Finding(NamedTuple):
    """Something wrong (error) or odd (warning); line 0 is the file as a whole."""

    line: int
    level: Level
    problem: str


class Row(NamedTuple):
    line: int
    cells: Mapping[str, str]

    def items(self, column: str) -> list[str]:
        text = self.cells.get(column, "")
        return [item.strip() for item in text.split(",")] if text.strip() else []


@dataclass
class Sheet:
    """The file as rows, whatever they say."""

    text: str
    meta: dict[str, str] = field(default_factory=dict)
    meta_lines: dict[str, int] = field(default_factory=dict)
    projects: dict[str, Row] = field(default_factory=dict)
    votes: list[Row] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    @property
    def vote_type(self) -> str:
        return self.meta.get("vote_type", "")

    def at(self, key: str) -> int:
        return self.meta_lines.get(key, 0)

    def number(self, key: str) -> Decimal | None:
        return _number(self.meta.get(key, ""))


Checks = Iterator[Finding]


def check(source: str | Path) -> list[Finding]:
    """All findings about a file, by line. Raises: OSError if it cannot be opened."""
    if line := _endless(Path(source)):
        return [Finding(line, "error", f"line longer than {LONGEST_LINE:,} characters")]
    raw = Path(source).read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [Finding(line, "error", "not UTF-8 text")]
    return check_text(text)


def _endless(path: Path) -> int:
    """The first line that is longer than any that can be read, before it fills the memory; 0: there is none."""
    with path.open("rb") as stream:
        # A character takes at most four bytes.
        lines = iter(lambda: len(stream.readline(4 * LONGEST_LINE)), 0)
        return next((number for number, length in enumerate(lines, 1) if length == 4 * LONGEST_LINE), 0)


def check_text(text: str) -> list[Finding]:
    """As `check`, for the text of a file."""
    sheet = _sheet(text)
    found = list(sheet.found)
    for one in CHECKS:
        found += one(sheet)
    try:
        found += [Finding(line, "warning", what) for line, what in loads(text).oddities]
    except CountingError as error:
        line = getattr(error, "line", 0)
        found.append(Finding(line, "error", getattr(error, "problem", str(error))))
    else:
        found += _winners(sheet)
    return sorted({(f.line, f.problem): f for f in found}.values())


# -- rows


def _sheet(text: str) -> Sheet:
    sheet, section = Sheet(text), ""
    rows = csv.reader(text.splitlines(keepends=True), delimiter=";")
    try:
        for row in rows:
            name = row[0].strip().upper() if row else ""
            if name in {"META", "PROJECTS", "VOTES"} and not any(cell.strip() for cell in row[1:]):
                section = name
                sheet.columns[section] = [cell.strip().lower() for cell in next(rows, [])]
            elif not any(cell.strip() for cell in row):
                sheet.found.append(Finding(rows.line_num, "warning", "an empty line"))
            elif section:
                _take(sheet, section, row, rows.line_num)
    except csv.Error as error:
        sheet.found.append(Finding(rows.line_num, "error", f"not a ;-separated line: {error}"))
    return sheet


def _take(sheet: Sheet, section: str, row: list[str], line: int) -> None:
    if any(cell != cell.strip() for cell in row):
        sheet.found.append(Finding(line, "error", "spaces around a cell"))
    if section == "META":
        key = row[0].strip().lower()
        if key in sheet.meta:
            sheet.found.append(Finding(line, "error", f"META says {key} twice"))
        sheet.meta[key], sheet.meta_lines[key] = ";".join(row[1:]).strip(), line
        return
    cells = {column: cell.strip() for column, cell in zip(sheet.columns[section], row, strict=False)}
    if section == "VOTES":
        sheet.votes.append(Row(line, cells))
    elif (project := cells.get("project_id", "")) in sheet.projects:
        sheet.found.append(Finding(line, "error", f"the project {project!r} comes twice"))
    else:
        sheet.projects[project] = Row(line, cells)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


# -- META


def _meta_fields(sheet: Sheet) -> Checks:
    for key in REQUIRED_META:
        if not sheet.meta.get(key):
            yield Finding(sheet.at(key), "error", f"META needs {key}")
    for key, value in sheet.meta.items():
        if not value and key not in REQUIRED_META:
            yield Finding(sheet.at(key), "error", f"META {key} is empty")
        if NUMBERS.match(key) and "per_category" not in key and value and _number(value) is None:
            yield Finding(sheet.at(key), "error", f"META {key} is {value!r}, not a number")
    if sheet.vote_type and sheet.vote_type not in KINDS:
        yield Finding(sheet.at("vote_type"), "error", f"vote_type is {sheet.vote_type!r}; known: {', '.join(KINDS)}")


def _limits_of_meta(sheet: Sheet) -> Checks:
    for key in sheet.meta:
        what = key.removeprefix("min_")
        least, most = sheet.number(key), sheet.number(f"max_{what}")
        if what != key and least is not None and most is not None and least > most:
            yield Finding(sheet.at(key), "error", f"META {key} is {least}, more than max_{what}, which is {most}")


def _meta_order(sheet: Sheet) -> Checks:
    known = [META_ORDER.index(key) for key in sheet.meta if key in META_ORDER]
    if known != sorted(known):
        yield Finding(0, "warning", "META keys are not in the usual order")
    for column in sheet.columns.get("PROJECTS", []):
        if column == "target":
            yield Finding(0, "warning", "the column target is called beneficiaries since April 2026")
        elif column not in PROJECT_COLUMNS:
            yield Finding(0, "warning", f"PROJECTS has a column {column!r} that Pabulib does not know")


def _dates(sheet: Sheet) -> Checks:
    found = {}
    for key in ("date_begin", "date_end"):
        if value := sheet.meta.get(key):
            found[key] = next((date for form in DATES if (date := _date(value, form))), None)
            if found[key] is None:
                yield Finding(sheet.at(key), "error", f"{key} is {value!r}, not a date like 31.05.2026 or a year")
    begin, end = found.get("date_begin"), found.get("date_end")
    if begin and end and end < begin:
        yield Finding(sheet.at("date_end"), "error", "date_end is before date_begin")


def _date(text: str, form: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is used
    except ValueError:
        return None


def _comment(sheet: Sheet) -> Checks:
    comment = sheet.meta.get("comment", "")
    numbers = [int(n) for n in re.findall(r"#(\d+): ", comment)]
    if comment and not comment.startswith("#1: "):
        yield Finding(sheet.at("comment"), "error", "the comment should begin with '#1: '")
    elif numbers != list(range(1, len(numbers) + 1)):
        yield Finding(sheet.at("comment"), "warning", "the parts of the comment are not numbered 1, 2, 3 …")


# -- PROJECTS


def _costs(sheet: Sheet) -> Checks:
    budget, total = sheet.number("budget"), Decimal(0)
    for project, row in sheet.projects.items():
        text = row.cells.get("cost", "")
        cost = _number(text)
        if cost is None or cost <= 0:
            yield Finding(row.line, "error", f"the project {project!r} has the cost {text!r}")
        elif text == WITHDRAWN_COST and row.cells.get("selected", "0") not in {"", "0"}:
            yield Finding(row.line, "error", f"the withdrawn project {project!r} is marked as funded")
        elif text != WITHDRAWN_COST:
            total += cost
            if budget is not None and cost > budget:
                yield Finding(row.line, "warning", f"the project {project!r} costs more than the whole budget")
    everything_fits = budget is not None and bool(sheet.projects) and total <= budget
    if everything_fits and sheet.meta.get("fully_funded") != "1":
        yield Finding(sheet.at("budget"), "warning", "all projects together fit into the budget")


def _selected(sheet: Sheet) -> Checks:
    if "selected" not in sheet.columns.get("PROJECTS", []):
        yield Finding(0, "warning", "PROJECTS has no column selected")
        return
    spent = Decimal(0)
    for row in sheet.projects.values():
        selected = row.cells.get("selected", "")
        if selected not in {"0", "1", "2", "3"}:
            yield Finding(row.line, "error", f"selected is {selected!r}; known: 0, 1, 2, 3")
        elif selected == "1":
            spent += _number(row.cells.get("cost", "")) or 0
    budget = sheet.number("budget")
    if budget is not None and spent > budget:
        yield Finding(sheet.at("budget"), "error", f"the funded projects cost {spent}, more than the budget {budget}")


def _places(sheet: Sheet) -> Checks:
    for row in sheet.projects.values():
        for column, limit in (("latitude", 90), ("longitude", 180)):
            if text := row.cells.get(column, ""):
                degrees = _number(text)
                if degrees is None or abs(degrees) > limit:
                    yield Finding(row.line, "error", f"{column} is {text!r}")


def _tallies(sheet: Sheet) -> Checks:
    """The columns votes and score against the ballots, counted as Pabulib does: a doubled entry twice."""
    votes, scores = Counter[str](), Counter[str]()
    for row in sheet.votes:
        picks, points = row.items("vote"), row.items("points")
        votes.update(picks)
        for place, project in enumerate(picks):
            if sheet.vote_type == "ordinal":
                scores[project] += len(picks) - place
            elif place < len(points):
                scores[project] += int(_number(points[place]) or 0)
    for column, tally in (("votes", votes), ("score", scores)):
        for project, row in sheet.projects.items():
            said = row.cells.get(column, "")
            if said and _number(said) != tally[project]:
                problem = f"the project {project!r} says {column} {said}: the ballots give {tally[project]}"
                yield Finding(row.line, "error", problem)


# -- VOTES


def _voters(sheet: Sheet) -> Checks:
    first: dict[str, int] = {}
    for row in sheet.votes:
        voter = row.cells.get("voter_id", "")
        if voter in first:
            yield Finding(row.line, "error", f"the voter {voter!r} comes twice, first on line {first[voter]}")
        first.setdefault(voter, row.line)


def _ballots(sheet: Sheet) -> Checks:
    for row in sheet.votes:
        picks = row.items("vote")
        for project, times in Counter(picks).items():
            if times > 1:
                yield Finding(row.line, "warning", f"the project {project!r} twice in one ballot: counted once")
            if project not in sheet.projects:
                yield Finding(row.line, "error", f"a ballot names {project!r}, which is not among the PROJECTS")
        yield from _spaces(row, "vote")
        yield from _limits(sheet, row, len(picks), "length", "projects")
        yield from _points(sheet, row, len(picks))


def _spaces(row: Row, column: str) -> Checks:
    if re.search(r"\s,|,\s", row.cells.get(column, "")):
        yield Finding(row.line, "error", f"spaces around a comma in {column}")


def _lists(sheet: Sheet) -> Checks:
    for row in sheet.projects.values():
        for column in LIST_COLUMNS:
            yield from _spaces(row, column)


def _limits(sheet: Sheet, row: Row, value: Decimal | int, what: str, unit: str) -> Checks:
    least, most = sheet.number(f"min_{what}"), sheet.number(f"max_{what}")
    if sheet.vote_type == "choose-1" and what == "length":
        least = most = Decimal(1)
    if least is not None and value < least:
        yield Finding(row.line, "error", f"{value} {unit} in a ballot, at least {least} allowed")
    if most is not None and value > most:
        yield Finding(row.line, "error", f"{value} {unit} in a ballot, at most {most} allowed")


def _points(sheet: Sheet, row: Row, picks: int) -> Checks:
    texts = row.items("points")
    if sheet.vote_type not in {"cumulative", "scoring"}:
        if texts:
            yield Finding(row.line, "error", f"points in a ballot of the type {sheet.vote_type}")
        return
    points = [number for text in texts if (number := _number(text)) is not None]
    if len(points) != len(texts):
        yield Finding(row.line, "error", f"points that are no number: {row.cells['points']!r}")
    elif len(points) != picks:
        yield Finding(row.line, "error", f"{picks} projects but {len(points)} points")
    for number in points:
        yield from _limits(sheet, row, number, "points", "points for a project")
    if sheet.vote_type == "cumulative":
        yield from _limits(sheet, row, sum(points, Decimal(0)), "sum_points", "points")
    if points != sorted(points, reverse=True):
        yield Finding(row.line, "warning", "points are not in descending order")


def _sum_costs(sheet: Sheet) -> Checks:
    if sheet.number("min_sum_cost") is None and sheet.number("max_sum_cost") is None:
        return
    costs = {project: _number(row.cells.get("cost", "")) or Decimal(0) for project, row in sheet.projects.items()}
    for row in sheet.votes:
        total = sum((costs.get(project, Decimal(0)) for project in set(row.items("vote"))), Decimal(0))
        yield from _limits(sheet, row, total, "sum_cost", "in costs")


# -- the outcome


def _winners(sheet: Sheet) -> Checks:
    """The column selected against the rule META names, where it is one of ours."""
    rule = RULES.get(sheet.meta.get("rule", ""))
    if rule is None or "selected" not in sheet.columns.get("PROJECTS", []):
        return
    file = loads(sheet.text)
    election = file.election.replace(minimum_score=file.minimum_score)
    if rule[0] == "greedy-threshold" and not file.minimum_score:
        yield Finding(
            sheet.at("rule"), "warning", "greedy-threshold without min_project_score_threshold: not recounted"
        )
        return
    outcome = count(election, rule=rule[0], completion=rule[1], ties=cost_votes_id())
    marked = {project for project, row in sheet.projects.items() if row.cells.get("selected") == "1"}
    for project in sorted(marked ^ set(outcome.funded)):
        verb = "is not marked as funded, but" if project in outcome.funded else "is marked as funded, but not"
        problem = f"the project {project!r} {verb} by a recount with the rule {sheet.meta['rule']}"
        yield Finding(sheet.projects[project].line, "warning", problem)


CHECKS: Sequence[Callable[[Sheet], Checks]] = (
    _meta_fields,
    _limits_of_meta,
    _meta_order,
    _dates,
    _comment,
    _costs,
    _selected,
    _lists,
    _places,
    _tallies,
    _voters,
    _ballots,
    _sum_costs,
)
