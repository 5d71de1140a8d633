"""Winners on whole real elections against pabutools' exact mode: every file of ../shared/data, every rule it has.

The comparisons are those of tests/counting/test_pabutools*.py, each in a process of its own that the system stops after
a number of CPU seconds. Prints a table; with a log, what it already says is not run again.

    python benchmarks/counting_peer.py [--cap 60] [--log FILE] [--rule NAME …]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

from tests.counting import test_pabutools as peers  # noqa: E402
from tests.counting import test_pabutools_rules as more  # noqa: E402
from tests.counting.data import files  # noqa: E402

CHECKS: dict[str, Callable[[Path], object]] = {
    "greedy": lambda path: peers.check_greedy(path, per_cost=False),
    "greedy-per-cost": peers.check_greedy,
    "equal-shares": peers.check_equal_shares,
    "equal-shares greedy": peers.check_completion_by_greedy,
    "phragmen": more.check_phragmen,
    "max-welfare": more.check_max_welfare,
    "maximin-support": more.check_maximin_support,
    "equal-shares add1-exhaustive": lambda path: peers.check_equal_shares(path, add1=True),
}
SAME, STOPPED, DIFFERS, SKIPPED = "same", "stopped", "DIFFERS", "does not apply"


def compared(check: Callable[[Path], object], path: Path, cap: int) -> str:
    """What came out, in a process of its own."""
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_CPU, (cap, cap))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        os._exit(_verdict(check, path))
    _, status = os.waitpid(child, 0)
    verdicts = {0: SAME, 1: DIFFERS, 2: SKIPPED}
    return verdicts[os.waitstatus_to_exitcode(status)] if os.WIFEXITED(status) else STOPPED


def _verdict(check: Callable[[Path], object], path: Path) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(path)
    except MemoryError:
        os.abort()
    except BaseException as error:
        if type(error).__name__ == "Skipped":
            return 2
        print(path.name, repr(error)[:300], file=sys.stderr, flush=True)
        return 1
    return 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cap", type=int, default=60)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--rule", action="append", choices=CHECKS)
    options = parser.parse_args()
    known: dict[str, str] = {}
    if options.log and options.log.exists():
        known = dict(json.loads(line) for line in options.log.read_text(encoding="utf-8").splitlines())
    for path in sorted(files(), key=lambda path: path.stat().st_size):
        for rule in options.rule or CHECKS:
            key = f"{rule} | {path.stem}"
            if key not in known:
                known[key] = compared(CHECKS[rule], path, options.cap)
                if options.log:
                    with options.log.open("a", encoding="utf-8") as stream:
                        print(json.dumps([key, known[key]]), file=stream)
    print("| rule | files it counts | same winners | stopped | differs |\n|---|---:|---:|---:|---:|")
    for rule in options.rule or CHECKS:
        found = Counter(verdict for key, verdict in known.items() if key.partition(" | ")[0] == rule)
        row = (found[SAME] + found[STOPPED] + found[DIFFERS], found[SAME], found[STOPPED], found[DIFFERS])
        print(f"| {rule} | {' | '.join(map(str, row))} |")
    for key, verdict in known.items():
        if verdict in {STOPPED, DIFFERS}:
            print(f"{key}: {verdict}")


if __name__ == "__main__":
    main()
