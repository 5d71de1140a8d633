"""C13: the same ballots give the same bytes, in whatever order they come and wherever they are counted."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pb import counting, results
from pb.results import tally

ROOT = Path(__file__).resolve().parents[2]
RULES = ["equal-shares", "greedy", "greedy-per-cost", "phragmen"]
FLOATS_SEARCH = {
    *("account", "cli", "cli_analysis", "foresight", "ledger", "loads", "market", "priceability"),
    *("representation", "shares", "what_if"),
}
"""Modules in which a float may propose what integers then decide, or is printed. A new one is a decision."""


def task(seed: int | None = None, rule: str = "equal-shares") -> tally.Task:
    """Projects, some of them equal, and 80 ballots of names that sort otherwise elsewhere; in a random order."""
    dice = random.Random(7)
    codes = [f"{letter}{n:02d}" for letter in "iIçÇßzÅ" for n in range(2)]
    projects = [(code, 100 * dice.choice((500, 900, 900, 1300))) for code in codes]
    cast = [json.dumps(sorted(dice.sample(codes, dice.randint(1, 6))), ensure_ascii=False) for _ in range(80)]
    if seed is not None:
        random.Random(seed).shuffle(cast)
        random.Random(seed + 1).shuffle(projects)
    choices: dict[str, int] = {}
    for ballot in cast:
        choices[ballot] = choices.get(ballot, 0) + 1
    completion = "add1" if rule == "equal-shares" else "none"
    return tally.Task(1, "approval", rule, completion, "cost_votes_id", 4_000_00, tuple(projects), choices)


def mark(of: tally.Task) -> str:
    counted = tally.run(of)
    return hashlib.sha256((counted.outcome_json + counted.ballots_sha256).encode()).hexdigest()


@pytest.mark.parametrize("rule", RULES)
def test_a_hundred_orders_of_rows_give_one_result(rule: str) -> None:
    assert len({mark(task(seed, rule)) for seed in range(100)}) == 1


HERE = "from tests.results.test_same_bytes import *; print(*(mark(task(int(sys.argv[1]), rule)) for rule in RULES))"
SPEAK = "import locale, time; time.tzset()\ntry: locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error: pass\n"
PLACES = [
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"},
    {"PYTHONHASHSEED": "4294967295", "LC_ALL": "ar_EG.UTF-8", "TZ": "America/St_Johns"},
    {"PYTHONHASHSEED": "random", "LC_ALL": "en_GB.UTF-8", "TZ": "Pacific/Chatham", "OPENBLAS_CORETYPE": "Prescott"},
]


def test_other_hash_seeds_locales_and_time_zones_give_the_same() -> None:
    here = [mark(task(5, rule)) for rule in RULES]

    children = [
        subprocess.Popen(
            [sys.executable, "-c", SPEAK + HERE, str(seed)],
            cwd=ROOT, env={"PATH": os.environ["PATH"], **place}, stdout=subprocess.PIPE, text=True,
        )
        for seed, place in enumerate(PLACES)
    ]  # fmt: skip
    there = [child.communicate(timeout=120)[0].split() for child in children]

    assert there == [here] * len(PLACES)


@pytest.mark.parametrize("rule", RULES)
def test_no_float_is_in_a_result(rule: str) -> None:
    def found(number: str) -> None:
        raise AssertionError(f"{number} is a float")

    assert json.loads(tally.run(task(rule=rule)).outcome_json, parse_float=found)["funded"]


def floats(source: str) -> Iterator[int]:
    """Lines with a number that is a float, or the name of the type."""
    for node in ast.walk(ast.parse(source)):
        is_number = isinstance(node, ast.Constant) and isinstance(node.value, float)
        is_name = isinstance(node, ast.Name) and node.id == "float"
        if is_number or is_name or (isinstance(node, ast.Attribute) and node.attr.startswith("float")):
            yield node.lineno  # type: ignore[attr-defined]


def test_no_float_is_in_code_that_decides() -> None:
    modules = sorted(Path(str(counting.__file__)).parent.glob("*.py"))
    modules += [Path(str(results.__file__)).parent / f"{name}.py" for name in ("tally", "pb_file", "pack", "packfile")]

    using = {module.stem: list(floats(module.read_text())) for module in modules}

    assert {name for name, lines in using.items() if lines} == FLOATS_SEARCH
    assert sorted(floats("x = 1\ny = 0.5\nz = float(x)\nw = np.float64")) == [2, 3, 4]
