"""The shapes of the demo council's data: frozen, typed, and free of any database.

Money is in whole pence, dates are dates, and every reference is a key or a code that `content.load` has checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Constitution = Literal[
    "charity",  # a registered charity, a CIO or a charitable trust
    "cic",  # a community interest company
    "society",  # a registered society (co-operative or community benefit)
    "association",  # an unincorporated association with written rules and a bank account
    "school PTA",
    "faith hall",
    "tenants",  # a tenants' and residents' association
    "unconstituted",  # friends and neighbours; a host holds the money
]
StaffRole = Literal["officer", "returning officer", "facilitator", "admin"]
ProposalStatus = Literal[
    "draft",
    "submitted",
    "published",
    "under_valuation",
    "feasible",
    "feasible_with_changes",
    "not_feasible",
    "inadmissible",
    "merged",
    "withdrawn",
    "on_ballot",
]
CheckResult = Literal["feasible", "feasible_with_changes", "not_feasible"]
ContributionKind = Literal["support", "worry", "question", "suggestion", "help"]
ReplyKind = Literal["reply", "answered", "changed", "not_changed", "accepted"]
AuthorKind = Literal["person", "group", "councillor", "staff"]
LogStatus = Literal["Agreed", "Under way", "Delayed", "Changed", "Finished", "Confirmed", "Stopped"]


@dataclass(frozen=True)
class Council:
    """Who runs the demo, and how a resident reaches them."""

    name: str
    short_name: str
    strapline: str
    colour: str
    help_phone: str
    help_hours: str
    help_place: str
    about: str


@dataclass(frozen=True)
class Theme:
    key: str
    name: str


@dataclass(frozen=True)
class Criterion:
    """One published rule a proposal is checked against; refusals cite its number."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class Place:
    name: str
    street: str
    about: str


@dataclass(frozen=True)
class Ward:
    key: str
    gss: str
    name: str
    postcode: str
    share: float  # of the borough's residents; the five add up to 1
    about: str
    streets: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Councillor:
    key: str
    name: str
    ward: str
    email: str
    about: str
    surgery: str


@dataclass(frozen=True)
class Staff:
    key: str
    name: str
    email: str
    job_title: str
    role: StaffRole
    about: str


@dataclass(frozen=True)
class Group:
    """A community group; an unconstituted one names the group that hosts its money."""

    key: str
    name: str
    constitution: Constitution
    ward: str
    email: str
    contact: str  # a named resident
    members: str
    about: str
    host: str | None


@dataclass(frozen=True)
class NamedResident:
    """A resident who writes proposals or contributions. `shown_as` is the name they chose to publish."""

    name: str
    shown_as: str
    ward: str
    email: str


@dataclass(frozen=True)
class PotSource:
    """Where part of a pot comes from, in pence."""

    source: str
    amount: int


@dataclass(frozen=True)
class Pot:
    name: str
    wards: tuple[str, ...]
    sources: tuple[PotSource, ...]

    @property
    def amount(self) -> int:
        """The budget limit, in pence."""
        return sum(source.amount for source in self.sources)


@dataclass(frozen=True)
class Phase:
    name: str
    starts_on: date


@dataclass(frozen=True)
class Round:
    """One round with its dates already placed around today. Voting ends at 5pm on `voting_ends_on`."""

    key: str
    slug: str
    name: str
    purpose: str
    problem: str
    heard: str
    first_asked_by: str
    wards: tuple[str, ...]
    pots: tuple[Pot, ...]
    phases: tuple[Phase, ...]  # in order of time
    voting_ends_on: date
    counted_on: date
    decided_on: date
    rule: str
    completion: str
    max_picks: int
    who_may_vote: str
    minimum_age: int
    identity_check: str
    who_decides: str
    facilitator: str  # a staff key
    already_helping: tuple[str, ...]
    evidence: tuple[str, ...]
    largest_cost: int
    equality: str
    test_vote: str

    @property
    def amount(self) -> int:
        """All pots together, in pence."""
        return sum(pot.amount for pot in self.pots)


@dataclass(frozen=True)
class CostLine:
    what: str
    amount: int


@dataclass(frozen=True)
class DealLine:
    """One promise. Without a date it is something kept up for as long as the project lasts."""

    text: str
    by: date | None


@dataclass(frozen=True)
class Check:
    """The feasibility check: its result, the published reason, and the role that signed it."""

    result: CheckResult
    reason: str
    officer_role: str
    checked_on: date
    criterion: int | None  # the rule broken, when not feasible


