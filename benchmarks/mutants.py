"""Mutation testing of the counting engine: break one thing in the code, and see whether a test fails.

The tests that concern a module are collected once. For every mutant the process forks; the child compiles the changed
syntax tree, puts the new code into the functions that everybody has already imported, and runs the tests, those first
that have found most so far, until one fails. No file is touched. Hypothesis looks at a few dozen elections and does
not shrink. A mutant that takes longer than all tests of its module ever do counts as killed: it would not end.

    python benchmarks/mutants.py [MODULE …] [--most 40] [--seed 1] [--log FILE] [--seconds 120]

Picks at most so many mutants of each module by the seed (0: all of them), prints those that survive with their line,
and a table. With a log, mutants already in it are not tried again. What survives and why: docs/proof-counting.md.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pb" / "counting"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
# The tests that must notice a change: names of files, some with the part of them that matters.
NEAR = {
    "account": "outcome explain cli:explain",
    "axioms": "axioms docs:modules",
    "cli": "cli bad_input",
    "cli_analysis": "metrics:print cli axioms:command explain:command",
    "counterfactual": "explain",
    "eligible": "greedy rules every_rule:greedy",
    "equal_shares": "equal_shares ties outcome every_rule:equal",
    "errors": "model ties bad_input rules",
    "explain": "explain cli:explain",
    "flow": "rules:maximin every_rule:maximin",
    "foresight": "foresight",
    "greedy": "greedy ties every_rule:greedy",
    "greedy_exclusive": "greedy every_rule:greedy",
    "greedy_no_skip": "greedy every_rule:greedy",
    "greedy_pass": "greedy ties every_rule:greedy",
    "greedy_per_cost": "greedy every_rule:greedy",
    "greedy_threshold": "greedy every_rule:greedy",
    "knapsack": "knapsack rules every_rule:welfare every_rule:harm",
    "least_harm": "rules every_rule:harm",
    "loads": "rules ties every_rule:phragmen axioms",
    "ledger": "equal_shares every_rule:equal outcome",
    "market": "foresight equal_shares model every_rule:equal outcome",
    "max_welfare": "rules every_rule:welfare",
    "maximin_support": "rules ties every_rule:maximin",
    "metrics": "metrics",
    "model": "model outcome every_rule:greedy",
    "outcome": "outcome greedy",
    "pabulib": "pabulib bad_input cli",
    "pabulib_ballots": "pabulib bad_input",
    "pabulib_blocks": "pabulib bad_input",
    "pabulib_check": "check",
    "pabulib_write": "pabulib:written cli",
    "phragmen": "rules ties every_rule:phragmen axioms",
    "phragmen_skip": "rules every_rule:phragmen",
    "priceability": "axioms",
    "representation": "axioms",
    "rules": "greedy cli metrics:compare",
    "sets": "rules every_rule:welfare every_rule:harm",
    "shares": "foresight equal_shares ties every_rule:equal outcome",
    "ties": "ties every_rule:greedy",
    "what_if": "explain",
}
# The fixtures of the web app are not loaded; warnings that modules are already there are not wanted.
OPTIONS = (
    *("-q", "--no-header", "--tb=no", "--capture=sys", "-o", "filterwarnings=ignore", "-m", "not slow"),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:playwright", "-p", "no:cov"),
    f"--confcutdir={ROOT / 'tests' / 'counting'}",
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
    where: str


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
        if isinstance(parent, ast.Module) and isinstance(child, ast.Assign) and isinstance(child.value, ast.Subscript):
            return True  # the name of a type
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


def all_changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Callable[[], None]]]:
    for node, parents in children(tree, []):
        if parents and not skipped(node, parents):
            for what, do in changes(node, parents[-1]):
                yield node, what, do


def mutants_of(module: str) -> list[Mutant]:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    return [
        Mutant(module, number, getattr(node, "lineno", 0), what, ast.unparse(node).partition("\n")[0])
        for number, (node, what, _) in enumerate(all_changes(tree))
    ]


def changed_namespace(mutant: Mutant) -> dict[str, Any]:
    """What the changed module defines."""
    path = PACKAGE / f"{mutant.module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    next(do for number, (_, _, do) in enumerate(all_changes(tree)) if number == mutant.number)()
    name = f"pb.counting.{mutant.module}"
    namespace: dict[str, Any] = {"__name__": name, "__file__": str(path)}
    exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), namespace)
    return namespace


# -- into what is already imported


def put_in(mutant: Mutant) -> None:
    """Change the module everywhere: the code of its functions in place, its constants wherever they were imported."""
    module = sys.modules[f"pb.counting.{mutant.module}"]
    ours = [m for name, m in sys.modules.items() if name.startswith(("pb.counting", "tests.counting"))]
    for name, new in changed_namespace(mutant).items():
        old = vars(module).get(name)
        if getattr(new, "__module__", None) not in {None, module.__name__} or name.startswith("__"):
            continue
        if isinstance(old, FunctionType):
            transplant(old, new)
        elif isinstance(old, type):
            for method, function in vars(new).items():
                for one, other in zip(functions(vars(old).get(method)), functions(function), strict=False):
                    transplant(one, other)
        elif not isinstance(new, ModuleType):
            for other_module in ours:
                if vars(other_module).get(name) is old:
                    setattr(other_module, name, new)


def functions(member: object) -> list[FunctionType]:
    """The function behind a method, a property or the like."""
    for name in ("__func__", "fget", "func"):
        member = getattr(member, name, None) or member
    return [member] if isinstance(member, FunctionType) else []


def transplant(old: FunctionType, new: object) -> None:
    if isinstance(new, FunctionType) and len(old.__code__.co_freevars) == len(new.__code__.co_freevars):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


# -- one mutant after the other


class Trial:
    """A plugin of pytest that instead of running the collected tests runs them against one mutant after the other."""

    def __init__(
        self, module: str, mutants: Sequence[Mutant], done: Callable[[Mutant, str], None], seconds: int
    ) -> None:
        self.module, self.mutants, self.done, self.seconds = module, mutants, done, seconds
        self.kills = Counter[str]()
        self.failed = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_runtestloop(self, session: Any) -> bool:
        items = [item for name in near(self.module) for item in session.items if concerns(name, item.nodeid)]
        for mutant in self.mutants:
            items.sort(key=lambda item: -self.kills[item.nodeid])
            killer = self.forked(session, items, mutant)
            self.kills[killer] += 1
            self.done(mutant, killer)
        return True

    def forked(self, session: Any, items: Sequence[Any], mutant: Mutant) -> str:
        """The test that failed in a process of its own, or what else ended it; empty if the mutant lives."""
        out, into = os.pipe()
        if not (child := os.fork()):
            resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds))
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            os.write(into, self.first_failure(session, items, mutant).encode())
            os._exit(0)
        os.close(into)
        with os.fdopen(out, encoding="utf-8") as said:
            killer = said.read()
        _, status = os.waitpid(child, 0)
        return killer or ("did not end" if status else "")

    def first_failure(self, session: Any, items: Sequence[Any], mutant: Mutant) -> str:
        try:
            put_in(mutant)
            for item, following in zip(items, [*items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.failed:
                    return self.failed
        except BaseException as error:
            return f"{type(error).__name__}"
        return ""


def near(module: str) -> list[str]:
    return NEAR.get(module, "every_rule outcome").split()


def concerns(name: str, nodeid: str) -> bool:
    file, _, part = name.partition(":")
    return f"/test_{file}.py::" in nodeid and part in nodeid.partition("::")[2]


# -- all of them


@dataclass
class Row:
    module: str
    possible: int
    tried: int
    survivors: int


def chosen(module: str, most: int, seed: int) -> list[Mutant]:
    every = mutants_of(module)
    picked = every if not most else random.Random(f"{seed} {module}").sample(every, min(most, len(every)))
    return sorted(picked, key=lambda mutant: mutant.number)


def attempt(module: str, most: int, seed: int, log: Path | None, seconds: int) -> Row:
    import pytest

    lines = (PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()
    known, picked = _logged(log), chosen(module, most, seed)

    def key(mutant: Mutant) -> str:
        return f"{module}: {lines[mutant.line - 1].strip()} | {mutant.number} {mutant.what}"

    def done(mutant: Mutant, killer: str) -> None:
        known[key(mutant)] = killer
        if log:
            with log.open("a", encoding="utf-8") as stream:
                print(json.dumps([key(mutant), killer], ensure_ascii=False), file=stream)

    if left := [mutant for mutant in picked if key(mutant) not in known]:
        names = dict.fromkeys(name.partition(":")[0] for name in near(module))
        files = [str(ROOT / "tests" / "counting" / f"test_{name}.py") for name in names]
        pytest.main([*OPTIONS, *files], plugins=[Trial(module, left, done, seconds)])
    survivors = [mutant for mutant in picked if not known.get(key(mutant), "not tried")]
    for mutant in survivors:
        print(f"{module}.py:{mutant.line}: {mutant.what}: {mutant.where}", flush=True)
    return Row(module, len(mutants_of(module)), sum(key(mutant) in known for mutant in picked), len(survivors))


def _logged(log: Path | None) -> dict[str, str]:
    if log is None or not log.exists():
        return {}
    return dict(json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seconds", type=int, default=120, help="CPU seconds after which a mutant will not end")
    options = parser.parse_args()
    sys.path[0] = str(ROOT)
    os.environ["PROOF"] = "30"
    from hypothesis import Phase, settings

    settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile("mutants")
    rows = [attempt(module, options.most, options.seed, options.log, options.seconds) for module in options.modules]
    print("\n| module | possible | tried | killed | survived |\n|---|---:|---:|---:|---:|")
    total = Row("all", *(sum(getattr(r, name) for r in rows) for name in ("possible", "tried", "survivors")))
    for row in [*rows, total]:
        print(f"| {row.module} | {row.possible} | {row.tried} | {row.tried - row.survivors} | {row.survivors} |")


if __name__ == "__main__":
    main()
