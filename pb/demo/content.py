"""Read the demo council's words from `content/` into frozen dataclasses, with every date placed around a given today.

What is read is also checked (see `checking.py`): a sum that does not add up, or a name that leads nowhere, is a
`ContentError` that says where, because a demo with a broken link in it teaches the wrong lesson.
"""

from __future__ import annotations

from datetime import date
from typing import get_args

from pb.demo.checking import check
from pb.demo.log_content import read_log
from pb.demo.proposal_content import read_contributions, read_proposals
from pb.demo.reading import Days, Table, email_name, one_of, pence, read_toml
from pb.demo.shapes import (
    Constitution,
    Content,
    Council,
    Councillor,
    Criterion,
    Group,
    NamedResident,
    Phase,
    Place,
    Pot,
    PotSource,
    Round,
    Staff,
    StaffRole,
    Theme,
    Ward,
)

STAFF_DOMAIN = "harthwaite.example.org"
RESIDENT_DOMAIN = "example.org"


def load(today: date) -> Content:
    """The whole demo council as it looks on `today`.

    Units:   money in pence; dates as dates
    Raises:  ContentError if the words in `content/` do not hold together
    """
    days = Days(today)
    borough = read_toml("borough.toml")
    content = Content(
        council=Council(**borough["council"]),
        themes=tuple(Theme(key, name) for key, name in borough["themes"].items()),
        criteria=tuple(Criterion(number, **row) for number, row in enumerate(borough["criterion"], start=1)),
        wards=tuple(_ward(row) for row in borough["ward"]),
        councillors=tuple(_councillor(row) for row in borough["councillor"]),
        staff=tuple(_staff(row) for row in borough["staff"]),
        groups=tuple(_group(row) for row in read_toml("groups.toml")["group"]),
        residents=_residents(),
        rounds=tuple(_round(row, days) for row in read_toml("rounds.toml")["round"]),
        proposals=read_proposals(days),
        contributions=read_contributions(days),
        log=read_log(days),
    )
    check(content)
    return content


def _ward(row: Table) -> Ward:
    places = tuple(Place(*place) for place in row["places"])
    return Ward(**{**row, "streets": tuple(row["streets"]), "places": places})


def _councillor(row: Table) -> Councillor:
    return Councillor(email=f"cllr.{email_name(row['name'])}@{STAFF_DOMAIN}", **row)


def _staff(row: Table) -> Staff:
    one_of(row["role"], get_args(StaffRole), f"staff {row['key']}")
    return Staff(email=f"{email_name(row['name'])}@{STAFF_DOMAIN}", **row)


def _group(row: Table) -> Group:
    one_of(row["constitution"], get_args(Constitution), f"group {row['key']}")
    return Group(**{"host": None, "email": f"{row['key']}@{RESIDENT_DOMAIN}", **row})


def _residents() -> tuple[NamedResident, ...]:
    return tuple(_resident(entry, ward) for ward, names in read_toml("residents.toml").items() for entry in names)


def _resident(entry: str | list[str], ward: str) -> NamedResident:
    name, shown_as = (entry, entry) if isinstance(entry, str) else entry
    return NamedResident(name, shown_as, ward, f"{email_name(name)}@{RESIDENT_DOMAIN}")


def _round(row: Table, days: Days) -> Round:
    ends_on = days.on(row["voting_ends"])
    plain = {name: value for name, value in row.items() if name not in ("voting_ends", "counted", "decided")}
    placed: Table = {
        "slug": row["slug"].format(year=ends_on.year),
        "name": row["name"].format(year=ends_on.year),
        "wards": tuple(row["wards"]),
        "pots": tuple(_pot(pot) for pot in row["pots"]),
        "phases": tuple(Phase(name, days.on(offset)) for name, offset in row["phases"]),
        "voting_ends_on": ends_on,
        "counted_on": days.on(row["counted"]),
        "decided_on": days.on(row["decided"]),
        "already_helping": tuple(row["already_helping"]),
        "evidence": tuple(row["evidence"]),
        "largest_cost": pence(row["largest_cost"]),
    }
    return Round(**{**plain, **placed})


def _pot(row: Table) -> Pot:
    sources = tuple(PotSource(source, pence(amount)) for source, amount in row["sources"])
    return Pot(row["name"], tuple(row["wards"]), sources)
