"""A finished, counted round out of a real Pabulib file, with the winners it published beside the winners we count.

Amounts become hundredths of the file's own currency, like pence; the round carries the currency. The file's rule is
followed where we have it; the round's frozen configuration says which one that was and where we could not follow it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select

from pb import counting
from pb.core import points
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.money import Money
from pb.counting import PabulibFile
from pb.counting.pabulib import KINDS
from pb.journal import kinds
from pb.journal.service import record
from pb.results import tally
from pb.results.ballot_text import canonical
from pb.results.errors import ImportRefused
from pb.results.models import Certification, CouncilDecision, Count, CountingJob, Explanation, Publication
from pb.results.service import keep_counts
from pb.rounds.models import PhaseDate, Pot, Project, Round
from pb.voting.models import Ballot, Turnout

Say = Callable[[str], None]

kinds.declare({"round.imported": _l("A finished round was imported from a public file and counted again.")})

# The rule a file names → ours, with its completion, and whether that is the same rule.
RULES: dict[str, tuple[str, str, bool]] = {
    "greedy": ("greedy", "none", True),
    "greedy-threshold": ("greedy-threshold", "none", True),
    "greedy-no-skip": ("greedy-no-skip", "none", True),
    "greedy-exclusive": ("greedy", "none", False),  # files do not say which projects exclude each other
    "equalshares": ("equal-shares", "none", True),
    "equalshares/add1": ("equal-shares", "add1", True),
    "equalshares/add1-comparison": ("equal-shares", "comparison", True),
}
OTHERWISE = ("greedy", "none", False)
BATCH = 20_000


@dataclass(frozen=True)
class Source:
    """The file read: its name, its fingerprint and what is in it."""

    name: str
    sha256: str
    file: PabulibFile

    @property
    def mark(self) -> str:
        """What `Round.imported_from` holds."""
        return f"{self.name[:200]} sha256:{self.sha256}"

    @property
    def meta(self) -> Mapping[str, str]:
        return self.file.meta


@dataclass(frozen=True)
class Wish:
    """What the operator asked for; None leaves it to the file."""

    title: str | None = None
    slug: str | None = None
    rule: str | None = None
    completion: str | None = None


def read(path: Path) -> Source:
    """Raises: ParseError with the line, for what cannot be counted; OSError."""
    return Source(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), counting.read_pb(path))


def found_again(source: Source) -> Round | None:
    """The round made of this very file before, whatever the file is called now."""
    same = select(Round).where(Round.imported_from.endswith(f"sha256:{source.sha256}", autoescape=True))
    return session().scalars(same.order_by(Round.id)).first()


def count(source: Source, wish: Wish) -> tally.Tally:
    """Count before anything is written, so that no lock is held meanwhile.

    Raises: ImportRefused when the rule asked for cannot count this file
    """
    rule, completion, _same = rule_of(source, wish)
    scaled = _Scaled(source.file)
    task = tally.Task(
        pot_id=0,
        kind=kind_of(source),
        rule=rule,
        completion=completion,
        ties="cost_votes_id",
        amount=scaled.floor(source.file.election.budget_limit),
        projects=tuple((p.id, scaled.ceiling(p.cost)) for p in source.file.election.projects),
        choices={canonical(ballot): cast for ballot, cast in source.file.election.groups()},
        withdrawn=source.file.election.withdrawn,
        options=_options(source, rule),
    )
    try:
        return tally.run(task)
    except counting.CountingError as error:
        raise ImportRefused(str(error)) from error


def store(source: Source, counted: tally.Tally, wish: Wish, *, by: Actor, now: datetime, say: Say) -> Round:
    """Write the round with its pot, projects, ballots, count and first published version.

    An earlier import of the same file is replaced, under the same address.
    Raises: ImportRefused
    """
    earlier = found_again(source)
    slug = wish.slug or (earlier.slug if earlier else None) or _free_slug(_slug(_place(source)))
    if earlier:
        _delete(earlier)
    if session().scalar(select(Round.id).where(Round.slug == slug)):
        raise ImportRefused(f"There is a round at /rounds/{slug} already. Choose another address with --slug.")
    round = _round(source, counted.task, wish, slug, now)
    pot = Pot(
        round=round, position=0, name=_cut(source.meta.get("unit") or slug, 80), amount=Money(counted.task.amount)
    )
    session().add_all([round, pot])
    session().flush()
    session().execute(insert(Project), [*_projects(source, counted.task, round.id, pot.id)])
    _store_ballots(pot.id, counted.task.choices, counted.ballots, say)
    counts = keep_counts(round, [(pot, counted)], purpose="official", by=by, now=now)
    _publish(round, counts, source, now)
    record("round.imported", by=by, now=now, subject=slug, round_id=round.id, file=source.name, sha256=source.sha256)
    return round


# -- the rule, the kind of ballot, the options


def rule_of(source: Source, wish: Wish) -> tuple[str, str, bool]:
    """Our rule, its completion, and whether that is what the file names."""
    if wish.rule:
        takes_one = wish.rule == "equal-shares"
        return wish.rule, wish.completion or ("add1" if takes_one else "none"), False
    rule, completion, same = RULES.get(source.meta.get("rule", "").lower(), OTHERWISE)
    if rule == "greedy-threshold" and not _threshold(source):
        rule = "greedy"
    if rule == "equal-shares" and completion not in counting.RULES[rule].completions:
        completion, same = "add1", False
    return rule, completion, same


def kind_of(source: Source) -> str:
    return KINDS[source.meta["vote_type"].lower()]


def _threshold(source: Source) -> int:
    try:
        return source.file.minimum_score
    except ValueError:
        return 0


def _options(source: Source, rule: str) -> dict[str, Any]:
    election, options = source.file.election, {}
    if rule.startswith("greedy") and (threshold := _threshold(source)):
        options["minimum_score"] = threshold
    if election.ballot_length:
        options["ballot_length"] = election.ballot_length
    return options


class _Scaled:
    """The file's smallest unit to hundredths. Finer amounts are rounded so that nothing fits that did not before."""

    def __init__(self, file: PabulibFile) -> None:
        self.units = file.election.minor_units

    def floor(self, amount: int) -> int:
        return amount * 100 // self.units

    def ceiling(self, amount: int) -> int:
        return -(-amount * 100 // self.units)


# -- rows


def _round(source: Source, task: tally.Task, wish: Wish, slug: str, now: datetime) -> Round:
    begins, ends = dates_of(source.meta)
    frozen = _frozen(source, task, wish)
    round = Round(
        slug=slug,
        title=_cut(wish.title or _place(source), 120),
        purpose=_cut(source.meta.get("description", ""), 300),
        ballot_kind=task.kind,
        max_picks=_whole(source.meta.get("max_length")) or None,
        min_picks=0,
        rule=task.rule,
        completion=task.completion,
        tie_rule=task.ties,
        identity_rung=0,
        currency=currency_of(source.meta),
        created_at=now,
        published_at=now,
        frozen_at=begins,
        frozen_json=frozen,
        frozen_sha256=hashlib.sha256(frozen.encode()).hexdigest(),
        closed_at=ends,
        results_at=now,
        ended_at=now,
        imported_from=source.mark,
    )
    round.dates = [PhaseDate(phase="voting", starts_at=begins), PhaseDate(phase="counting", starts_at=ends)]
    return round


def _frozen(source: Source, task: tally.Task, wish: Wish) -> str:
    """The configuration as canonical JSON; `source` holds what only an imported round has."""
    meta, (_rule, _completion, same) = source.meta, rule_of(source, wish)
    named = ("description", "country", "unit", "district", "subunit", "instance", "edition", "language", "comment")
    facts = {key: meta[key][:2000] for key in (*named, "rule", "date_begin", "date_end") if meta.get(key)}
    oddities = [{"line": line, "what": what} for line, what in source.file.oddities[:20]]
    config = {
        "ballot_kind": task.kind,
        "rule": task.rule,
        "completion": task.completion,
        "ties": task.ties,
        "pots": [{"amount": task.amount}],
        "projects": [{"code": code, "cost": cost} for code, cost in sorted(task.projects)],
        "minimum_score": task.options.get("minimum_score", 0),
        "source": {**facts, "is_same_rule": same, "file": source.name, "sha256": source.sha256, "oddities": oddities},
    }
    return json.dumps(config, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _projects(source: Source, task: tally.Task, round_id: int, pot_id: int) -> Iterator[dict[str, Any]]:
    _begins, ends = dates_of(source.meta)
    for code, cost in task.projects:
        row = source.file.projects[code]
        if len(code) > 40:
            raise ImportRefused(f"The project id {code!r} is longer than 40 characters.")
        yield {
            "round_id": round_id,
            "pot_id": pot_id,
            "code": code,
            "title": _cut(row.get("name") or code, 300),
            "summary": _cut(row.get("description", ""), 600),
            "cost": cost,
            "place": _cut(row.get("neighborhood") or row.get("subunit") or row.get("district") or "", 160),
            "point": _point(row),
            "theme": _cut(row.get("category", "").replace(",", ", "), 120),
            "proposer": _cut(row.get("proposer", ""), 120),
            "published_votes": _whole(row.get("votes")),
            "published_funded": {"0": False, "1": True, "2": True, "3": True}.get(row.get("selected", "")),
            "withdrawn_at": ends if code in task.withdrawn else None,
        }


def _point(row: Mapping[str, str]) -> str:
    try:
        return points.parse(f"{row.get('latitude', '')}, {row.get('longitude', '')}")
    except ValueError:
        return ""


def _store_ballots(pot_id: int, choices: Mapping[str, int], ballots: int, say: Say) -> None:
    """One row a ballot, numbered after sorting, in batches."""
    texts = (text for text, cast in sorted(choices.items()) for _ in range(cast))
    batch: list[dict[str, Any]] = []
    for n, text in enumerate(texts, start=1):
        batch.append({"pot_id": pot_id, "n": n, "choices": text})
        if len(batch) == BATCH or n == ballots:
            session().execute(insert(Ballot), batch)
            say(f"Storing ballots: {n:,} of {ballots:,}")
            batch = []


def _publish(round: Round, counts: list[Count], source: Source, now: datetime) -> None:
    note = f"Imported from {source.name[:200]} and counted by {counts[0].rule}."
    marks = tally.together(count.outcome_sha256 for count in counts)
    ids: list[Any] = [count.id for count in counts]
    version = Publication(
        round_id=round.id, version=1, counts_sha256=marks, count_ids=ids, note=note, published_at=now, published_by=None
    )
    session().add(version)
    session().flush()


def _delete(round: Round) -> None:
    """Take an imported round away whole. The journal keeps that it was there."""
    assert round.imported_from, "only imported rounds are ever deleted"
    pots = [pot.id for pot in round.pots]
    session().execute(delete(Ballot).where(Ballot.pot_id.in_(pots)))
    counts = select(Count.id).where(Count.round_id == round.id)
    session().execute(delete(Explanation).where(Explanation.count_id.in_(counts)))
    for table in (Count, Certification, Publication, CouncilDecision, CountingJob, Turnout, Project, PhaseDate, Pot):
        session().execute(delete(table).where(table.round_id == round.id))
    session().execute(delete(Round).where(Round.id == round.id))
    session().expire_all()


# -- words, numbers and dates of a file


def currency_of(meta: Mapping[str, str]) -> str:
    """Its three letters, or XXX (no currency) when the file gives none."""
    code = meta.get("currency", "").strip().upper()
    return code if re.fullmatch("[A-Z]{3}", code) else "XXX"


def dates_of(meta: Mapping[str, str]) -> tuple[datetime, datetime]:
    """When voting began and ended; a file that gives years gets the first and the last day."""
    begins = _date(meta.get("date_begin", ""), "01.01.") or datetime(1970, 1, 1, tzinfo=UTC)
    ends = _date(meta.get("date_end", ""), "31.12.") or begins
    return begins, max(ends, begins) + timedelta(hours=23)


def _date(text: str, day: str) -> datetime | None:
    text = text.strip()
    full = day + text if re.fullmatch(r"\d{4}", text) else text
    try:
        return datetime.strptime(full, "%d.%m.%Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _whole(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _place(source: Source) -> str:
    """Warszawa, Bielany 2024."""
    meta = source.meta
    names = [meta.get("unit", ""), meta.get("district", ""), meta.get("subunit", "")]
    place = ", ".join(dict.fromkeys(name for name in names if name)) or Path(source.name).stem
    return f"{place} {meta.get('instance', '')}".strip()


def _cut(text: str, longest: int) -> str:
    """Without control characters, on one line, at most `longest` characters."""
    clean = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    return clean if len(clean) <= longest else clean[: longest - 1].rstrip() + "…"


_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def _slug(words: str) -> str:
    """lodz-2022-baluty-doly."""
    plain = unicodedata.normalize("NFKD", words.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].rstrip("-") or "imported"


def _free_slug(wanted: str) -> str:
    taken = set(session().scalars(select(Round.slug).where(Round.slug.startswith(wanted, autoescape=True))))
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if slug not in taken)
