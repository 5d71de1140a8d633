"""Read the demo's log, "You said, we did, together", from `content/log.toml`."""

from __future__ import annotations

from typing import get_args

from pb.demo.reading import Days, Table, folded, one_of, pence, read_toml
from pb.demo.shapes import Confirmations, DealState, Deed, LogEntry, LogMoney, LogStatus, LogUpdate, Said


def read_log(days: Days) -> tuple[LogEntry, ...]:
    """Every entry, oldest number first."""
    return tuple(_entry(row, days) for row in read_toml("log.toml").get("entry", []))


def _entry(row: Table, days: Days) -> LogEntry:
    opened_on = days.on(row["opened"])
    where = f"log {row['number']}"
    words: Table = {name: row[name] for name in ("project", "title", "question", "set_by", "answers_to", "councillor")}
    optional: Table = {name: folded(row[name]) if name in row else None for name in _OPTIONAL_TEXTS}
    return LogEntry(
        **words,
        **optional,
        slug=f"{opened_on.year}-{row['number']:03d}",
        round=row.get("round", "finished"),
        lead_officer_role=row["lead"],
        asked_on=days.on(row["asked"]),
        you_said=tuple(_said(line) for line in row["you_said"]),
        disagreed=_said(row["disagreed"]) if "disagreed" in row else None,
        council_did=_deeds(row.get("council_did", []), days),
        residents_did=_deeds(row.get("residents_did", []), days),
        partners_did=_deeds(row.get("partners_did", []), days),
        deal=tuple(DealState(text, side, state) for side, state, text in row["deal"]),
        money=_money(row["money"], days),
        status=one_of(row["status"], get_args(LogStatus), where),
        opened_on=opened_on,
        updated_on=days.on(row["updated"]),
        was_due=days.maybe(row.get("was_due")),
        next_by=days.maybe(row.get("next_by")),
        updates=tuple(_update(line, where, days) for line in row["updates"]),
        confirmations=Confirmations(*row["confirmations"]) if "confirmations" in row else None,
    )


_OPTIONAL_TEXTS = ("next_step", "outcome_result", "what_we_learned", "what_you_can_do")


def _said(line: list[str]) -> Said:
    return Said(line[0], tuple(line[1:]))


def _deeds(lines: list[list[str | int]], days: Days) -> tuple[Deed, ...]:
    return tuple(
        Deed(str(what), str(who), days.on(int(offset)), str(evidence)) for what, who, offset, evidence in lines
    )


def _money(row: Table, days: Days) -> LogMoney:
    return LogMoney(
        budgeted=pence(row["budgeted"]),
        committed=pence(row["committed"]),
        paid=pence(row["paid"]),
        as_of=days.on(row["as_of"]),
        other=row.get("other"),
    )


def _update(line: list[str | int], where: str, days: Days) -> LogUpdate:
    offset, status, role, text = line
    return LogUpdate(
        days.on(int(offset)), one_of(str(status), get_args(LogStatus), where), folded(str(text)), str(role)
    )