@dataclass(frozen=True)
class Author:
    """Who wrote something: a resident's name, or the key of a group, councillor or member of staff."""

    kind: AuthorKind
    key: str


@dataclass(frozen=True)
class Proposal:
    """A proposal, and from the freeze on a project. Costs are in pence."""

    key: str
    round: str
    code: str | None  # only on a ballot
    status: ProposalStatus
    title: str
    summary: str
    what: str
    where: str
    ward: str
    theme: str
    who_benefits: str
    already_here: str
    cost_lines: tuple[CostLine, ...]
    cost: int
    running: int  # a year, afterwards
    running_cost: str  # who pays that, in the proposer's words
    council_will: tuple[DealLine, ...]
    we_will: tuple[DealLine, ...]
    outcome: str
    outcome_by: date | None
    risks: str
    proposer: Author
    submitted_on: date | None
    check: Check | None
    merged_into: str | None = None
    note: str | None = None  # why it was withdrawn or merged
    appeal: float = field(default=0.0, repr=False)  # how widely it is liked; only the ballot generator reads it


@dataclass(frozen=True)
class Reply:
    kind: ReplyKind
    author: Author
    text: str
    written_on: date


@dataclass(frozen=True)
class Contribution:
    """One contribution with its replies. `key` is the proposal's key and a number, such as `canal-lights-3`."""

    key: str
    proposal: str
    kind: ContributionKind
    author: Author
    text: str
    written_on: date
    replies: tuple[Reply, ...]


@dataclass(frozen=True)
class Said:
    """A bullet of "you said", with the keys of the contributions it rests on."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Deed:
    """What somebody did: the words, who (a role or a group), when, and what shows it."""

    what: str
    who: str
    done_on: date
    evidence: str


@dataclass(frozen=True)
class DealState:
    """How one deal line of the project stands."""

    text: str
    side: Literal["council", "residents"]
    state: Literal["kept", "not kept", "not due"]


@dataclass(frozen=True)
class LogMoney:
    """The open book in pence. What is left is budgeted less paid."""

    budgeted: int
    committed: int
    paid: int
    as_of: date
    other: str | None

    @property
    def left(self) -> int:
        return self.budgeted - self.paid


@dataclass(frozen=True)
class LogUpdate:
    """One dated version of a log entry: what was said then."""

    said_on: date
    status: LogStatus
    text: str
    by_role: str


@dataclass(frozen=True)
class Confirmations:
    """What residents who went to look said."""

    yes: int
    partly: int
    no: int


@dataclass(frozen=True)
class LogEntry:
    slug: str
    project: str  # the code of a funded project
    round: str
    title: str
    question: str
    set_by: str
    asked_on: date
    you_said: tuple[Said, ...]
    disagreed: Said | None
    council_did: tuple[Deed, ...]
    residents_did: tuple[Deed, ...]  # empty means the entry says residents had no part in this
    partners_did: tuple[Deed, ...]
    deal: tuple[DealState, ...]
    money: LogMoney
    status: LogStatus
    opened_on: date
    updated_on: date
    was_due: date | None  # the old date, kept visible when delayed
    next_step: str | None
    next_by: date | None
    answers_to: str
    lead_officer_role: str
    councillor: str
    outcome_result: str | None
    what_we_learned: str | None
    what_you_can_do: str | None
    updates: tuple[LogUpdate, ...]
    confirmations: Confirmations | None


@dataclass(frozen=True)
class Content:
    """Everything written about the demo council, with references resolved and dates placed."""

    council: Council
    themes: tuple[Theme, ...]
    criteria: tuple[Criterion, ...]
    wards: tuple[Ward, ...]
    councillors: tuple[Councillor, ...]
    staff: tuple[Staff, ...]
    groups: tuple[Group, ...]
    residents: tuple[NamedResident, ...]
    rounds: tuple[Round, ...]
    proposals: tuple[Proposal, ...]
    contributions: tuple[Contribution, ...]
    log: tuple[LogEntry, ...]

    def proposals_of(self, round_key: str) -> tuple[Proposal, ...]:
        return tuple(p for p in self.proposals if p.round == round_key)

    def ballot_of(self, round_key: str) -> tuple[Proposal, ...]:
        """The projects on a round's ballot, in order of code."""
        on_ballot = [p for p in self.proposals_of(round_key) if p.code]
        return tuple(sorted(on_ballot, key=lambda p: p.code or ""))
