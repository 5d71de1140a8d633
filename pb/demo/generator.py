"""Make up the demo council's residents and their ballots from a seed: pure functions, no clock, no database.

A resident has a ward, one to three themes they care about, perhaps a group of friends, and more or less thrift.
A ballot is drawn by weighing every project (own ward, theme, friends' project, general appeal, cost) and adding
Gumbel noise, which samples without replacement from a multinomial logit (the Gumbel-top-k trick: W. Kool,
H. van Hoof, M. Welling, "Stochastic beams and where to find them", 2019).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeVar

from pb.demo.reading import email_name, read_toml
from pb.demo.shapes import Content, Proposal, Ward

T = TypeVar("T")
DEMO_SEED = 2026
RESIDENTS, FINISHED_VOTERS, VOTING_VOTERS = 1650, 1500, 600
Channel = Literal["online", "paper", "assisted"]

PICKS_WEIGHTS = (0.8, 10.0, 16.0, 20.5, 17.0, 12.5, 7.5, 5.0, 3.2, 2.0, 5.5)
"""How many of 100 voters pick 0, 1, … 10 projects when ten are allowed: assumed, with a median of 3 or 4 for a short
English list. The bump at the limit is real: in Warsaw's public elections 30 to 74 % use every pick they have. Ours is
kept much smaller, so that ballots differ and the pages have something to explain."""

AGE_BANDS = ((11, 17, 9), (18, 29, 13), (30, 44, 24), (45, 59, 24), (60, 74, 21), (75, 92, 9))
"""(youngest, oldest, share of voters)."""

INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the second half of a postcode never has C, I, K, M, O or V
CHANNELS: tuple[Channel, ...] = ("online", "paper", "assisted")
MAIL_DOMAINS = ("example.org", "example.com", "example.net")  # RFC 2606: nobody's mail, for ever


@dataclass(frozen=True)
class Resident:
    """A made-up resident. `thrift` from 0 to 1 is how much a high cost puts them off."""

    name: str
    email: str
    ward: str
    street: str
    postcode: str
    age: int
    themes: tuple[str, ...]
    group: str | None
    thrift: float


@dataclass(frozen=True)
class Heritage:
    """First and last names that go together, and how common they are in the town."""

    key: str
    weight: float
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class DemoBallot:
    """What a resident picked, by project code in order of code; empty for "I do not want to pick any".

    The seeding command must keep the resident and the picks apart, as a real vote does.
    """

    voter: Resident
    channel: Channel
    approvals: tuple[str, ...]


@dataclass(frozen=True)
class DemoVotes:
    """Everyone made up for the demo, and what they picked in the finished round and in the one now open."""

    residents: tuple[Resident, ...]
    finished: tuple[DemoBallot, ...]
    voting: tuple[DemoBallot, ...]


def make_demo_votes(content: Content, seed: int = DEMO_SEED) -> DemoVotes:
    """The demo's residents and ballots; with `DEMO_SEED` the count funds exactly the projects the log speaks of."""
    rng = random.Random(seed)  # noqa: S311  # made-up people, nothing secret
    residents = make_residents(rng, content, RESIDENTS)
    return DemoVotes(
        residents=residents,
        finished=_ballots_of(rng, content, "finished", draw_voters(rng, residents, FINISHED_VOTERS)),
        voting=_ballots_of(rng, content, "voting", draw_voters(rng, residents, VOTING_VOTERS)),
    )


def make_residents(rng: random.Random, content: Content, number: int) -> tuple[Resident, ...]:
    """`number` residents with e-mail addresses all different, and different from those of named people.

    Raises:  ValueError if `number` is negative
    """
    if number < 0:
        raise ValueError(f"cannot make {number} residents")
    taken = {r.email for r in content.residents} | {g.email for g in content.groups}
    heritages = read_heritages()
    return tuple(_make_resident(rng, content, heritages, taken) for _ in range(number))


def make_ballots(
    rng: random.Random, voters: Sequence[Resident], projects: Sequence[Proposal], *, max_picks: int
) -> tuple[DemoBallot, ...]:
    """One ballot for each voter, on the projects given.

    Shapes:  approvals are distinct codes of `projects`, at most `max_picks`, in order of code
    Raises:  ValueError if `max_picks` is below 1 or a project has no code
    """
    if max_picks < 1 or any(project.code is None for project in projects):
        raise ValueError("a ballot needs projects with codes and at least one pick")
    return tuple(_make_ballot(rng, voter, projects, max_picks) for voter in voters)


def draw_voters(rng: random.Random, residents: Sequence[Resident], number: int) -> tuple[Resident, ...]:
    """`number` of the residents, each once, in the order they turned up.

    Raises:  ValueError if there are fewer residents than that
    """
    return tuple(rng.sample(residents, number))


