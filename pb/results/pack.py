"""The pack of one published version: everything anybody needs to count again, as one signed zip.

Its bytes follow from the published rows alone. Nothing in it tells of a person: no times of votes, no order of casting,
no ward or channel of a ballot; receipts are sorted, ballots are sorted and then numbered.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nacl.signing import SigningKey
from sqlalchemy import select

from pb.core.db import session
from pb.journal.queries import journal_of
from pb.journal.service import canonical
from pb.results import errors, packfile, queries, secrecy, service, tally
from pb.results.exports import safe_cell
from pb.results.models import Count, Publication
from pb.results.pb_file import PbFile, pb_file, recount_command
from pb.results.report import report
from pb.rounds.models import Project, Round
from pb.voting.models import ReceiptInBox

METHOD = Path(__file__).with_name("METHOD.md")
PROJECT_COLUMNS = ("pot", "code", "title", "pence", "picks", "points", "funded", "withdrawn")


@dataclass(frozen=True)
class Issuer:
    """Who publishes: the council's name, the address of this site, its time zone, its signing key."""

    council: str
    site: str
    zone: ZoneInfo
    key: SigningKey


@dataclass(frozen=True)
class PotInPack:
    """One pot of a published version. `file` is the name of its ballots; None where `withheld` says why."""

    number: int
    count: Count
    projects: Sequence[Project]
    withheld: secrecy.Withheld | None

    @property
    def file(self) -> str | None:
        return None if self.withheld else f"pot-{self.number}.pb"

    def command(self, folder: str = "", program: str = "python -m pb.counting") -> str | None:
        """What counts its ballots again, with the file in `folder`."""
        return recount_command(f"{folder}{self.file}", self.count, program) if self.file else None


def pots_of(round: Round, publication: Publication) -> list[PotInPack]:
    """The pots of a published version, numbered in their order from 1. Reads no ballots."""
    return pots_with(round, queries.counts_of(publication))


def pots_with(round: Round, counts: Sequence[Count]) -> list[PotInPack]:
    """The same of counts that are not published yet, one a pot."""
    projects = sorted(queries.projects_of(round.id), key=lambda project: project.code)
    return [
        PotInPack(
            number,
            count,
            [project for project in projects if project.pot_id == count.pot_id],
            secrecy.withheld(count.ballots, count.rule, is_imported=round.imported_from is not None),
        )
        for number, count in enumerate(counts, start=1)
    ]


def tasks_of(round: Round) -> dict[int, tally.Task]:
    """What was counted, by pot id, read from the box: the only place with ballots in it."""
    return {task.pot_id: task for task in queries.tasks_of(round, service.ties_of(round))}


def pack_of(round: Round, publication: Publication, files: Mapping[str, bytes], issuer: Issuer) -> bytes:
    """The signed zip of these contents. Its SHA-256 is the same wherever it is made from the same rows."""
    facts = {
        "council": issuer.council,
        "round": round.slug,
        "version": publication.version,
        "published_at": publication.published_at.isoformat(),
        "site": issuer.site,
    }
    return packfile.sign(files, facts, issuer.key)


def contents_of(
    round: Round, publication: Publication, pots: Sequence[PotInPack], ballots: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The files of the pack by name, before signing. ballots: the `.pb` files by name."""
    receipts = {} if round.imported_from else {"receipts.txt": _lines(receipts_of(round.id))}
    files = {
        "config.json": round.frozen_json or "{}",
        "projects.csv": projects_csv(pots),
        "journal.jsonl": _lines(map(canonical, journal_of(round.id))),
        "result.json": packfile.json_text(result_of(round, publication, pots)),
        "METHOD.md": method(pots),
    }
    return {**ballots, **{name: text.encode() for name, text in (receipts | files).items()}}


def pb_file_of(round: Round, pot: PotInPack, task: tally.Task, issuer: Issuer) -> PbFile:
    """What the file of a pot's ballots is made of.

    Raises: BallotsDiffer when the ballots are no longer those that were counted
    """
    if tally.ballots_sha256(task.choices) != pot.count.ballots_sha256:
        raise errors.BallotsDiffer
    return pb_file(round, pot.count, task, pot.projects, council=issuer.council, zone=issuer.zone)


def _lines(lines: Any) -> str:
    return "".join(f"{line}\n" for line in lines)


# -- who had a vote in the box


def receipts_of(round_id: int) -> list[str]:
    """Every receipt that was in the box, sorted as text whatever the database's language."""
    return sorted(session().scalars(select(ReceiptInBox.receipt).where(ReceiptInBox.round_id == round_id)))


# -- the result


def result_of(round: Round, publication: Publication, pots: Sequence[PotInPack]) -> dict[str, Any]:
    """What was counted, from what, and what came out."""
    return {
        "round": round.slug,
        "title": round.title,
        "currency": round.currency,
        "version": publication.version,
        "correction": publication.note,
        "counts_sha256": publication.counts_sha256,
        "kind": round.ballot_kind,
        "pots": [_pot_result(pot) for pot in pots],
    }


def _pot_result(pot: PotInPack) -> dict[str, Any]:
    count = pot.count
    outcome = json.loads(count.outcome_json)
    is_whole = secrecy.shows_sums(pot.withheld, count.rule)
    return {
        "number": pot.number,
        "name": count.pot.name,
        "pence": count.pot.amount,
        "rule": count.rule,
        "completion": count.completion,
        "engine": count.engine,
        "ballots": count.ballots,
        "ballots_sha256": secrecy.shown_hash(count.ballots_sha256, pot.withheld),
        "ballots_file": pot.file,
        "ballots_withheld": pot.withheld and pot.withheld.value,
        "outcome_sha256": count.outcome_sha256,
        "outcome_is_whole": is_whole,
        "outcome": outcome if is_whole else secrecy.totals_only(outcome),
    }


def projects_csv(pots: Sequence[PotInPack]) -> str:
    """Every project with its cost and totals, pot by pot, by code."""
    text = io.StringIO()
    table = csv.DictWriter(text, PROJECT_COLUMNS, lineterminator="\n")
    table.writeheader()
    for pot in pots:
        for line in sorted(report(pot.count, pot.projects).lines, key=lambda line: line.code):
            row = {
                "pot": pot.number,
                "code": line.code,
                "title": line.project.title,
                "pence": line.project.cost,
                "picks": line.support,
                "points": line.score,
                "funded": line.is_funded,
                "withdrawn": line.project.withdrawn_at is not None,
            }
            table.writerow({name: safe_cell(value) for name, value in row.items()})
    return text.getvalue()


def method(pots: Sequence[PotInPack]) -> str:
    """What is in the pack and how to check it, with the commands that are true for this round."""
    commands = "\n    ".join(command for pot in pots if (command := pot.command()))
    return METHOD.read_text(encoding="utf-8").replace("{commands}", commands or "(no ballots are in this pack)")
