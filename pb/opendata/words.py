"""What files are, in a sentence each, and why some ballots are not among them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from pb.core.filters import number
from pb.opendata.dictionary import TABLES, Field
from pb.results.pack import PotInPack
from pb.results.secrecy import FEWEST_BALLOTS, Withheld


def _(words: str, **facts: object) -> str:
    return str(gettext(words, **facts))


KINDS = {
    "string": _l("Text"),
    "integer": _l("Whole number"),
    "number": _l("Number"),
    "boolean": _l("true or false"),
    "date": _l("Day"),
    "datetime": _l("Time, in UTC"),
}
ABOUT = {
    "contest.zip": _l("The pack: everything needed to check and count again, signed."),
    "result.json": _l("The result with every step of the count: exact fractions, money in pence."),
    "projects.geojson": _l(
        "The projects on the ballot as GeoJSON: points where proposers gave one, places in words for all."
    ),
    "datapackage.json": _l("What each file is, column by column: a Frictionless Data Package."),
    "MANIFEST.txt": _l("The SHA-256 of every file, for sha256sum --check."),
}


def about(name: str) -> str:
    """What a file is."""
    if name.endswith(".pb"):
        return _("The votes without names, in Pabulib’s format, for researchers and for counting again.")
    table = TABLES.get(name.removesuffix(".csv"))
    return f"{table.title}." if table else str(ABOUT.get(name, ""))


def kind(field: Field) -> str:
    """Whole number; text, one of: all, channel, ward; …, can be empty."""
    name = str(KINDS[field.kind])
    if field.values:
        name = _("%(kind)s, one of: %(values)s", kind=name, values=", ".join(field.values))
    return name if field.required else _("%(kind)s, can be empty", kind=name)


def size(octets: int) -> str:
    """512 bytes, 14 KB, 3.2 MB."""
    if octets < 1000:
        return _("%(n)s bytes", n=number(octets))
    if octets < 1_000_000:
        return _("%(n)s KB", n=number(octets // 1000))
    return _("%(n)s MB", n=number(octets // 100_000 / 10))


def withheld(pots: Sequence[PotInPack]) -> list[str]:
    """Why ballots of some pots are not published, a sentence each."""
    return [_why(pot, is_one=len(pots) == 1) for pot in pots if pot.withheld]


def _why(pot: PotInPack, *, is_one: bool) -> str:
    about = "" if is_one else f"{pot.count.pot.name}: "
    if pot.withheld is Withheld.TOO_FEW:
        return about + _(
            "Single votes are not published here, because fewer than %(fewest)s people voted and a whole vote can be"
            " recognised like a signature. The totals are published; an auditor can count the votes again with us.",
            fewest=FEWEST_BALLOTS,
        )
    return about + _(
        "Single votes are not published here, because this result follows from the totals alone, and a whole vote can"
        " be recognised like a signature. The check counts again from the totals."
    )
