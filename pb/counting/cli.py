"""The command line: recount a `.pb` file without any web code.

Exit codes: 0 done; 2 wrong usage; 3 the file cannot be counted (then `file:line: what is wrong` on standard error).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pb.counting.errors import CountingError, ParseError, RuleDoesNotApply, UnknownRule
from pb.counting.outcome import Outcome
from pb.counting.pabulib import PabulibFile, read
from pb.counting.pabulib_write import money
from pb.counting.rules import RULES, count
from pb.counting.ties import tie_rule

USAGE, UNCOUNTABLE = 2, 3
SECONDS_OF_SILENCE = 2


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
    checks = commands.add_parser("check", help="report everything wrong or odd in a .pb file, line by line")
    checks.add_argument("file", metavar="FILE.pb")
    checks.set_defaults(run=_check)
    _add_analysis(commands)
    return parser


def _add_analysis(commands: Any) -> None:
    side = commands.add_parser("compare", help="count by several rules and show what each means for people")
    side.add_argument("file", metavar="FILE.pb")
    side.add_argument(
        "--rule", action="append", metavar="NAME[:COMPLETION]", help="instead of the usual rules; may be repeated"
    )
    side.add_argument("--ties", default="lexicographic", help="tie rule; a lot as votes_lot:COMMITMENT")
    side.add_argument("--json", action="store_true", help="print one JSON object")
    side.set_defaults(run=_compare)
    checked = commands.add_parser("axioms", help="check an outcome: feasible, exhaustive, proportional, priceable")
    checked.add_argument("file", metavar="FILE.pb")
    checked.add_argument("--funded", required=True, metavar="IDS", help="ids of the funded projects, by commas")
    checked.add_argument("--utility", help="what a funded project is worth to its supporter, as for equal-shares")
    checked.add_argument("--json", action="store_true", help="print one JSON object")
    checked.set_defaults(run=_axioms)


# What only some commands need is imported by them: a recount of a town takes no longer than starting all of it.


def _compare(options: argparse.Namespace) -> int:
    from pb.counting.cli_analysis import compare_rules

    return compare_rules(options)


def _axioms(options: argparse.Namespace) -> int:
    from pb.counting.cli_analysis import check_axioms

    return check_axioms(options)


def _check(options: argparse.Namespace) -> int:
    from pb.counting.pabulib_check import check

    found = check(options.file)
    for finding in found:
        print(f"{options.file}:{finding.line}: {finding.level}: {finding.problem}")
    errors = sum(finding.level == "error" for finding in found)
    print(f"{errors} errors, {len(found) - errors} warnings")
    return UNCOUNTABLE if errors else 0


def _recount(options: argparse.Namespace) -> int:
    started = time.process_time()
    file = read(options.file)
    if options.explain is not None and options.explain not in file.projects:
        return _fail(f"{options.file}:0: no project has the id {options.explain!r}", USAGE)
    election = file.election
    if options.rule == "greedy-threshold":
        election = election.replace(minimum_score=file.minimum_score)
    outcome = count(
        election,
        rule=options.rule,
        ties=tie_rule(options.ties),
        completion=options.completion,
        utility=options.utility,
        progress=Progress(election.minor_units),
    )
    seconds = time.process_time() - started
    if options.json:
        print(json.dumps(_summary(outcome, seconds), ensure_ascii=False))
    else:
        _print(outcome, file)
    if options.steps:
        _print_steps(outcome)
    if options.explain is not None:
        from pb.counting.cli_analysis import print_changes

        _explain(outcome, options.explain)
        print_changes(election, outcome, options.explain)
    return 0


class Progress:
    """Says on standard error, at most every two seconds, how far a long count has come."""

    def __init__(self, minor_units: int) -> None:
        self.minor_units, self.last = minor_units, time.monotonic()

    def __call__(self, endowment: Fraction) -> None:
        if time.monotonic() - self.last > SECONDS_OF_SILENCE:
            self.last = time.monotonic()
            print(f"trying shares of {float(endowment / self.minor_units):.2f} per voter", file=sys.stderr)


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


def _print_steps(outcome: Outcome) -> None:
    for step in outcome.steps:
        share = "" if step.share is None else f", {float(step.share / outcome.minor_units):.2f} each"
        cost, left = money(step.cost, outcome.minor_units), money(step.remaining, outcome.minor_units)
        print(
            f"{step.number}. {step.action} {step.project}: costs {cost}, picked by {step.support}{share}, {left} left"
        )
    for tie in outcome.ties_met:
        print(f"tie in step {tie.step} between {', '.join(tie.among)}: {tie.chosen} by {tie.rule}")


def _explain(outcome: Outcome, project: str) -> None:
    loser = outcome.reason(project)
    if loser is None:
        step = next(step for step in outcome.steps if step.project == project)
        print(f"{project}: funded in step {step.number}")
        return
    cost = money(loser.cost, outcome.minor_units)
    print(f"{project}: not funded: {loser.reason}; costs {cost}, picked by {loser.support}")
    if loser.available is not None:
        print(f"  available {money(loser.available, outcome.minor_units)} after step {loser.after}")
    for rival, amount in loser.rivals:
        print(f"  {money(amount, outcome.minor_units)} to {rival}")