def _make_resident(rng: random.Random, content: Content, heritages: Sequence[Heritage], taken: set[str]) -> Resident:
    ward = _weighted(rng, content.wards, [w.share for w in content.wards])
    heritage = _weighted(rng, heritages, [_heritage_weight(h, ward) for h in heritages])
    name = f"{rng.choice(heritage.first)} {rng.choice(heritage.last)}"
    return Resident(
        name=name,
        email=_free_email(rng, name, taken),
        ward=ward.key,
        street=rng.choice(ward.streets),
        postcode=f"{ward.postcode} {rng.randint(1, 9)}{rng.choice(INWARD_LETTERS)}{rng.choice(INWARD_LETTERS)}",
        age=_age(rng),
        themes=tuple(rng.sample([t.key for t in content.themes], rng.choice((1, 2, 2, 3)))),
        group=_group(rng, content, ward),
        thrift=round(rng.betavariate(2, 3), 3),
    )


def read_heritages() -> tuple[Heritage, ...]:
    """The name lists, as written in `content/names.toml`."""
    return tuple(
        Heritage(key, row["weight"], tuple(row["first"]), tuple(row["last"]))
        for key, row in read_toml("names.toml").items()
    )


def _heritage_weight(heritage: Heritage, ward: Ward) -> float:
    """Eastcroft is the most mixed ward and the Vale the least, as places of their kind are."""
    lean = {"eastcroft": 0.45, "netherby": 3.0, "fellgate": 1.6}.get(ward.key, 1.0)
    return heritage.weight * (lean if heritage.key == "english" else 1.0)


def _free_email(rng: random.Random, name: str, taken: set[str]) -> str:
    base = email_name(name)
    domain = rng.choice(MAIL_DOMAINS)
    candidates = (f"{base}{suffix}@{domain}" for suffix in ("", *range(2, len(taken) + 3)))
    email = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(email)
    return email


def _age(rng: random.Random) -> int:
    youngest, oldest, _ = _weighted(rng, AGE_BANDS, [share for *_, share in AGE_BANDS])
    return rng.randint(youngest, oldest)


def _group(rng: random.Random, content: Content, ward: Ward) -> str | None:
    """One resident in seven is a friend of a group, usually one of their own ward."""
    if rng.random() > 1 / 7:
        return None
    near = [group.key for group in content.groups if group.ward == ward.key]
    return rng.choice(near if rng.random() < 0.8 else [group.key for group in content.groups])


def _make_ballot(rng: random.Random, voter: Resident, projects: Sequence[Proposal], max_picks: int) -> DemoBallot:
    number = min(_number_of_picks(rng, max_picks), len(projects))
    scored = sorted(((_weigh(voter, p) + _gumbel(rng), p.code or "") for p in projects), reverse=True)
    channel = _weighted(rng, CHANNELS, (55, 35, 10) if voter.age >= 70 else (84, 13, 3))
    return DemoBallot(voter, channel, tuple(sorted(code for _, code in scored[:number])))


def _number_of_picks(rng: random.Random, max_picks: int) -> int:
    """Drawn for ten picks and cut to the limit, so a lower limit gets its own bump of people who use it all."""
    return min(max_picks, _weighted(rng, range(len(PICKS_WEIGHTS)), PICKS_WEIGHTS))


def _weigh(voter: Resident, project: Proposal) -> float:
    """How much this voter likes this project, in the units of a logit."""
    nearness = 1.3 if project.ward == voter.ward else 0.0
    theme = 0.9 if project.theme in voter.themes else 0.0
    friends = 2.2 if project.proposer.kind == "group" and project.proposer.key == voter.group else 0.0
    age = _age_pull(voter.age, project.theme)
    cost = 0.7 * voter.thrift * math.log(project.cost / 1_000_000)  # nought at £10,000
    return project.appeal + nearness + theme + friends + age - cost


def _age_pull(age: int, theme: str) -> float:
    if age < 20:
        return {"young": 1.0, "active": 0.5, "together": -0.3}.get(theme, 0.0)
    if age >= 65:
        return {"together": 0.7, "young": -0.3, "streets": 0.3}.get(theme, 0.0)
    return {"young": 0.4}.get(theme, 0.0) if 30 <= age < 45 else 0.0


def _gumbel(rng: random.Random) -> float:
    return -math.log(-math.log(rng.uniform(1e-12, 1 - 1e-12)))


def _weighted(rng: random.Random, choices: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(choices, cum_weights=list(accumulate(weights)))[0]


def _ballots_of(
    rng: random.Random, content: Content, round_key: str, voters: Sequence[Resident]
) -> tuple[DemoBallot, ...]:
    round_ = next(r for r in content.rounds if r.key == round_key)
    return make_ballots(rng, voters, content.ballot_of(round_key), max_picks=round_.max_picks)
