"""The results as CSV and JSON. Cells that a spreadsheet could run as a formula are made harmless."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pb.core.clock import council_zone
from pb.results import sentences
from pb.results.comparison import Column, PotComparison
from pb.results.page import Results
from pb.results.report import Line, PotReport
from pb.results.story import Story

COLUMNS = (
    "round", "pot", "code", "title", "cost", "currency", "picks", "points", "funded", "order_of_funding", "reason_code",
    "money_available", "money_left", "rule", "completion", "published_funded", "council_decision",
    "decision_date", "version",
)  # fmt: skip


BOM = "\ufeff"
"""In front of tables for spreadsheets, which read ŵ and £ wrongly without it. Files for programs have none."""
FORMULA = re.compile(r"(?:^|(?<=[;,|\t\r\n\"]))(?=[=+\-@\t\r＝＋－＠])")


def csv_of(results: Results) -> str:
    """RFC 4180, UTF-8, one header line; amounts in whole units with two decimals."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for row in _rows(results):
        table.writerow({name: safe_cell(value) for name, value in row.items()})
    return text.getvalue()


def json_of(results: Results) -> str:
    whole = results.whole
    publication = results.publication
    data = {
        "round": results.round.slug,
        "title": results.round.title,
        "version": results.version,
        "published_at": publication.published_at.isoformat() if publication else None,
        "currency": results.round.currency,
        "voters": whole.voters,
        "pot": _amount(whole.amount),
        "spent": _amount(whole.spent),
        "left": _amount(whole.left),
        "counts": [_count(pot) for pot in whole.pots],
        "projects": _rows(results),
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


STEP_COLUMNS = ("pot", "number", "action", "code", "title", "supporters", "each_paid_at_most", "cost", "left_in_pot")


def steps_csv(results: Results) -> str:
    """Every decision of the count, one a row; amounts in whole units with two decimals."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(STEP_COLUMNS)
    for pot in results.whole.pots:
        for step in pot.outcome.steps:
            share = None if step.share is None else _amount(int(step.share))
            row = (pot.pot.name, step.number, step.action, step.project, pot.titles[step.project], step.support)
            table.writerow([safe_cell(cell) for cell in (*row, share, _amount(step.cost), _amount(step.remaining))])
    return text.getvalue()


def steps_json(results: Results, exact: Mapping[tuple[int, str], str | None]) -> str:
    """Every decision for an expert: amounts in pence, shares as exact fractions "p/q" of a penny.

    exact: (id of the count, code) → the exact share, where a study has worked it out
    """
    data = {
        "round": results.round.slug,
        "version": results.version,
        "currency": results.round.currency,
        "pots": [_exact_steps(pot, exact) for pot in results.whole.pots],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def _exact_steps(pot: PotReport, exact: Mapping[tuple[int, str], str | None]) -> dict[str, Any]:
    outcome = public_outcome(pot)
    steps = outcome["steps"]
    for step in steps:
        step["share_to_a_millionth"], step["share"] = step["share"], exact.get((pot.count.id, step["project"]))
    kept = ("rule", "parameters", "ties", "budget_limit", "minor_units", "endowment", "spent", "remaining", "ties_met")
    return {"pot": pot.pot.name, **{name: outcome[name] for name in kept}, "steps": steps}


def comparison_json(results: Results, pots: Sequence[PotComparison]) -> str:
    """The facts of every way to count, in pence and people; a number of people that could name them is null."""
    data = {
        "round": results.round.slug,
        "version": results.version,
        "currency": results.round.currency,
        "pots": [{"pot": pot.report.pot.name, "ways": [_way(column) for column in pot.columns]} for pot in pots],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def why_json(results: Results, report: PotReport, line: Line, told: Story) -> str:
    """One project: the reason with its numbers, what would have changed it, what other ways would have done."""
    lost = line.lost
    data = _row(results, report, line) | {
        "because": sentences.because(line, report, results.say),
        "decided_in_step": lost.after if lost else line.step and line.step.number,
        "shares_went_to": [{"code": code, "amount": _amount(paid)} for code, paid in report.rivals_told(line)],
        "what_would_have_changed_it": told.change or None,
        "beyond_the_money_missing": told.beyond or None,
        "other_ways": [{"name": way.name, "funded": way.is_funded} for way in told.ways],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def _way(column: Column) -> dict[str, Any]:
    facts, groups = column.facts, column.facts["left_short"]
    having, without = column.reached or (None, None)
    return {
        "rule": column.way.rule,
        "completion": column.way.completion,
        "is_official": column.is_official,
        "funded": facts["codes"],
        "spent": facts["spent"],
        "people_with_a_funded_pick": having,
        "people_with_none": without,
        "average_funded_picks": facts["average_picks"],
        "wards": facts["wards"],
        "themes": facts["themes"],
        "cheapest": facts["cheapest"],
        "dearest": facts["dearest"],
        "left_short": None if groups is None else [group["project"] for group in groups],
    }


def _count(pot: PotReport) -> dict[str, Any]:
    count = pot.count
    return {
        "pot": pot.pot.name,
        "rule": count.rule,
        "completion": count.completion,
        "ties": pot.outcome.ties,
        "ballots": count.ballots,
        # Of a few ballots somebody could try all until the hash fits.
        "ballots_sha256": None if pot.hides_few else count.ballots_sha256,
        "outcome_sha256": count.outcome_sha256,
        "outcome_is_whole": not pot.hides_few,
        "outcome": public_outcome(pot),
    }


def public_outcome(pot: PotReport) -> dict[str, Any]:
    """The outcome as data; of a pot whose ballots are too few to publish, without what tells of a handful of people."""
    outcome = pot.outcome.to_json()
    if not pot.hides_few:
        return outcome
    for step in outcome["steps"]:
        del step["spent_up"]
    for loser in outcome["not_funded"]:
        line = pot.line(loser["project"])
        loser["rivals"] = [list(rival) for rival in pot.rivals_told(line)] if line else []
        loser["available"] = loser["available"] if line and line.left is not None else None
    return outcome


def _rows(results: Results) -> list[dict[str, Any]]:
    return [_row(results, pot, line) for pot in results.whole.pots for line in pot.lines]


def _row(results: Results, pot: PotReport, line: Line) -> dict[str, Any]:
    lost, decided = line.lost, results.decided_of(line.project.id)
    return {
        "round": results.round.slug,
        "pot": pot.pot.name,
        "code": line.code,
        "title": line.project.title,
        "cost": _amount(line.project.cost),
        "currency": results.round.currency,
        "picks": line.support,
        "points": line.score,
        "funded": line.is_funded,
        "order_of_funding": line.place if line.is_funded else None,
        "reason_code": lost.reason if lost else "funded",
        "money_available": _amount(lost.available) if lost and line.left is not None else None,
        "money_left": _amount(line.left) if line.ended else None,
        "rule": pot.count.rule,
        "completion": pot.count.completion,
        "published_funded": line.project.published_funded,
        "council_decision": decided and decided.word,
        "decision_date": decided and decided.decided_at.astimezone(council_zone()).date().isoformat(),
        "version": results.version,
    }


def _amount(pence: int | None) -> str | None:
    return None if pence is None else f"{pence // 100}.{pence % 100:02d}"


def safe_cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; None is an empty cell.

    So does what follows a separator of other countries: a comma file is split there at semicolons.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return FORMULA.sub("'", value) if isinstance(value, str) else value
