"""Mutation testing of the counting engine: break one thing in the code, and see whether a test fails.

Every mutant is a forked process with pytest, Hypothesis and numpy already loaded; the changed module is compiled from
its syntax tree, so no file is touched. Hypothesis looks at a few dozen elections and does not shrink. A mutant that
takes several times the CPU time of the unchanged code counts as killed: it would never end.

    python benchmarks/mutants.py [MODULE …] [--most 40] [--seed 1] [--log FILE]

Picks at most so many mutants of each module by the seed (0: all of them), prints those that survive with their line,
and a table. With a log, mutants already in it are not tried again. What survives and why: docs/proof-counting.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import json
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pb" / "counting"
# The tests that must notice a change: names of files, some with the part of them that matters.
NEAR = {
    "account": "outcome explain cli:explain",
    "axioms": "axioms docs:modules",
    "cli": "cli bad_input",
    "cli_analysis": "metrics:print cli axioms:command explain:command",
    "cli_output": "cli",
    "counterfactual": "explain",
    "eligible": "greedy rules every_rule:greedy",
    "equal_shares": "equal_shares ties outcome every_rule:equal",
    "errors": "model ties bad_input rules",
    "explain": "explain cli:explain",
    "flow": "flow rules:maximin every_rule:maximin",
    "greedy": "greedy ties every_rule:greedy",
    "knapsack": "rules every_rule:welfare every_rule:harm",
    "least_harm": "rules every_rule:harm",
    "ledger": "equal_shares every_rule:equal outcome",
    "market": "equal_shares model every_rule:equal outcome",
    "max_welfare": "rules every_rule:welfare",
    "maximin_support": "rules ties every_rule:maximin",
    "metrics": "metrics",
    "model": "model outcome every_rule:greedy",
    "outcome": "outcome",
    "pabulib": "pabulib bad_input cli",
    "pabulib_ballots": "pabulib bad_input",
    "pabulib_blocks": "pabulib bad_input",
    "pabulib_check": "check",
    "pabulib_write": "pabulib:written cli",
    "phragmen": "rules ties every_rule:phragmen axioms:prices",
    "priceability": "axioms",
    "representation": "axioms",
    "rules": "greedy cli metrics:compare",
    "sets": "rules every_rule:welfare every_rule:harm",
    "shares": "equal_shares ties every_rule:equal outcome",
    "ties": "ties every_rule:greedy",
    "what_if": "explain",
}
# The fixtures of the web app are not loaded; warnings that modules are already there are not wanted.
OPTIONS = (
    *(
        "-q",
        "-x",
        "--no-header",
        "--tb=no",
        "-o",
        "filterwarnings=ignore",
        f"--confcutdir={ROOT / 'tests' / 'counting'}",
    ),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:playwright", "-p", "no:cov", "-m", "not slow"),
)


# -- what can be changed

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Break: (ast.Continue,),
    ast.Continue: (ast.Break,),
}


@dataclass(frozen=True)
class Mutant:
    module: str
    number: int
    line: int
    what: str


def skipped(node: ast.AST, parents: list[ast.AST]) -> bool:
    """Annotations, docstrings, imports, what an error or assertion says, and what only the type checker reads."""
    for child, parent in zip([*parents[1:], node], parents, strict=True):
        if isinstance(parent, ast.AnnAssign | ast.arg) and child is parent.annotation:
            return True
        if isinstance(parent, ast.FunctionDef) and (child is parent.returns or child in parent.decorator_list):
            return True
        if isinstance(parent, ast.ClassDef) and child in parent.decorator_list:
            return True
        if isinstance(parent, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom):
            return True
    return False


def children(node: ast.AST, parents: list[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    yield node, parents
    for child in ast.iter_child_nodes(node):
        yield from children(child, [*parents, node])


def changes(node: ast.AST, parent: ast.AST | None) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be done to one node: a description, and a function that does it in place."""

    def put(name: str, value: object) -> Callable[[], None]:
        return lambda: setattr(node, name, value)

    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in SWAPS[type(op)]:
                    new = [*ops[:place], other(), *ops[place + 1 :]]
                    yield f"{type(op).__name__} → {other.__name__}", put("ops", new)
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op):
            for other in SWAPS.get(type(op), ()):
                yield f"{type(op).__name__} → {other.__name__}", put("op", other())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield "without not or minus", replaced(node, operand)
        case ast.Constant(value=bool(value)):
            yield f"{value} → {not value}", put("value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value} → {value + 1}", put("value", value + 1)
        case ast.Constant(value=str(value)) if not isinstance(parent, ast.Expr):
            yield f"{value!r} → other text", put("value", f"XX{value}XX")
        case ast.Return(value=ast.AST() as value) if not _is_none(value):
            yield "returns None", put("value", ast.Constant(None))
        case ast.IfExp(test=test) | ast.If(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield "the other way if", put("test", ast.UnaryOp(ast.Not(), test))
        case ast.Assign(value=value) if not _is_none(value):
            yield "assigns None", put("value", ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield "left out", replaced(node, ast.Pass())
        case ast.Break() | ast.Continue():
            other = SWAPS[type(node)][0]
            yield f"{type(node).__name__} → {other.__name__}", replaced(node, other())


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def replaced(node: ast.AST, other: ast.AST) -> Callable[[], None]:
    """Turn a node into another in place."""

    def do() -> None:
        node.__class__ = type(other)  # type: ignore[misc]
        for name in other._fields:
            setattr(node, name, getattr(other, name))

    return do


def all_changes(tree: ast.Module) -> Iterator[tuple[int, str, Callable[[], None]]]:
    for node, parents in children(tree, []):
        if parents and not skipped(node, parents):
            for what, do in changes(node, parents[-1]):
                yield getattr(node, "lineno", 0), what, do


def mutants_of(module: str) -> list[Mutant]:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    return [Mutant(module, number, line, what) for number, (line, what, _) in enumerate(all_changes(tree))]


def compiled(mutant: Mutant) -> CodeType:
    path = PACKAGE / f"{mutant.module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    changed = copy.deepcopy(tree)
    next(do for number, (_, _, do) in enumerate(all_changes(changed)) if number == mutant.number)()
    return compile(ast.fix_missing_locations(changed), str(path), "exec")


# -- one mutant


class Finder(MetaPathFinder, SourceLoader):
    """Gives out the changed code when its module is imported."""

    # ruff: noqa: ARG002 - the import system says what is passed

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.code = f"pb.counting.{mutant.module}", compiled(mutant)

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=str(PACKAGE)) if fullname == self.name else None

    def get_filename(self, fullname: str) -> str:
        return str(PACKAGE / f"{fullname.rpartition('.')[2]}.py")

    def get_data(self, path: str | bytes) -> bytes:
        return Path(os.fsdecode(path)).read_bytes()

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def tests_for(module: str) -> list[list[str]]:
    """What to run, in turn, as arguments of pytest."""
    found = []
    for name in NEAR.get(module, "every_rule outcome").split():
        file, _, part = name.partition(":")
        found.append([str(ROOT / "tests" / "counting" / f"test_{file}.py"), *(["-k", part] if part else [])])
    return [arguments for arguments in found if Path(arguments[0]).exists()]


def run(mutant: Mutant | None, module: str, seconds: int) -> int:
    """0 if all tests pass. In a process of its own; never returns to the caller's code if it is killed."""
    import pytest
    from hypothesis import Phase, settings

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile("mutants")
    os.environ["PROOF"] = os.environ.get("MUTANT_EXAMPLES", "60")
    if mutant is not None:
        sys.meta_path.insert(0, Finder(mutant))
    for arguments in tests_for(module):
        if code := pytest.main([*OPTIONS, *arguments]):
            return int(code)
    return 0


def forked(mutant: Mutant | None, module: str, seconds: int) -> tuple[bool, float]:
    """Whether the tests still pass, and the CPU seconds that took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.chdir(ROOT)
        code = 1
        with contextlib.suppress(BaseException):
            code = run(mutant, module, seconds)
        os._exit(min(code, 255))
    _, status = os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return status == 0, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# -- all of them


@dataclass
class Row:
    module: str
    possible: int
    tried: int = 0
    survivors: int = 0


def chosen(module: str, most: int, seed: int) -> list[Mutant]:
    every = mutants_of(module)
    picked = every if not most else random.Random(f"{seed} {module}").sample(every, min(most, len(every)))
    return sorted(picked, key=lambda mutant: mutant.number)


def attempt(module: str, most: int, seed: int, log: Path | None) -> Row:
    lines = (PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()
    known = _logged(log)
    row = Row(module, len(mutants_of(module)))
    limit = 0
    for mutant in chosen(module, most, seed):
        source = lines[mutant.line - 1].strip()
        key = f"{module}: {source} | {mutant.number} {mutant.what}"
        if key not in known:
            if not limit:
                passes, seconds = forked(None, module, 900)
                assert passes, f"the tests of {module} fail without any change"
                limit = int(3 * seconds) + 10
            known[key] = forked(mutant, module, limit)[0]
            if log:
                with log.open("a", encoding="utf-8") as stream:
                    print(json.dumps([key, known[key]], ensure_ascii=False), file=stream)
        row.tried += 1
        if known[key]:
            row.survivors += 1
            print(f"{module}.py:{mutant.line}: {mutant.what}: {source}", flush=True)
    return row


def _logged(log: Path | None) -> dict[str, bool]:
    if log is None or not log.exists():
        return {}
    return dict(json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    import hypothesis.strategies
    import numpy
    import pytest  # noqa: F401

    del hypothesis, numpy
    every = sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
    rows = [attempt(module, options.most, options.seed, options.log) for module in options.modules or every]
    print("\n| module | possible | tried | killed | survived |\n|---|---:|---:|---:|---:|")
    for row in [
        *rows,
        Row("all", *(sum(getattr(r, name) for r in rows) for name in ("possible", "tried", "survivors"))),
    ]:
        print(f"| {row.module} | {row.possible} | {row.tried} | {row.tried - row.survivors} | {row.survivors} |")


if __name__ == "__main__":
    main()
