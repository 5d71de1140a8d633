"""The draw among equal projects, so that anybody can repeat it with a terminal: what was sealed before voting, what was
opened after it, and for each tie the numbers that decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pb.counting import Tie
from pb.results.page import Results
from pb.results.report import Line, PotReport
from pb.results.words import _
from pb.rounds.choices import LOTS
from pb.rounds.models import Round


@dataclass(frozen=True)
class Ticket:
    """One of several equal projects: its number in the draw, and the command that gives it."""

    line: Line
    number: str
    command: str
    is_chosen: bool


@dataclass(frozen=True)
class Decided:
    """One tie: who went first and what decided it, and all that were equal, in the order of the tie rule."""

    pot: PotReport
    step: int
    decided_by: str
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True)
class Draw:
    """A round's lot. `commitment`: its SHA-256, in the frozen ballot; `seed`: the lot itself."""

    commitment: str
    seed: str
    ties: tuple[Decided, ...]
    examples: tuple[str, ...]
    """Two codes of the round, to draw between where nothing was tied."""

    @property
    def check_command(self) -> str:
        return f"printf '%s' {self.seed} | sha256sum"

    @property
    def order_command(self) -> str:
        """Python's own words for the numbers of any projects of the round."""
        return (
            'python3 -c "import sys,hashlib;'
            "[print(*n) for n in sorted((hashlib.sha256((sys.argv[1]+chr(10)+c).encode()).hexdigest(),c)"
            f' for c in sys.argv[2:])]" {self.seed} {" ".join(self._codes)}'
        )

    @property
    def _codes(self) -> Sequence[str]:
        tied = [ticket.line.code for tie in self.ties for ticket in tie.tickets]
        return [quoted(code) for code in tied or self.examples]


def quoted(code: str) -> str:
    """A project's code as a shell takes it; codes of imported rounds can hold anything."""
    return "'" + code.replace("'", "'\\''") + "'"


def draw_of(results: Results) -> Draw | None:
    """The draw of a published result; None where the round's tie rule needs no lot."""
    commitment = commitment_of(results.round)
    if commitment is None:
        return None
    seed = next(pot.outcome.ties.partition(":")[2] for pot in results.whole.pots)
    ties = (_decided(pot, tie, seed) for pot in results.whole.pots for tie in pot.outcome.ties_met)
    first = [line.code for line in results.whole.pots[0].lines[:2]]
    return Draw(commitment, seed, tuple(ties), tuple(first))


def commitment_of(round: Round) -> str | None:
    """What the frozen ballot says of the lot; None without one."""
    if round.tie_rule not in LOTS or not round.frozen_json:
        return None
    commitment: str | None = json.loads(round.frozen_json).get("ties", {}).get("commitment")
    return commitment


def _decided(pot: PotReport, tie: Tie, seed: str) -> Decided:
    lines = [line for code in tie.among if (line := pot.line(code))]
    tickets = [
        Ticket(
            line=line,
            number=hashlib.sha256(f"{seed}\n{line.code}".encode()).hexdigest(),
            command=f"printf '%s\\n%s' {seed} {quoted(line.code)} | sha256sum",
            is_chosen=line.code == tie.chosen,
        )
        for line in lines
    ]
    by_cost = pot.outcome.ties.startswith("cost_")
    tickets.sort(key=lambda one: ((one.line.project.cost if by_cost else 0), -one.line.support, one.number))
    return Decided(pot, tie.step, _what_decided(tickets, by_cost=by_cost), tuple(tickets))


def _what_decided(tickets: Sequence[Ticket], *, by_cost: bool) -> str:
    first, second = tickets[0].line, tickets[1].line
    if by_cost and first.project.cost != second.project.cost:
        return _("The cheaper went first, so the lot was not needed.")
    if first.support != second.support:
        return _("The one with more picks went first, so the lot was not needed.")
    return _("Cost and picks were equal too, so the lot decided: the smallest number went first.")
