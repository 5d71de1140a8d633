"""Read the demo's proposals and what people say about them from `content/proposals` and `content/contributions`."""

from __future__ import annotations

from typing import get_args

from pb.demo.errors import ContentError
from pb.demo.reading import Days, Table, author, folded, one_of, pence, read_folder
from pb.demo.shapes import (
    Check,
    CheckResult,
    Contribution,
    ContributionKind,
    CostLine,
    DealLine,
    Proposal,
    ProposalStatus,
    Reply,
    ReplyKind,
)


def read_proposals(days: Days) -> tuple[Proposal, ...]:
    """Every proposal, file by file; each file names its round once at the top."""
    return tuple(
        _proposal(row, table["round"], days) for _, table in read_folder("proposals") for row in table["proposal"]
    )


def _proposal(row: Table, round_key: str, days: Days) -> Proposal:
    where = f"proposal {row['key']}"
    plain = ("key", "title", "where", "ward", "theme")
    return Proposal(
        **{name: row[name] for name in plain},
        **{name: folded(row.get(name, "")) for name in _TEXTS},
        round=round_key,
        code=row.get("code"),
        status=one_of(row.get("status", "on_ballot"), get_args(ProposalStatus), where),
        cost_lines=tuple(CostLine(what, pence(pounds)) for what, pounds in row.get("costs", [])),
        cost=pence(row.get("cost", 0)),
        running=pence(row.get("running", 0)),
        council_will=_deal(row.get("council_will", []), days),
        we_will=_deal(row.get("we_will", []), days),
        outcome_by=days.maybe(row.get("outcome_by")),
        proposer=author(row["by"]),
        submitted_on=days.maybe(row.get("submitted")),
        check=_check(row, where, days),
        merged_into=row.get("merged_into"),
        note=row.get("note"),
        appeal=row.get("appeal", 0.0),
    )


_TEXTS = ("summary", "what", "who_benefits", "already_here", "running_cost", "outcome", "risks")


def _deal(lines: list[list[str | int]], days: Days) -> tuple[DealLine, ...]:
    """Lines are `["words", days]`, or `["words"]` for what goes on as long as the project does."""
    return tuple(DealLine(str(line[0]), days.on(int(line[1])) if len(line) > 1 else None) for line in lines)


def _check(row: Table, where: str, days: Days) -> Check | None:
    if "check" not in row:
        return None
    result, role, offset, reason = row["check"]
    return Check(
        result=one_of(result, get_args(CheckResult), where),
        reason=folded(reason),
        officer_role=role,
        checked_on=days.on(offset),
        criterion=row.get("check_rule"),
    )


def read_contributions(days: Days) -> tuple[Contribution, ...]:
    """Every contribution: files hold one table a proposal, each a list of `[kind, author, days, words]`.

    A row whose kind is a kind of reply belongs to the contribution above it.
    """
    found: list[Contribution] = []
    for _, table in read_folder("contributions"):
        for key, body in table.items():
            found.extend(_threads(key, body["said"], days))
    return tuple(found)


def _threads(proposal: str, rows: list[list[str | int]], days: Days) -> list[Contribution]:
    threads: list[tuple[list[str | int], list[Reply]]] = []
    for row in rows:
        if row[0] in get_args(ReplyKind):
            _last(threads, proposal)[1].append(_reply(row, days))
        else:
            threads.append((row, []))
    return [_contribution(proposal, number, *thread, days) for number, thread in enumerate(threads, start=1)]


def _last(threads: list[tuple[list[str | int], list[Reply]]], proposal: str) -> tuple[list[str | int], list[Reply]]:
    if not threads:
        raise ContentError(f"contributions {proposal}", "the first row is a reply to nothing")
    return threads[-1]


def _reply(row: list[str | int], days: Days) -> Reply:
    kind, by, offset, text = row
    return Reply(
        one_of(str(kind), get_args(ReplyKind), str(text)), author(str(by)), folded(str(text)), days.on(int(offset))
    )


def _contribution(proposal: str, number: int, row: list[str | int], replies: list[Reply], days: Days) -> Contribution:
    kind, by, offset, text = row
    return Contribution(
        key=f"{proposal}-{number}",
        proposal=proposal,
        kind=one_of(str(kind), get_args(ContributionKind), f"contribution {proposal}-{number}"),
        author=author(str(by)),
        text=folded(str(text)),
        written_on=days.on(int(offset)),
        replies=tuple(replies),
    )
