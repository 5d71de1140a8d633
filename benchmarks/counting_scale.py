"""Time and memory of a count against the number of ballots: 100,000, a million and ten million, 200 projects.

The ballots are synthetic and come grouped, as from a database that counts equal ballots: popular projects are picked
more often, one to ten a ballot. Each size is a process of its own; what is measured begins with the grouped ballots in
memory and ends with the outcome. Writes docs/counting-scale.svg.

    python benchmarks/counting_scale.py
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from pb.counting import Election, Project, count, lexicographic
from pb.counting.model import Profile

PLOT = Path(__file__).resolve().parents[1] / "docs" / "counting-scale.svg"
# Ballots, and how many of them are distinct.
SIZES = ((100_000, 60_000), (1_000_000, 300_000), (10_000_000, 1_000_000))
RULES = ("greedy", "equal-shares", "phragmen")
PROJECTS, POT = 200, 3_000_000_000


def election(ballots: int, groups: int) -> Election:
    """The same synthetic election every time."""
    random = np.random.default_rng(2026)
    popularity = random.pareto(1.5, PROJECTS) + 0.2
    picks = random.choice(PROJECTS, (groups, 10), p=popularity / popularity.sum())
    kept = np.arange(10) < random.integers(1, 11, groups)[:, None]
    rows = np.where(kept, picks, PROJECTS)
    rows.sort(axis=1)
    entries = (rows < PROJECTS) & (np.diff(rows, axis=1, prepend=-1) > 0)
    starts = np.concatenate(([0], np.cumsum(entries.sum(axis=1))))
    weights = 1 + random.multinomial(ballots - groups, np.full(groups, 1 / groups))
    flat = rows[entries]
    profile = Profile("approval", weights, starts, flat, np.ones_like(flat))
    costs = (random.lognormal(0, 1, PROJECTS) * POT / 50).astype(int) + 1
    return Election([Project(str(i), int(cost)) for i, cost in enumerate(costs)], profile, POT)


def measure(ballots: int, groups: int, rule: str) -> dict[str, float]:
    """In this process: CPU seconds of one count and the peak of memory."""
    given = election(ballots, groups)
    before = time.process_time()
    outcome = count(given, rule=rule, ties=lexicographic())
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ballots": ballots, "seconds": seconds, "megabytes": peak, "funded": len(outcome.funded)}


def in_a_process_of_its_own(ballots: int, groups: int, rule: str) -> dict[str, float]:
    command = [sys.executable, __file__, str(ballots), str(groups), rule]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(printed)
    return found


# -- the plot: two panels with logarithmic axes

WIDTH, HEIGHT, LEFT, TOP = 300, 220, 60, 40
COLOURS = {"greedy": "#00703c", "equal-shares": "#1d70b8", "phragmen": "#d4351c"}


def plot(found: dict[str, list[dict[str, float]]]) -> str:
    panels = [panel(found, "seconds", "CPU seconds", 0), panel(found, "megabytes", "peak memory, MB", WIDTH + 100)]
    keys = [
        f'<text x="{LEFT + 130 * i}" y="{TOP + HEIGHT + 60}" fill="{COLOURS[rule]}">{rule}</text>'
        for i, rule in enumerate(found)
    ]
    size = f'width="{2 * WIDTH + 200}" height="{TOP + HEIGHT + 75}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13" role="img">'
    title = "<title>Time and memory of a count against the number of ballots</title>"
    return "\n".join([head, title, '<rect width="100%" height="100%" fill="white"/>', *panels, *keys, "</svg>", ""])


def panel(found: dict[str, list[dict[str, float]]], what: str, label: str, shift: int) -> str:
    values = [row[what] for rows in found.values() for row in rows]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(ballots: float) -> float:
        return LEFT + (math.log10(ballots) - 5) / 2 * WIDTH

    def y(value: float) -> float:
        return TOP + HEIGHT - (math.log10(value) - low) / (high - low) * HEIGHT

    parts = [f'<text x="{LEFT}" y="{TOP - 16}" font-weight="bold">{label}</text>']
    for power in range(low, high + 1):
        height = y(10**power)
        parts.append(f'<path d="M{LEFT} {height:.1f}h{WIDTH}" stroke="#ccc"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{10**power:g}</text>')
    for ballots, _ in SIZES:
        place = f'x="{x(ballots):.1f}" y="{TOP + HEIGHT + 22}"'
        parts.append(f'<text {place} text-anchor="middle">{ballots:,}</text>')
    for rule, rows in found.items():
        points = " ".join(f"{x(row['ballots']):.1f},{y(row[what]):.1f}" for row in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[rule]}" stroke-width="2"/>')
        for row in rows:
            place = f'cx="{x(row["ballots"]):.1f}" cy="{y(row[what]):.1f}"'
            parts.append(f'<circle {place} r="3.5" fill="{COLOURS[rule]}"/>')
    return f'<g transform="translate({shift} 0)">' + "".join(parts) + "</g>"


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
        return
    found: dict[str, list[dict[str, float]]] = {}
    for rule in RULES:
        found[rule] = [in_a_process_of_its_own(ballots, groups, rule) for ballots, groups in SIZES]
        for row in found[rule]:
            print(f"{rule}: {row['ballots']:,} ballots, {row['seconds']:.2f} s, {row['megabytes']:.0f} MB")
    PLOT.write_text(plot(found), encoding="utf-8")


if __name__ == "__main__":
    main()
