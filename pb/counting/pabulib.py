"""Read Pabulib's `.pb` format: streaming, one pass, identical ballots grouped while reading.

Source: Faliszewski et al., "Participatory Budgeting: Data, Tools, and Analysis", IJCAI 2023; pabulib.org/format.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8, utf_8_decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BufferedReader, FileIO
from itertools import chain
from os import PathLike
from typing import IO, Protocol

from pb.counting.errors import CountingError, ParseError
from pb.counting.model import LARGEST_AMOUNT, Election, Kind, Project
from pb.counting.pabulib_ballots import BadBallot, Ballots
from pb.counting.pabulib_blocks import LONGEST_LINE

WITHDRAWN_COST = "999999999"
# Small enough for what is made of a block to stay in the fast memory of a processor.
BLOCK = 1 << 17
AMOUNT = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]{1,3})?")
THOUSANDS = re.compile(r"[+-]?[0-9]+,[0-9]{3}")
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


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


class _Encoded:
    """A text stream read as UTF-8. Its lines may end in any of the three ways."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    # Half characters, as JSON can hold, are passed on to be refused with their line.
    def read(self, size: int) -> bytes:
        return self.stream.read(size).encode(errors="surrogatepass")

    def readline(self, size: int) -> bytes:
        return self.stream.readline(size).encode(errors="surrogatepass")


def read(source: str | PathLike[str] | IO[str]) -> PabulibFile:
    """Read a `.pb` file from a path or an open text stream.

    Raises: ParseError with the line, for anything that cannot be counted; OSError if the file cannot be opened
    """
    if not isinstance(source, str | PathLike):
        return _Reader(_Encoded(source), getattr(source, "name", "<pb>")).read()
    with BufferedReader(FileIO(source), BLOCK) as stream:
        start = stream.peek()
        if b"\r" in start and b"\n" not in start:  # lines that end as on an old Macintosh
            with io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
                return read(text)
        reader = _Reader(stream, str(source))
        reader.decoded(start, final=False)  # what is no text at all is called that, and not a file without sections
        return reader.read()


def loads(text: str) -> PabulibFile:
    """Read a `.pb` file held in a string. Raises: ParseError"""
    return read(io.StringIO(text, newline=""))


