"""The ballots of a count as files: Pabulib's format, and the lines of the table. Made ahead where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pb.core.db import committed, db, session
from pb.opendata import dictionary, queries, tables
from pb.opendata.models import BallotFiles
from pb.results import jobs
from pb.results.models import Count
from pb.results.pack import Issuer, PotInPack, pb_file_of, pots_with, tasks_of
from pb.results.pb_file import PbFile
from pb.results.queries import official_counts
from pb.results.study import Told
from pb.rounds.models import Round


@dataclass(frozen=True)
class Recipe:
    """What the files of one count are made of, as plain data: no transaction is needed to make them."""

    count_id: int
    pot: str
    file: PbFile

    def make(self) -> BallotFiles:
        rows = tables.ballot_rows(self.pot, self.file.task)
        lines = tables.csv_lines(dictionary.BALLOTS, rows)
        return BallotFiles(count_id=self.count_id, pabulib=self.file.text().encode(), table=lines.encode())


def files_of(round: Round, pots: Sequence[PotInPack], issuer: Issuer) -> dict[int, BallotFiles]:
    """By count: the files of every pot that publishes its ballots. Those not made ahead are made here and now."""
    there = queries.ballot_files([pot.count.id for pot in pots])
    return there | {recipe.count_id: recipe.make() for recipe in _recipes(round, pots, issuer, set(there))}


def _recipes(round: Round, pots: Sequence[PotInPack], issuer: Issuer, there: set[int]) -> list[Recipe]:
    wanted = [pot for pot in pots if pot.file and pot.count.id not in there]
    tasks = tasks_of(round) if wanted else {}
    return [
        Recipe(pot.count.id, pot.count.pot.name, pb_file_of(round, pot, tasks[pot.count.pot_id], issuer))
        for pot in wanted
    ]


def are_missing(round: Round, counts: Sequence[Count]) -> bool:
    """Whether these counts have so many ballots that their files must be made ahead, and that has not been done."""
    pots = [pot for pot in pots_with(round, counts) if pot.file]
    there = queries.ballot_files([pot.count.id for pot in pots])
    return sum(pot.count.ballots for pot in pots if pot.count.id not in there) > jobs.INLINE


def make_ahead(round_id: int, issuer: Issuer, told: Told) -> None:
    """Make the files of the newest official count, and keep each at once. No lock is held while one is made.

    Raises: BallotsDiffer
    """
    round = session().get_one(Round, round_id)
    pots = pots_with(round, official_counts(round_id))
    there = set(queries.ballot_files([pot.count.id for pot in pots]))
    recipes = _recipes(round, pots, issuer, there)
    db.session.rollback()
    for done, recipe in enumerate(recipes):
        told(done, len(recipes))
        made = recipe.make()
        with committed():
            session().merge(made)
    told(len(recipes), len(recipes))
