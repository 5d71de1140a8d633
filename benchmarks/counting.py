"""From a `.pb` file to its winners: this package against pabutools' exact mode, in one run, pair by pair.

Every measurement is its own process: CPU seconds (user and system, the start of Python and all imports included) and
the peak of memory. pabutools gets a cap on CPU time; where it is reached the ratio is a lower bound. Winners are
compared whenever both finish. Writes a table to docs/benchmarks-counting.md.

    python benchmarks/counting.py [--cap SECONDS] [--repeat N] [--minutes M --rows FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
CACHE = tempfile.TemporaryDirectory(prefix="bytecode-")
REPORT = ROOT / "docs" / "benchmarks-counting.md"

OURS = """
import json, sys
from pb.counting import count, lexicographic, read_pb
election = read_pb(sys.argv[1]).election
rule, completion = json.loads(sys.argv[2])
print(json.dumps(count(election, rule=rule, completion=completion, ties=lexicographic()).funded))
"""
THEIRS = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pabutools import fractions
fractions.FRACTION = fractions.GMPY_FRAC
from pabutools.election import Additive_Cardinal_Sat, Cardinality_Sat, Cost_Sat, parse_pabulib
from pabutools.rules import *
rule, completion = json.loads(sys.argv[2])
instance, profile = parse_pabulib(sys.argv[1])
points = "cumulative" in open(sys.argv[1], encoding="utf-8-sig").read(2000)
if rule == "equal-shares":
    sat = Additive_Cardinal_Sat if points else Cost_Sat
    if completion == "greedy":
        params = [{"sat_class": sat, "binary_sat": False}, {"sat_class": sat}]
        won = completion_by_rule_combination(
            instance, profile, [method_of_equal_shares, greedy_utilitarian_welfare], params
        )
    else:
        add1 = 1 if completion == "add1-exhaustive" else None
        won = method_of_equal_shares(instance, profile, sat, voter_budget_increment=add1, binary_sat=False)
elif rule == "phragmen":
    won = sequential_phragmen(instance, profile)
elif rule == "maximin-support":
    won = maximin_support(instance, profile)
elif rule == "max-welfare":
    won = max_additive_utilitarian_welfare(instance, profile, Additive_Cardinal_Sat if points else Cardinality_Sat)
else:
    # By satisfaction per cost: where that is the cost, by the number of votes.
    sat = Cost_Sat if rule == "greedy" else Additive_Cardinal_Sat if points else Cardinality_Sat
    won = greedy_utilitarian_welfare(instance, profile, sat)
print(json.dumps([project.name for project in won]))
"""
READING = """
import csv, sys
with open(sys.argv[1], encoding="utf-8-sig", newline="") as stream:
    for row in csv.reader(stream, delimiter=";"):
        pass
print("[]")
"""

STARTING = """
import pb.counting
print("[]")
"""

PAIRS = [
    ("Poland_Warszawa_2024", "equal-shares", "none"),
    ("Poland_Warszawa_2024", "equal-shares", "add1-exhaustive"),
    ("Poland_Lodz_2022", "equal-shares", "none"),
    ("Poland_Lodz_2022", "equal-shares", "add1-exhaustive"),
    ("Poland_Warszawa_2024", "phragmen", None),
    ("Poland_Warszawa_2021_Mokotow", "equal-shares", "none"),
    ("Poland_Warszawa_2021_Mokotow", "equal-shares", "add1-exhaustive"),
    ("Poland_Katowice_2023", "equal-shares", "none"),
    ("Poland_Wieliczka_2023_Green_Budget", "equal-shares", "none"),
    ("Poland_Wieliczka_2023_Green_Budget", "equal-shares", "add1-exhaustive"),
    ("Poland_Swiecie_2023", "equal-shares", "add1-exhaustive"),
    ("Netherlands_Amsterdam_631", "equal-shares", "none"),
    ("Poland_Swiecie_2023", "maximin-support", None),
    ("Poland_Swiecie_2023", "equal-shares", "greedy"),
    ("Poland_Wieliczka_2023_Green_Budget", "phragmen", None),
    ("Poland_Wieliczka_2023_Green_Budget", "max-welfare", None),
    ("Poland_Gdynia_2020", "greedy-per-cost", None),
    ("Poland_Warszawa_2024", "greedy", None),
    ("Poland_Warszawa_2024", "max-welfare", None),
    ("Hungary_Budapest_2024", "equal-shares", "none"),
    ("Hungary_Budapest_2024", "equal-shares", "add1"),
]


