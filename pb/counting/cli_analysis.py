"""Looking at outcomes from the command line: `compare` rules, check `axioms`, and what would have changed a result.

`pb.counting.cli` loads this only when it is asked for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pb.counting.axioms import Axioms, axioms, to_json
from pb.counting.explain import ABOUT_NUMBERS, explain
from pb.counting.metrics import USUAL, Column, Metrics, Slice, Variant, compare, spread
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.pabulib import PabulibFile, read
from pb.counting.pabulib_write import money
from pb.counting.priceability import NoPrices, Prices
from pb.counting.ties import tie_rule

USAGE = 2
SPREAD_COLUMNS = ("category", "subunit", "district", "neighborhood")


# -- explain


def print_changes(election: Election, outcome: Outcome, project: str) -> None:
    """Beside the reason: how much of its cost its supporters could bring, and what would have changed the outcome."""
    found = explain(election, outcome, project)
    if found.effective_support is not None:
        print(f"  effective support {float(found.effective_support):.0%}")
    if found.reason is None:
        for winner, amount in found.went_to:
            print(f"  its supporters paid {money(amount, outcome.minor_units)} for {winner}")
    elif found.extra_supporters or found.largest_cost:
        ways = [f"with {found.extra_supporters.amount} more supporters"] if found.extra_supporters else []
        if found.largest_cost:
            ways.append(f"at a cost of {money(found.largest_cost.amount, outcome.minor_units)}")
        print(f"  would be funded {' or '.join(ways)}")
    elif found.reason in ABOUT_NUMBERS:
        print("  no number of supporters and no cost was found with which it would be funded")


# -- compare


def compare_rules(options: argparse.Namespace) -> int:
    file = read(options.file)
    chosen = [_variant(text) for text in options.rule] if options.rule else USUAL
    columns = compare(file.election, chosen, ties=tie_rule(options.ties))
    column, groups = grouping(file)
    spreads = {c.label: spread(file.election, c.outcome.funded, groups) for c in columns if c.outcome and groups}
    if options.json:
        print(json.dumps(_compare_json(columns, column, spreads), ensure_ascii=False))
        return 0
    counted = [c for c in columns if c.metrics]
    for line in _table(counted, file.election.minor_units):
        print(line)
    for c in columns:
        if c.problem:
            print(f"{c.label}: {c.problem}")
    if groups and counted:
        print(f"\nmoney by {column} (in brackets: part of all picks)")
        for line in _spread_table([(c.label, spreads[c.label]) for c in counted]):
            print(line)
    return 0


def _variant(text: str) -> Variant:
    rule, _, completion = text.partition(":")
    return Variant(rule, completion or None)


def grouping(file: PabulibFile) -> tuple[str, dict[str, list[str]]]:
    """The first column of the file that puts projects in categories or places, and project id → its groups in it."""
    for column in SPREAD_COLUMNS:
        groups = {
            project: [part.strip() for part in row.get(column, "").split(",") if part.strip()]
            for project, row in file.projects.items()
        }
        if any(groups.values()):
            return column, groups
    return "", {}


def _compare_json(columns: Sequence[Column], column: str, spreads: dict[str, tuple[Slice, ...]]) -> dict[str, Any]:
    return {
        "rules": [
            {
                "label": c.label,
                "problem": c.problem or None,
                "funded": list(c.outcome.funded) if c.outcome else None,
                "metrics": c.metrics.to_json() if c.metrics else None,
                column or "groups": [_slice(s) for s in spreads.get(c.label, ())],
            }
            for c in columns
        ]
    }


def _slice(one: Slice) -> dict[str, Any]:
    return {"name": one.name, "funded": one.funded, "picks": str(one.picks), "money": str(one.money)}


def _rows(minor_units: int) -> list[tuple[str, Callable[[Metrics], str]]]:
    def amount(minor: Any) -> str:
        return "-" if minor is None else money(int(minor), minor_units)

    return [
        ("projects funded", lambda m: str(m.funded)),
        ("money spent", lambda m: amount(m.spent)),
        ("people with a pick funded", lambda m: str(m.with_any)),
        ("picks funded per person", lambda m: f"{float(m.average_picks):.2f}"),
        ("people with none", lambda m: f"{m.with_none} ({float(m.exclusion_ratio):.1%})"),
        ("pot on a person's picks", lambda m: f"{float(m.approved_money):.1%}"),
        ("inequality (Gini)", lambda m: f"{float(m.gini):.3f}"),
        ("cheapest", lambda m: amount(m.cheapest)),
        ("dearest", lambda m: amount(m.dearest)),
        ("average cost", lambda m: amount(m.average_cost)),
    ]


def _table(columns: Sequence[Column], minor_units: int) -> list[str]:
    heads = ["", *(c.label for c in columns)]
    body = [[name, *(show(c.metrics) for c in columns if c.metrics)] for name, show in _rows(minor_units)]
    return _aligned([heads, *body])


def _spread_table(spreads: Sequence[tuple[str, tuple[Slice, ...]]]) -> list[str]:
    rows = [["", *(label for label, _ in spreads)]]
    for slices in zip(*(slices for _, slices in spreads), strict=True):
        rows.append([f"{slices[0].name} ({float(slices[0].picks):.1%})", *(f"{float(s.money):.1%}" for s in slices)])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]


# -- axioms


def check_axioms(options: argparse.Namespace) -> int:
    file = read(options.file)
    funded = [part.strip() for part in options.funded.split(",") if part.strip()]
    if unknown := [project for project in funded if project not in file.projects]:
        print(f"{options.file}:0: no project has the id {unknown[0]!r}", file=sys.stderr)
        return USAGE
    found = axioms(file.election, funded, utility=options.utility)
    if options.json:
        print(json.dumps(to_json(found), ensure_ascii=False))
    else:
        _print_axioms(found, file.election)
    return 0


ANSWERS = {True: "yes", False: "no", None: "not decided"}


def _print_axioms(found: Axioms, election: Election) -> None:
    for name, holds in found.summary().items():
        print(f"{name}: {ANSWERS[holds]}")
        for line in _because(name, found, election):
            print(f"  {line}")


def _because(name: str, found: Axioms, election: Election) -> list[str]:
    def amount(minor: Any) -> str:
        return money(int(minor), election.minor_units)

    if name == "feasible":
        over = [f"costs {amount(found.over_budget)} more than the pot"] if found.over_budget else []
        return over + [f"{project} may not be funded" for project in found.forbidden]
    if name == "exhaustive":
        return [f"{project} would still fit" for project in found.could_add]
    if name == "priceable":
        return _prices(found.prices, amount)
    if name == "core":
        return [
            f"{d.voters} people could pay {amount(d.cost)} for {', '.join(d.projects)} and would all be better off"
            for d in found.core_deviation or ()
        ]
    violations = found.ejr_plus_any if name == "EJR+ up to any" else found.ejr_plus_one
    return [
        f"{v.project} ({amount(v.cost)}): {v.voters} of its supporters are entitled to {amount(v.entitled)}"
        f" together, and none received more than {v.received}"
        for v in violations
    ]


def _prices(prices: Prices | NoPrices | None, amount: Callable[[Any], str]) -> list[str]:
    if isinstance(prices, Prices):
        return [f"with {amount(prices.endowment)} for everybody, paid as in {prices.payments}"]
    if isinstance(prices, NoPrices):
        needs = f"to pay for {', '.join(prices.needs)}" if prices.needs else "as the equal part of the pot"
        return [
            f"everybody needs {amount(prices.least)} {needs}; the supporters of {prices.loser} would have its cost left"
        ]
    return []
