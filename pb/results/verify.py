"""Check a pack on any machine: whole, signed, fixed before voting, counted again. Pure: no web, database or network.

`check` goes through the questions in order. The first two are about the file itself; if it fails there, nothing else in
it is believed.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pb.counting import RULES, Approval, CountingError, Election, Outcome, Project, count, loads_pb, tie_rule
from pb.results import packfile
from pb.results.ballot_text import ballots_sha256, canonical
from pb.results.packfile import BadPack, sha256

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Finding:
    """One question answered: `holds` is None where the pack holds nothing to check it with."""

    question: str
    holds: bool | None
    words: str


def check(content: bytes, trusted: bytes | None = None) -> list[Finding]:
    """Every question in order; stops after the first two if the file is not the one that was signed.

    trusted: the 32 bytes of the council's public key, where the reader has it from elsewhere
    """
    try:
        files = packfile.unzip(content)
        manifest = packfile.manifest_of(files, trusted)
    except BadPack as error:
        return [Finding("Is the pack whole and signed?", False, str(error))]
    key = packfile.fingerprint(packfile.key_in(files[packfile.KEY]))
    words = f"{len(files)} files, signed for {manifest.get('council')}, key {key}"
    return [Finding("Is the pack whole and signed?", True, words), *(_answer(q, ask, files) for q, ask in QUESTIONS)]


def _answer(question: str, ask: Callable[[Files], str | None], files: Files) -> Finding:
    """What `ask` says; None is "nothing to check", an exception is a no."""
    try:
        words = ask(files)
    except BadPack as error:
        return Finding(question, False, str(error))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, CountingError) as error:
        return Finding(question, False, f"the pack is not of the shape it should be ({type(error).__name__}: {error})")
    return Finding(question, None if words is None else True, words or "nothing in this pack to check it with")


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadPack(otherwise)


# -- the decision record


def _record(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["journal.jsonl"].decode().splitlines()]


def _facts(files: Files, kind: str) -> dict[str, Any] | None:
    found = [entry["facts"] for entry in _record(files) if entry["kind"] == kind]
    return found[-1] if found else None


def _record_holds(files: Files) -> str | None:
    """Each line gives its hash, and lines that follow each other are linked by it."""
    entries = 0
    before: tuple[int, str] | None = None
    for line in files["journal.jsonl"].decode().splitlines():
        entry = json.loads(line)
        seq = int(entry["seq"])
        _need(before is None or seq > before[0], f"entry {seq} is out of order")
        if before and before[0] == seq - 1:
            _need(entry["prev"] == before[1], f"entry {seq} does not follow entry {before[0]}: one was changed")
        before, entries = (seq, sha256(line.encode())), entries + 1
    return f"{entries} entries" if entries else None


def _rules_were_fixed(files: Files) -> str | None:
    """The configuration is the one whose hash was published before voting."""
    facts = _facts(files, "ballot.frozen")
    if facts is None:
        return None
    digest = sha256(files["config.json"])
    _need(facts["sha256"] == digest, "config.json is not the configuration that was published before voting")
    return f"rules and projects are those published before voting, SHA-256 {digest}"


def _lot_was_sealed(files: Files) -> str | None:
    """The lot that decided ties is the one whose hash was published before voting."""
    commitment = packfile.object_in(files, "config.json").get("ties")
    commitment = commitment.get("commitment") if isinstance(commitment, dict) else None
    if commitment is None:
        return None
    for pot in _pots(files):
        lot = pot["outcome"]["ties"].partition(":")[2]
        _need(sha256(lot.encode()) == commitment, "the lot for ties is not the one sealed before voting")
    return f"the lot for ties gives the hash published before voting, {commitment}"


def _box_adds_up(files: Files) -> str | None:
    """Receipts are those of the close, and as many as ballots opened and set aside."""
    closed, opened = _facts(files, "voting.closed"), _facts(files, "box.opened")
    if "receipts.txt" not in files or closed is None or opened is None:
        return None
    digest, receipts = sha256(files["receipts.txt"]), len(files["receipts.txt"].splitlines())
    _need(closed["receipts_sha256"] == digest, "receipts.txt is not the list published when voting closed")
    ballots = opened["opened"] + opened["set_aside"]
    _need(receipts == ballots, f"{receipts} receipts but {ballots} ballots came out of the box")
    most = max((pot["ballots"] for pot in _pots(files)), default=0)
    _need(most <= opened["opened"], f"{most} ballots were counted but only {opened['opened']} were good")
    return f"{receipts} receipts, {opened['opened']} ballots opened, {opened['set_aside']} set aside"


def _was_certified(files: Files) -> str | None:
    """Two different people certified exactly this result."""
    record = [entry for entry in _record(files) if entry["kind"] == "result.certified"]
    if not record and _facts(files, "round.imported") is not None:
        return None
    mark = packfile.object_in(files, "result.json")["counts_sha256"]
    people = {entry.get("actor") for entry in record if entry["facts"]["counts_sha256"] == mark}
    _need(len(people) >= 2, "this result was not certified by two different people")
    return "two different people certified this result"


# -- the count


def _pots(files: Files) -> list[dict[str, Any]]:
    return list(packfile.object_in(files, "result.json")["pots"])


def _result_is_one(files: Files) -> str | None:
    """The hash that people certified is over the outcomes of all pots."""
    result = packfile.object_in(files, "result.json")
    mark = sha256("\n".join(pot["outcome_sha256"] for pot in _pots(files)).encode())
    _need(result["counts_sha256"] == mark, "the hash of the result is not over its pots")
    for pot, given in zip(_pots(files), _amounts(files), strict=True):
        _need(pot["pence"] == given, f"{pot['name']}: the pot is not the one fixed before voting")
        if pot["outcome_is_whole"]:
            digest = sha256(_outcome(pot).canonical())
            _need(digest == pot["outcome_sha256"], f"{pot['name']}: the outcome does not give its hash")
    return f"SHA-256 {mark}"


def _amounts(files: Files) -> list[int]:
    pots = packfile.object_in(files, "config.json")["pots"]
    return [pot["pence"] if "pence" in pot else pot["amount"] for pot in pots]


def _outcome(pot: Mapping[str, Any]) -> Outcome:
    return Outcome.from_json(pot["outcome"])


def _counts_again(files: Files) -> str | None:
    """Count every pot whose ballots (or, by most votes, totals) are here, and compare the bytes."""
    said = list(_count_pots(files))
    return "; ".join(said) if said else None


def _count_pots(files: Files) -> Iterator[str]:
    kind = packfile.object_in(files, "result.json")["kind"]
    for pot in _pots(files):
        if pot["ballots_file"]:
            election = _from_ballots(files, pot)
        elif pot["ballots_withheld"] == "totals_are_enough" and kind in ("approval", "knapsack"):
            election = _from_totals(files, pot)
        else:
            continue
        completion = pot["completion"] if RULES[pot["rule"]].completions else None
        ties = tie_rule(pot["outcome"]["ties"])
        again = count(election, rule=pot["rule"], ties=ties, completion=completion)
        _need(sha256(again.canonical()) == pot["outcome_sha256"], f"{pot['name']}: counting again gives another result")
        yield f"{pot['name']}: {pot['ballots']} ballots counted again, {len(again.funded)} funded, the same to the byte"


def _from_ballots(files: Files, pot: Mapping[str, Any]) -> Election:
    file = loads_pb(files[pot["ballots_file"]].decode()).election
    choices = {canonical(ballot): cast for ballot, cast in file.groups()}
    _need(
        ballots_sha256(choices) == pot["ballots_sha256"], f"{pot['name']}: the ballots are not those that were counted"
    )
    length = file.ballot_length
    return _election(files, pot, [*file.groups()], ballot_length=length)


def _from_totals(files: Files, pot: Mapping[str, Any]) -> Election:
    """As many ballots for each single project as picked it: the same totals, hence the same result."""
    ballots = [(Approval({row["code"]}), int(row["picks"])) for row in _rows(files, pot) if int(row["picks"])]
    return _election(files, pot, ballots)


def _election(files: Files, pot: Mapping[str, Any], ballots: list[Any], **options: Any) -> Election:
    rows = _rows(files, pot)
    config = packfile.object_in(files, "config.json")
    options |= {name: config[name] for name in ("minimum_score", "conflicts") if config.get(name)}
    projects = [Project(row["code"], int(row["pence"])) for row in rows]
    withdrawn = [row["code"] for row in rows if row["withdrawn"] == "true"]
    return Election(projects, ballots, pot["pence"], withdrawn=withdrawn, **options)


def _rows(files: Files, pot: Mapping[str, Any]) -> list[dict[str, str]]:
    """The pot's projects by code, with the guard against formulas taken off."""
    table = csv.DictReader(io.StringIO(files["projects.csv"].decode(), newline=""))
    mine = [row for row in table if row["pot"] == str(pot["number"])]
    return sorted(({**row, "code": _plain(row["code"])} for row in mine), key=lambda row: row["code"])


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell


def _costs_were_fixed(files: Files) -> str | None:
    """Projects and costs are those fixed before voting."""
    frozen = packfile.object_in(files, "config.json")["projects"]
    promised = {line["code"]: line["pence"] if "pence" in line else line["cost"] for line in frozen}
    listed = {row["code"]: int(row["pence"]) for pot in _pots(files) for row in _rows(files, pot)}
    _need(promised == listed, "projects.csv holds other projects or costs than config.json")
    return f"{len(listed)} projects at the costs people voted on"


QUESTIONS: tuple[tuple[str, Callable[[Files], str | None]], ...] = (
    ("Does the decision record hold together?", _record_holds),
    ("Were the rules fixed before voting?", _rules_were_fixed),
    ("Are projects and costs those that people voted on?", _costs_were_fixed),
    ("Was the order for ties fixed before voting?", _lot_was_sealed),
    ("Do receipts and ballots add up?", _box_adds_up),
    ("Did two people certify this result?", _was_certified),
    ("Is the result the one that was certified?", _result_is_one),
    ("Does counting again give the same result?", _counts_again),
)