@dataclass(frozen=True)
class Measure:
    """One process: CPU seconds, peak megabytes, and the winners (None if it was stopped at the cap)."""

    seconds: float
    megabytes: float
    winners: list[str] | None


def environment() -> dict[str, str]:
    """One thread; and modules compiled once, as anywhere they are installed, even if the shell forbids to keep them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": CACHE.name}


def measure(code: str, path: Path, rule: list[str | None], cap: int) -> Measure:
    """Run `code` in a process of its own that the system stops after `cap` CPU seconds."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cap, cap + 5))

    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), json.dumps(rule)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    winners = json.loads(printed) if status == 0 else None
    return Measure(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, winners)


def best(code: str, path: Path, rule: list[str | None], cap: int, repeat: int) -> Measure:
    """The least of several runs: what the code needs, not what else the machine was doing."""
    return min((measure(code, path, rule, cap) for _ in range(repeat)), key=lambda m: m.seconds)


def row(name: str, rule: str, completion: str | None, cap: int, repeat: int) -> str:
    path, chosen = DATA / f"{name}.pb", [rule, completion]
    ours = best(OURS, path, chosen, 10_000, repeat)
    reading = best(READING, path, chosen, cap, repeat)
    comparable = completion != "add1"
    theirs = measure(THEIRS, path, chosen, cap) if comparable else None
    label = " + ".join(part for part in (rule, completion) if part and part != "none")
    cells = [name.replace("_", " "), label, f"{reading.seconds:.2f}", f"{ours.seconds:.2f}", f"{ours.megabytes:.0f}"]
    if theirs is None:
        cells += ["not run", "", "", ""]
    elif theirs.winners is None:
        ratio = theirs.seconds / ours.seconds
        cells += [f"> {theirs.seconds:.0f} (stopped)", f"{theirs.megabytes:.0f}", f"> {ratio:.0f}×", "—"]
    else:
        same = "yes" if told(rule, theirs.winners) == told(rule, ours.winners) else "NO"
        cells += [f"{theirs.seconds:.1f}", f"{theirs.megabytes:.0f}", f"{theirs.seconds / ours.seconds:.0f}×", same]
    return "| " + " | ".join(cells) + " |"


def told(rule: str, winners: list[str] | None) -> object:
    """In order, but for the rules of which pabutools tells only the set."""
    return set(winners or ()) if rule in {"phragmen", "max-welfare"} else winners


# What follows this heading is written by hand and kept.
NOTES = "## What is left\n"
HEAD = """# How fast the counts are

Written by `python benchmarks/counting.py` on {machine} with Python {python}. From the file to the winners, each
in a process of its own, everything included: {start:.2f} s of each figure are the start of Python, numpy and the
package, before the file is opened. CPU seconds and peak memory; the best of {repeat} runs for ours, one for pabutools'
exact mode (gmpy2), stopped after {cap} CPU seconds. "Reading once" is Python's csv reader going through the file and
doing nothing. The load of the machine was {load:.0f} while this ran: what else runs on it can multiply every figure,
the ratios less.

| election | rule | reading once | ours, s | MB | pabutools, s | MB | ratio | same winners, in order |
|---|---|---:|---:|---:|---:|---:|---:|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cap", type=int, default=40, help="CPU seconds after which pabutools is stopped")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=60, help="begin no further row after these")
    parser.add_argument("--rows", type=Path, help="keep finished rows here, so that the next run goes on")
    options = parser.parse_args()
    head = HEAD.format(
        machine=f"{os.cpu_count()} cores of {platform.machine()}",
        python=platform.python_version(),
        repeat=options.repeat,
        cap=options.cap,
        start=best(STARTING, ROOT, [], options.cap, options.repeat + 1).seconds,
        load=os.getloadavg()[1],
    )
    begun, rows = time.monotonic(), {}
    if options.rows and options.rows.exists():
        rows = json.loads(options.rows.read_text(encoding="utf-8"))
    for name, rule, completion in PAIRS:
        key = f"{name} {rule} {completion}"
        if key not in rows:
            if time.monotonic() - begun > 60 * options.minutes:
                return
            rows[key] = row(name, rule, completion, options.cap, 1 if completion == "add1" else options.repeat)
            print(rows[key], flush=True)
            if options.rows:
                options.rows.write_text(json.dumps(rows), encoding="utf-8")
    kept = REPORT.read_text(encoding="utf-8").partition(NOTES)[2] if REPORT.exists() else ""
    REPORT.write_text(head + "\n".join(rows.values()) + "\n\n" + NOTES + kept, encoding="utf-8")


if __name__ == "__main__":
    main()
