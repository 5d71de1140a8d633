"""The data dictionary: every table and field we publish, in one place. Files are written from it, never beside it.

`required`: every row has a value. `values`: the only values there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.counting.outcome import Reason
from pb.log.statuses import Status


@dataclass(frozen=True)
class Field:
    """A column. `kind` is a Table Schema type: string, integer, number, boolean, date, datetime."""

    name: str
    kind: str
    about: LazyString
    required: bool = True
    values: Sequence[str] = ()

    def schema(self) -> dict[str, Any]:
        """As a Data Package describes it."""
        constraints: dict[str, Any] = ({"required": True} if self.required else {}) | (
            {"enum": list(self.values)} if self.values else {}
        )
        described = {"name": self.name, "type": self.kind, "description": str(self.about)}
        return described | ({"constraints": constraints} if constraints else {})


@dataclass(frozen=True)
class Table:
    """A file of rows. `key`: the fields that together name one row."""

    name: str
    title: LazyString
    fields: tuple[Field, ...]
    key: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def columns(self) -> list[str]:
        return [field.name for field in self.fields]


ROUND = Field("round_id", "string", _l("The round, as in its address."))
VERSION = Field("version", "integer", _l("Which published version of the result this belongs to, from 1."))
POT = Field("pot", "string", _l("The name of the sum of money it was counted in."))
CODE = Field("code", "string", _l("The project’s code, as on the ballot. It never changes."))
TITLE = Field("title", "string", _l("The project’s title, as on the ballot."))
COST = Field("cost_pence", "integer", _l("What it costs, in pence (hundredths of the round’s currency)."))
CURRENCY = Field("currency", "string", _l("Three letters of ISO 4217; XXX where the source does not say."))
WARD_CODE = Field("ward_code", "string", _l("The ward’s GSS code; empty for the whole area."), required=False)
WARD_NAME = Field("ward_name", "string", _l("The ward’s name; empty for the whole area."), required=False)
URL = Field("url", "string", _l("The page about it."))

PROJECTS = Table(
    "projects",
    _l("Projects on the ballot"),
    (
        ROUND,
        CODE,
        TITLE,
        Field("summary", "string", _l("What it is, in a sentence or two, as on the ballot."), required=False),
        Field("theme", "string", _l("What it is about."), required=False),
        WARD_CODE,
        WARD_NAME,
        Field("place_name", "string", _l("Where it is, in words."), required=False),
        Field("latitude", "number", _l("Where a proposer gave a point: degrees north (WGS 84)."), required=False),
        Field("longitude", "number", _l("The same: degrees east."), required=False),
        POT,
        COST,
        CURRENCY,
        Field(
            "proposer_type", "string", _l("Who proposed it."), required=False, values=("resident", "group", "imported")
        ),
        Field("group_name", "string", _l("The group’s name. Residents are not named in files."), required=False),
        Field("is_withdrawn", "boolean", _l("It was withdrawn after the ballot was fixed and cannot be funded.")),
        URL,
        Field("licence", "string", _l("The terms of use of this row.")),
    ),
    key=("round_id", "code"),
)

RESULTS = Table(
    "results",
    _l("Results, project by project"),
    (
        ROUND,
        VERSION,
        POT,
        CODE,
        TITLE,
        COST,
        CURRENCY,
        Field("picks", "integer", _l("How many people chose it.")),
        Field("points", "integer", _l("Points it got, where ballots hold points or ranks."), required=False),
        Field("rule", "string", _l("The rule of the count, fixed before voting.")),
        Field("completion", "string", _l("What the rule did with money left over.")),
        Field("is_funded", "boolean", _l("The count funds it.")),
        Field("order_funded", "integer", _l("1 for the first project funded in its pot, and so on."), required=False),
        Field("reason_code", "string", _l("Why it is funded or not."), values=("funded", *get_args(Reason))),
        Field(
            "money_available_pence",
            "integer",
            _l("The money there was for it when it was decided. Left out where fewer than 200 people voted."),
            required=False,
        ),
        Field(
            "money_left_pence",
            "integer",
            _l("Equal Shares: what its supporters had left when the count ended. Left out as above."),
            required=False,
        ),
        Field(
            "source_says_funded",
            "boolean",
            _l("For an imported round: what its own source says."),
            required=False,
        ),
        Field(
            "council_decision",
            "string",
            _l("What the council decided, if it had when this version came out. The results page has today’s table."),
            required=False,
            values=("agreed", "funded", "not_funded"),
        ),
        Field("decision_date", "date", _l("The day of that decision."), required=False),
    ),
    key=("round_id", "version", "code"),
)

BALLOTS = Table(
    "ballots",
    _l("Votes without names"),
    (
        POT,
        Field("ballot_no", "integer", _l("A number given after sorting. It tells nothing about when anybody voted.")),
        Field(
            "project_codes",
            "string",
            _l("The codes chosen, with commas between; ranked ballots keep their order. Empty: nothing was chosen."),
            required=False,
        ),
        Field("points", "string", _l("Points in the same order, where ballots hold points."), required=False),
    ),
    key=("pot", "ballot_no"),
)


TURNOUT = Table(
    "turnout",
    _l("How many people voted"),
    (
        ROUND,
        VERSION,
        Field("group_by", "string", _l("What people are counted by."), values=("all", "channel", "ward")),
        Field("group", "string", _l("The channel, or the ward’s GSS code; “all” for everybody.")),
        Field(
            "ballots",
            "integer",
            _l("People who voted, by ward to the nearest 5; empty if hidden."),
            required=False,
        ),
        Field(
            "is_hidden",
            "boolean",
            _l("The number is not shown because it, or another that gives it away, is under 10."),
        ),
    ),
    key=("round_id", "version", "group_by", "group"),
)

LOG = Table(
    "log",
    _l("What happened to promises"),
    (
        Field("entry_id", "string", _l("The entry’s reference, as in its address.")),
        Field("round_id", "string", _l("The round it came from."), required=False),
        Field("code", "string", _l("The project’s code."), required=False),
        TITLE,
        Field("question", "string", _l("The question it answers.")),
        Field("status", "string", _l("Where it stands."), values=tuple(status.value for status in Status)),
        Field("overdue_days", "integer", _l("Days since its update was due; 0 when it is not overdue.")),
        WARD_CODE,
        Field("currency", "string", _l("Three letters of ISO 4217.")),
        Field("budgeted_pence", "integer", _l("Money set aside, in pence."), required=False),
        Field("paid_pence", "integer", _l("Money paid so far, in pence."), required=False),
        Field("money_on", "date", _l("The day on which the money was stated."), required=False),
        Field("next_step", "string", _l("What comes next."), required=False),
        Field("next_by", "date", _l("When it is due."), required=False),
        Field("answers_to", "string", _l("The role that answers for it."), required=False),
        Field("residents_yes", "integer", _l("Residents who said it was done.")),
        Field("residents_partly", "integer", _l("Residents who said it was done in part.")),
        Field("residents_no", "integer", _l("Residents who said it was not done.")),
        Field("lesson", "string", _l("What was learned."), required=False),
        Field("revision", "integer", _l("The number of the entry’s newest version.")),
        Field("updated_on", "date", _l("The day of that version.")),
        URL,
    ),
    key=("entry_id",),
)

TIMELINE = Table(
    "timeline",
    _l("The decision record"),
    (
        Field("entry", "integer", _l("The entry’s number in the record of the whole site.")),
        Field("at", "datetime", _l("When it was decided, in UTC.")),
        ROUND,
        Field("actor_role", "string", _l("The role that decided, never a name.")),
        Field("kind", "string", _l("What was done.")),
        Field("sentence", "string", _l("The same in words.")),
        Field("reason", "string", _l("The reason given."), required=False),
        Field("hash", "string", _l("SHA-256 of the entry, which the next entry holds.")),
    ),
    key=("entry",),
)

GRANTS = Table(
    "grants",
    _l("Grants to community groups"),
    (
        Field("date_awarded", "date", _l("The day the result was published.")),
        Field("period_from", "date", _l("The day from which the money is for.")),
        Field("department", "string", _l("Who awards it.")),
        Field("beneficiary", "string", _l("The group.")),
        Field("registration_number", "string", _l("The group’s number, where it is registered."), required=False),
        Field("purpose", "string", _l("What it is for.")),
        Field("amount_pence", "integer", _l("The amount, in pence.")),
        Field("log_entry", "string", _l("The entry in the log that follows this grant.")),
    ),
    key=("log_entry",),
)

PUBLISHED = (PROJECTS, RESULTS, TURNOUT, BALLOTS)
"""Written at publication, once for each version."""
LIVING = (LOG, TIMELINE, GRANTS)
"""Read anew at each request."""
TABLES: Mapping[str, Table] = {table.name: table for table in (*PUBLISHED, *LIVING)}