class _Reader:
    def __init__(self, stream: _Bytes, path: str) -> None:
        self.stream, self.path, self.line = stream, path, 0
        self.pending = io.StringIO()
        self.oddities: list[tuple[int, str]] = []
        self.sections: list[str] = []
        self.meta: dict[str, str] = {}
        self.meta_lines: dict[str, int] = {}
        self.projects: dict[str, dict[str, str]] = {}
        self.project_lines: dict[str, int] = {}
        self.votes: Ballots | None = None

    def read(self) -> PabulibFile:
        try:
            self._sections()
            return self._finish()
        except ParseError:
            raise
        except UnicodeDecodeError as error:
            raise self.error("not UTF-8 text", self.line + 1) from error
        except BadBallot as error:
            raise self.error(error.problem, error.line) from error
        except csv.Error as error:
            raise self.error(f"not a ;-separated line: {error}") from error
        except CountingError as error:
            raise self.error(str(error), 0) from error

    def error(self, problem: str, line: int | None = None) -> ParseError:
        return ParseError(problem, line=self.line if line is None else line, path=self.path)

    # -- lines and sections

    def _lines(self) -> Iterator[str]:
        while line := self._pending_line() or self._next_line():
            yield line

    def _pending_line(self) -> str:
        """The next line of what is pending. One longer than a megabyte is refused before it fills the memory."""
        line = self.pending.readline(LONGEST_LINE)
        self.line += bool(line)
        if len(line) == LONGEST_LINE:
            raise self.error(f"line longer than {LONGEST_LINE:,} characters")
        return line

    def _next_line(self) -> str:
        """The next line of the stream. If it falls into several (an old line end inside), the others are pending."""
        raw = self.stream.readline(LONGEST_LINE)
        self.pending = io.StringIO(self.decoded(raw if self.line else raw.removeprefix(BOM_UTF8)), newline="")
        return self._pending_line()

    def decoded(self, raw: bytes, *, final: bool = True) -> str:
        """As text; if not `final`, it may end within a character. Raises: ParseError with the line"""
        try:
            return utf_8_decode(raw, "strict", final)[0]
        except UnicodeDecodeError as error:
            line = self.line + 1 + raw.count(b"\n", 0, error.start)
            raise self.error("not UTF-8 text", line) from error

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
                    self._read_votes(header)
            elif not any(cell.strip() for cell in row):
                continue
            elif section == "META":
                self._meta_row(row)
            elif section == "PROJECTS":
                self._project_row(row, header)
            else:
                raise self.error("expected the section META, PROJECTS or VOTES")

    def _open(self, name: str) -> str:
        if name in self.sections:
            raise self.error(f"the section {name} comes twice")
        self.sections.append(name)
        if name == "VOTES" and (missing := {"META", "PROJECTS"} - set(self.sections)):
            raise self.error(f"the section {min(missing)} must come before VOTES")
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

    def _read_votes(self, header: list[str]) -> None:
        """Read to the end of the file: plain blocks at a time, the others line by line."""
        points = header.index("points") if self._kind() == "points" and "points" in header else None
        if points is None and self._kind() == "points":
            raise self.error("VOTES needs a column points")
        self.votes = votes = Ballots(self._kind(), list(self.projects), header.index("vote"), points)
        self._read_lines(votes, self.pending.read(), len(header))
        while block := self.stream.read(BLOCK):
            if not block.endswith(b"\n"):
                block += self.stream.readline(LONGEST_LINE)
            text = "" if block.isascii() else self.decoded(block)
            if votes.add_block(block):
                self.line += block.count(b"\n")
            else:
                self._read_lines(votes, text or block.decode(), len(header))

    def _read_lines(self, votes: Ballots, block: str, columns: int) -> None:
        """Read a block line by line, and on to the end of a quoted cell if it goes on behind the block."""
        cut = max(votes.vote, votes.points or 0) + 1
        self.pending = io.StringIO(block, newline="")
        lines = self._lines()
        while line := self._pending_line():
            cells = next(csv.reader(chain([line], lines), delimiter=";")) if '"' in line else line.split(";", cut)
            if not line.strip():
                continue
            if len(cells) < cut:
                raise self.error(f"a ballot with {len(cells)} columns, expected {columns}")
            votes.add(cells, self.line)

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
        if self.votes is None:
            raise self.error("there is no section VOTES", 0)
        budget = self._amount("budget", self.meta["budget"], self.meta_lines["budget"])
        costs = {p: self._amount("cost", row["cost"], self.project_lines[p]) for p, row in self.projects.items()}
        places = max((_places(amount) for amount in [budget, *costs.values()]), default=0)
        projects = [Project(p, int(cost.scaleb(places))) for p, cost in costs.items()]
        kind = self._kind()
        profile = self.votes.profile()
        self.oddities += self.votes.oddities
        self._threshold()
        self._compare("num_projects", len(projects))
        self._compare("num_votes", self.votes.cast)
        election = Election(
            projects,
            profile,
            int(budget.scaleb(places)),
            minor_units=10**places,
            withdrawn=[p for p, row in self.projects.items() if row["cost"] == WITHDRAWN_COST],
            ballot_length=self._ballot_length(kind),
        )
        return PabulibFile(self.meta, self.projects, election, tuple(self.oddities))

    def _amount(self, what: str, text: str, line: int) -> Decimal:
        if not AMOUNT.fullmatch(text.strip()):
            raise self.error(f"the {what} {text!r} is not a number", line)
        if THOUSANDS.fullmatch(text.strip()):
            raise self.error(f"the {what} {text!r} may be thousands or parts of one: write it without the comma", line)
        amount = Decimal(text.strip().replace(",", "."))
        if amount < 0 or amount > LARGEST_AMOUNT or _places(amount) > 6:
            raise self.error(f"the {what} {text!r} is not an amount of money", line)
        return amount

    def _ballot_length(self, kind: Kind) -> int | None:
        text = self.meta.get("max_length", "")
        if kind != "ranking" or not text:
            return None
        if not text.isascii() or not text.isdecimal() or len(text) > 15 or int(text) == 0:
            raise self.error(f"META max_length is {text!r}, not a number of projects", self.meta_lines["max_length"])
        return int(text)

    def _threshold(self) -> None:
        key = "min_project_score_threshold"
        if (text := self.meta.get(key, "")) and not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise self.error(f"META {key} is {text!r}, not a score", self.meta_lines[key])

    def _compare(self, key: str, actual: int) -> None:
        said = self.meta.get(key, "")
        if said != str(actual):
            self.oddities.append(
                (self.meta_lines.get(key, 0), f"META says {key} is {said or 'nothing'}: it is {actual}")
            )


def _places(amount: Decimal) -> int:
    """Decimal places that matter: 0 for "5.00"."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
