"""The command line: recount a `.pb` file without any web code.

Exit codes: 0 done; 2 wrong usage; 3 the file cannot be counted (then `file:line: what is wrong` on standard error).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from pb.counting.errors import CountingError, ParseError, RuleDoesNotApply, UnknownRule
from pb.counting.outcome import Outcome
from pb.counting.pabulib import PabulibFile, read
from pb.counting.pabulib_write import money
from pb.counting.rules import RULES, count
from pb.counting.ties import tie_rule

USAGE, UNCOUNTABLE = 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ParseError as error:
        return _fail(str(error), UNCOUNTABLE)
    except (UnknownRule, RuleDoesNotApply) as error:
        return _fail(str(error), USAGE)
    except CountingError as error:
        return _fail(f"{options.file}:0: {error}", UNCOUNTABLE)
    except OSError as error:
        return _fail(f"{options.file}:0: {error.strerror}", UNCOUNTABLE)


def _fail(problem: str, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pb.counting", description="Count participatory-budgeting elections."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    recount = commands.add_parser("recount", help="count a .pb file by one rule")
    recount.add_argument("file", metavar="FILE.pb")
    recount.add_argument("--rule", default="equal-shares", help=", ".join(RULES))
    recount.add_argument("--completion", help="for equal-shares: what to do with the money left over")
    recount.add_argument("--utility", help="for equal-shares: what a funded project is worth to its supporter")
    recount.add_argument("--ties", default="lexicographic", help="tie rule; a lot as votes_lot:COMMITMENT")
    recount.add_argument("--json", action="store_true", help="print one JSON object")
    recount.add_argument("--steps", action="store_true", help="print every decision")
    recount.add_argument("--explain", metavar="ID", help="say why this project was funded or not")
    recount.set_defaults(run=_recount)
    return parser


def _recount(options: argparse.Namespace) -> int:
    started = time.process_time()
    file = read(options.file)
    election = file.election
    if options.rule == "greedy-threshold":
        election = election.replace(minimum_score=file.minimum_score)
    ties = tie_rule(options.ties)
    outcome = count(election, rule=options.rule, ties=ties, completion=options.completion, utility=options.utility)
    seconds = time.process_time() - started
    if options.json:
        print(json.dumps(_summary(outcome, seconds), ensure_ascii=False))
    else:
        _print(outcome, file)
    if options.steps:
        for step in outcome.steps:
            print(f"{step.number:4d} {step.action:8s} {step.project} {money(step.cost, outcome.minor_units)}")
    return 0


def _summary(outcome: Outcome, seconds: float) -> dict[str, Any]:
    endowment = outcome.endowment
    in_units = None if endowment is None else endowment / outcome.minor_units
    return {
        "rule": outcome.rule,
        "completion": None,
        "utility": None,
        **dict(outcome.parameters),
        "ties": outcome.ties,
        "budget": money(outcome.budget_limit, outcome.minor_units),
        "spent": money(outcome.spent, outcome.minor_units),
        "funded": list(outcome.funded),
        "endowment": None if in_units is None else f"{in_units.numerator}/{in_units.denominator}",
        "ties_met": [{"step": t.step, "among": list(t.among), "chosen": t.chosen} for t in outcome.ties_met],
        "seconds": round(seconds, 3),
    }


def _print(outcome: Outcome, file: PabulibFile) -> None:
    spent, budget = (money(amount, outcome.minor_units) for amount in (outcome.spent, outcome.budget_limit))
    print(f"{len(outcome.funded)} projects funded, {spent} of {budget} spent")
    for project in outcome.funded:
        print(f"  {project}  {file.projects[project]['cost']}  {file.projects[project].get('name', '')}")
