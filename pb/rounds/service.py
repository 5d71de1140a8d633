"""Setting up a round, running it by dates and events, and freezing its ballot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.money import Money
from pb.core.provider import provider
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds import checklist, choices, errors, freezing
from pb.rounds.models import Phase, PhaseDate, Pot, Project, Round, Ward
from pb.rounds.phases import DATED, dates_of, phase_of, voting_window
from pb.rounds.words import PHASE_BEGINS

kinds.declare(
    {
        "round.created": _l("The round “%(title)s” was begun as a draft."),
        "round.described": _l("The description of the round was changed."),
        "voters.set": _l("Who may vote was set: %(words)s."),
        "pots.set": _l("The money was set: %(total_pence)s in all."),
        "ballot.set": _l("The ballot and the way it is counted were set: %(rule)s."),
        "dates.set": _l("The dates were set. Voting: %(opens_at)s to %(closes_at)s."),
        "round.published": _l("The round was made public."),
        "round.held": _l("The dates were put on hold."),
        "round.released": _l("The hold was ended. The dates count again."),
        "ballot.frozen": _l("The ballot was published with %(projects)s projects. Nothing on it changes now."),
        "voting.closed": _l("Voting was closed."),
        "results.published": _l("The results were published."),
        "round.ended": _l("The round ended."),
    }
)

DESCRIBED = frozenset(
    {
        "title",
        "purpose",
        "problem",
        "asked_by",
        "what_helps",
        "who_decides",
        "facilitator",
        "paper_help",
        "equality_note",
        "fair_checks",
        "test_vote_note",
        "max_ask",
    }
)
LOCKED_BY_FREEZE = frozenset({"title"})
LONGEST_REASON = 600


@dataclass(frozen=True)
class PotPlan:
    """A pot as an officer enters it. `ward_id` None: for everybody."""

    name: str
    amount: Money
    comes_from: str = ""
    ward_id: int | None = None


@dataclass(frozen=True)
class BallotPlan:
    """How people vote and how it is counted, by the names in `choices`. `max_picks` None: as many as they like."""

    ballot_kind: str = "approval"
    max_picks: int | None = 10
    min_picks: int = 0
    rule: str = "equal-shares"
    completion: str = "add1"
    tie_rule: str = "cost_votes_lot"
    identity_rung: int = 1
    channel_rule: str = "first"
    seal_mode: str = "S1"
    other_rungs: tuple[int, ...] = ()


@dataclass(frozen=True)
class BallotLine:
    """One project as it goes on the ballot; written once, by the freeze."""

    code: str
    title: str
    cost: Money
    pot_id: int
    summary: str = ""
    place: str = ""
    point: str = ""
    theme: str = ""
    ward_id: int | None = None
    proposer: str = ""


# Setting up --------------------------------------------------------------------------------------------------------


def create_round(*, title: str, by: Actor, now: datetime, slug: str = "", kind: str = "fund") -> Round:
    """Begin a draft that only staff see. Its address comes from `slug` or the title, numbered when it is taken.

    Raises: NameNeeded when the title has no letter or digit
    """
    if not any(character.isalnum() for character in title):
        raise errors.NameNeeded
    wanted = slugify(slug or title)
    number = 1
    while True:
        address = wanted if number == 1 else f"{wanted[:75]}-{number}"
        round = Round(slug=address, title=title.strip()[:120], kind=kind, created_at=now, fair_checks={})
        if address not in RESERVED and _added(round):
            break
        number += 1
    record("round.created", by=by, now=now, subject=round.slug, round_id=round.id, title=round.title)
    return round


RESERVED = frozenset({"new"})
"""Words that mean something else at the place of a slug in an address."""


def _added(round: Round) -> bool:
    """Whether the address was free; the database's unique key decides, so two at once cannot both have it."""
    if session().scalar(select(Round.id).where(Round.slug == round.slug)):
        return False
    try:
        with session().begin_nested():
            session().add(round)
            session().flush()
    except IntegrityError:
        return False
    return True


def slugify(text: str) -> str:
    """Small letters a to z, digits and hyphens, at most 80; `round` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "round"


def describe_round(round: Round, *, by: Actor, now: datetime, reason: str = "", **changes: Any) -> Round:
    """Change words about the round (names of `DESCRIBED`); the record says which, and why once it is public.

    Raises: FrozenRound for a locked part after the freeze; ReasonNeeded on a public round; NameNeeded;
            TypeError for a name that is not in DESCRIBED
    """
    if unknown := set(changes) - DESCRIBED:
        raise TypeError(f"a round has no {sorted(unknown)}")
    _lock(round)
    changed = sorted(name for name, value in changes.items() if getattr(round, name) != value)
    if not changed:
        return round
    _check_change(round, reason, locked=bool(LOCKED_BY_FREEZE & set(changed)))
    if "title" in changed and not any(c.isalnum() for c in str(changes["title"])):
        raise errors.NameNeeded
    for name in changed:
        setattr(round, name, changes[name])
    _note("round.described", round, by=by, now=now, reason=reason, changed=changed)
    return round


def set_voters(
    round: Round,
    *,
    words: str,
    minimum_age: int,
    ward_ids: Collection[int] = (),
    by: Actor,
    now: datetime,
    reason: str = "",
) -> Round:
    """Say who may vote, from what age, and in which wards (none: all of them).

    Raises: FrozenRound; ReasonNeeded; AgeOutOfRange; UnknownArea
    """
    _lock(round)
    _check_change(round, reason, locked=True)
    if minimum_age not in range(5, 22):
        raise errors.AgeOutOfRange
    area = session().scalars(select(Ward).where(Ward.id.in_(ward_ids)).order_by(Ward.name, Ward.id)).all()
    if len(area) != len(set(ward_ids)):
        raise errors.UnknownArea
    round.who_may_vote, round.minimum_age, round.wards = words, minimum_age, list(area)
    names = [ward.name for ward in area]
    _note("voters.set", round, by=by, now=now, reason=reason, words=words, minimum_age=minimum_age, wards=names)
    return round


def set_pots(round: Round, *, pots: Sequence[PotPlan], by: Actor, now: datetime, reason: str = "") -> list[Pot]:
    """Replace the round's pots.

    Raises: FrozenRound; ReasonNeeded; PotsNeeded; PotNameNeeded, PotNameTwice, PotAmountNeeded, UnknownWard with line
    """
    _lock(round)
    _check_change(round, reason, locked=True)
    _check_pots(pots)
    session().query(Pot).filter(Pot.round_id == round.id).delete()
    session().add_all(
        Pot(round_id=round.id, position=n, name=p.name, amount=p.amount, comes_from=p.comes_from, ward_id=p.ward_id)
        for n, p in enumerate(pots)
    )
    session().flush()
    session().expire(round, ["pots"])
    facts = [{"name": p.name, "pence": p.amount, "ward_id": p.ward_id} for p in pots]
    _note("pots.set", round, by=by, now=now, reason=reason, total_pence=sum(p.amount for p in pots), pots=facts)
    return round.pots


def _check_pots(pots: Sequence[PotPlan]) -> None:
    if not pots:
        raise errors.PotsNeeded
    known = set(session().scalars(select(Ward.id)))
    names: set[str] = set()
    for line, pot in enumerate(pots):
        if not pot.name:
            raise errors.PotNameNeeded(line, "name")
        if pot.name in names:
            raise errors.PotNameTwice(line, "name")
        if pot.amount <= 0:
            raise errors.PotAmountNeeded(line, "amount")
        if pot.ward_id is not None and pot.ward_id not in known:
            raise errors.UnknownWard(line, "ward_id")
        names.add(pot.name)


def set_ballot(round: Round, *, plan: BallotPlan, by: Actor, now: datetime, reason: str = "") -> Round:
    """Settle how people vote and how it is counted.

    Raises: FrozenRound; ReasonNeeded; UnknownChoice; OtherRungsNeedList; NoProvider; RuleDoesNotFit; PicksOutOfRange;
            TooFewPicksAllowed
    """
    _lock(round)
    _check_change(round, reason, locked=True)
    _check_ballot(plan)
    round.ballot_kind, round.max_picks, round.min_picks = plan.ballot_kind, plan.max_picks, plan.min_picks
    round.rule, round.completion, round.tie_rule = plan.rule, plan.completion, plan.tie_rule
    round.identity_rung, round.channel_rule, round.seal_mode = plan.identity_rung, plan.channel_rule, plan.seal_mode
    round.identity_rung, round.other_rungs = plan.identity_rung, sorted(plan.other_rungs)
    round.ballot_set_at = now
    _note("ballot.set", round, by=by, now=now, reason=reason, ballot=asdict(plan), rule=plan.rule)
    return round


def _check_ballot(plan: BallotPlan) -> None:
    offered = (
        ("ballot_kind", choices.BALLOT_KINDS),
        ("rule", choices.RULES),
        ("completion", choices.COMPLETIONS),
        ("tie_rule", choices.TIE_RULES),
        ("identity_rung", choices.RUNGS),
        ("channel_rule", choices.CHANNEL_RULES),
        ("seal_mode", choices.SEAL_MODES),
    )
    for field, known in offered:
        if getattr(plan, field) not in known:
            raise errors.UnknownChoice(field)
    if any(rung not in choices.ALSO or rung == plan.identity_rung for rung in plan.other_rungs):
        raise errors.UnknownChoice("other_rungs")
    if plan.other_rungs and plan.identity_rung not in choices.RUNGS_WITH_LIST:
        raise errors.OtherRungsNeedList
    if choices.RUNG_OF_PROVIDER in (plan.identity_rung, *plan.other_rungs) and provider() is None:
        raise errors.NoProvider
    if plan.completion != "none" and plan.rule not in choices.RULES_WITH_COMPLETION:
        raise errors.RuleDoesNotFit
    if plan.max_picks is not None and not 1 <= plan.max_picks <= 100:
        raise errors.PicksOutOfRange
    if not 0 <= plan.min_picks <= min(3, plan.max_picks or 3):
        raise errors.TooFewPicksAllowed


def set_dates(
    round: Round, *, dates: Mapping[Phase, datetime | None], by: Actor, now: datetime, reason: str = ""
) -> Round:
    """Set the dates given and keep the others; None takes a date away. A date that stays as it was is never refused.

    Raises: FrozenRound for a date up to the end of voting after the freeze; ReasonNeeded; and at the phase's field
            DateHasPassed, DateInThePast and DateNeeded on a public round, DatesOutOfOrder
    """
    _lock(round)
    changed, new = checked_dates(round, dates=dates, reason=reason, now=now)
    if not changed:
        return round
    _write_dates(round, new)
    said = {f"{phase.value}_at": at.isoformat() for phase, at in new.items()}
    facts = said | {"opens_at": said.get("voting_at"), "closes_at": said.get("counting_at")}
    _note("dates.set", round, by=by, now=now, reason=reason, **facts)
    return round


def checked_dates(
    round: Round, *, dates: Mapping[Phase, datetime | None], reason: str, now: datetime
) -> tuple[dict[Phase, datetime | None], dict[Phase, datetime]]:
    """(what would change, all dates then).

    Raises: as `set_dates`
    """
    old = dates_of(round)
    changed = {phase: at for phase, at in dates.items() if old.get(phase) != at}
    if not changed:
        return {}, old
    _check_change(round, reason, locked=any(phase not in (Phase.RESULTS, Phase.DELIVERING) for phase in changed))
    if round.published_at:
        _check_moves(old, changed, now)
    merged = {**old, **changed}
    new = {phase: at for phase in DATED if (at := merged.get(phase))}
    _check_order(new)
    return changed, new


def _check_moves(old: Mapping[Phase, datetime], changed: Mapping[Phase, datetime | None], now: datetime) -> None:
    """What the public has lived through stays; what is moved is moved into the future."""
    for phase, at in changed.items():
        if phase in old and old[phase] <= now:
            raise errors.DateHasPassed(phase)
        if at is None and phase in (Phase.VOTING, Phase.COUNTING):
            raise errors.DateNeeded(phase)
        if at is not None and at <= now:
            raise errors.DateInThePast(phase)


def _check_order(dates: Mapping[Phase, datetime]) -> None:
    before: Phase | None = None
    for phase, at in dates.items():
        if before and at <= dates[before]:
            raise errors.DatesOutOfOrder(phase, after=PHASE_BEGINS[before])
        before = phase


def _write_dates(round: Round, dates: Mapping[Phase, datetime]) -> None:
    session().query(PhaseDate).filter(PhaseDate.round_id == round.id).delete()
    session().add_all(PhaseDate(round_id=round.id, phase=phase, starts_at=at) for phase, at in dates.items())
    session().flush()
    session().expire(round, ["dates"])


def publish_round(round: Round, *, by: Actor, now: datetime) -> Round:
    """Make the round public.

    Raises: AlreadyPublished; SetupIncomplete naming the parts; VotingAlreadyOver
    """
    _lock(round)
    if round.published_at:
        raise errors.AlreadyPublished
    if missing := checklist.missing(round):
        raise errors.SetupIncomplete([part.name for part in missing])
    if voting_window(round).closes_at <= now:
        raise errors.VotingAlreadyOver
    round.published_at = now
    _note("round.published", round, by=by, now=now)
    return round


# Running -----------------------------------------------------------------------------------------------------------


def hold(round: Round, *, reason: str, by: Actor, now: datetime) -> Round:
    """Stop the dates: the round stays in its present phase until released.

    Raises: NotPublished; AlreadyHeld; CannotHold once voting has begun; ReasonNeeded
    """
    _lock(round)
    phase = check_hold(round, now=now)
    round.held_at, round.held_phase, round.held_reason = now, phase, reasoned(reason)
    _note("round.held", round, by=by, now=now, reason=reason, phase=phase)
    return round


def check_hold(round: Round, *, now: datetime) -> Phase:
    """The phase in which the round would stay.

    Raises: NotPublished; AlreadyHeld; CannotHold
    """
    if round.held_at:
        raise errors.AlreadyHeld
    phase = phase_of(round, now)
    if phase is Phase.DRAFT:
        raise errors.NotPublished
    if phase not in DATED[: DATED.index(Phase.VOTING)]:
        raise errors.CannotHold
    return phase


def release(round: Round, *, reason: str, by: Actor, now: datetime) -> Round:
    """Let the dates count again, from now.

    Raises: NotHeld; ReasonNeeded
    """
    _lock(round)
    if round.held_at is None:
        raise errors.NotHeld
    reasoned(reason)
    round.held_at = round.held_phase = round.held_reason = None
    _note("round.released", round, by=by, now=now, reason=reason, phase=phase_of(round, now))
    return round


def freeze_ballot(round: Round, *, lines: Sequence[BallotLine], by: Actor, now: datetime) -> list[Project]:
    """Publish the ballot: write its projects, its canonical JSON with SHA-256, and the commitment for ties.

    Raises: NotPublished; FrozenRound when done before; RoundHeld; ProposingNotOver; VotingNotDated; TooLateToFreeze;
            EmptyBallot; CodeTwice, LineWithoutCost, LineOverPot, LineInAnotherPot with the code
    """
    _lock(round)
    check_ballot(round, lines, now=now)
    projects = [
        Project(
            round_id=round.id,
            code=line.code,
            title=line.title,
            summary=line.summary,
            cost=line.cost,
            pot_id=line.pot_id,
            place=line.place,
            point=line.point,
            theme=line.theme,
            ward_id=line.ward_id,
            proposer=line.proposer,
        )
        for line in lines
    ]
    session().add_all(projects)
    session().flush()
    promise = freezing.describe(round, projects, freezing.draw_lot(round))
    round.frozen_json = freezing.canonical_json(promise)
    round.frozen_sha256 = freezing.sha256(round.frozen_json)
    round.frozen_at = now
    facts = {"sha256": round.frozen_sha256, "tie_commitment": promise["ties"]["commitment"]}
    _note("ballot.frozen", round, by=by, now=now, projects=len(projects), **facts)
    return projects


def check_ballot(round: Round, lines: Sequence[BallotLine], *, now: datetime) -> None:
    """Raises: as `freeze_ballot`."""
    _check_freeze(round, now)
    _check_lines(round, lines)


def _check_freeze(round: Round, now: datetime) -> None:
    if round.frozen_at:
        raise errors.FrozenRound
    if round.held_at:
        raise errors.RoundHeld
    phase = phase_of(round, now)
    if phase is Phase.DRAFT:
        raise errors.NotPublished
    if Phase.PROPOSING in dates_of(round) and phase in (Phase.INFORMING, Phase.PROPOSING):
        raise errors.ProposingNotOver
    if voting_window(round).closes_at <= now:
        raise errors.TooLateToFreeze


def _check_lines(round: Round, lines: Sequence[BallotLine]) -> None:
    if not lines:
        raise errors.EmptyBallot
    amounts = {pot.id: pot.amount for pot in round.pots}
    codes: set[str] = set()
    for line in lines:
        if line.code in codes:
            raise errors.CodeTwice(line.code)
        if line.pot_id not in amounts:
            raise errors.LineInAnotherPot(line.code)
        if line.cost <= 0:
            raise errors.LineWithoutCost(line.code)
        if line.cost > amounts[line.pot_id]:
            raise errors.LineOverPot(line.code)
        codes.add(line.code)


def mark_closed(round: Round, *, by: Actor, now: datetime, **facts: Any) -> Round:
    """Write the `closed` event of the vote; from then on no clock opens it again.

    Raises: NotFrozen; AlreadyClosed; VotingNotOver before the published end
    """
    _lock(round)
    if round.frozen_at is None:
        raise errors.NotFrozen
    if round.closed_at:
        raise errors.AlreadyClosed
    if now < voting_window(round).closes_at:
        raise errors.VotingNotOver
    round.closed_at = now
    _note("voting.closed", round, by=by, now=now, **facts)
    return round


def mark_published(round: Round, *, by: Actor, now: datetime, **facts: Any) -> Round:
    """Write that results are public. Only the first time moves the round on; corrections keep its date.

    Raises: NotClosed
    """
    _lock(round)
    if round.closed_at is None:
        raise errors.NotClosed
    round.results_at = round.results_at or now
    _note("results.published", round, by=by, now=now, **facts)
    return round


def end_round(round: Round, *, reason: str, by: Actor, now: datetime) -> Round:
    """End the round: every promise is settled.

    Raises: NoResultsYet; AlreadyEnded; ReasonNeeded
    """
    _lock(round)
    if round.ended_at:
        raise errors.AlreadyEnded
    if round.results_at is None:
        raise errors.NoResultsYet
    reasoned(reason)
    round.ended_at = now
    _note("round.ended", round, by=by, now=now, reason=reason)
    return round


# Shared ------------------------------------------------------------------------------------------------------------


def _lock(round: Round) -> None:
    """Hold the round's row until the end of the transaction, and see it as it is now."""
    session().refresh(round, with_for_update={"key_share": True})  # rows that point to a round may still come meanwhile


def reasoned(reason: str) -> str:
    """Raises: ReasonNeeded."""
    if len(reason.strip()) < 10:
        raise errors.ReasonNeeded
    return reason.strip()[:LONGEST_REASON]


def _check_change(round: Round, reason: str, *, locked: bool) -> None:
    """What was promised to voters stays; what the public has read changes only with a reason."""
    if locked and round.frozen_at:
        raise errors.FrozenRound
    if round.published_at:
        reasoned(reason)


def _note(kind: str, round: Round, *, by: Actor, now: datetime, reason: str = "", **facts: Any) -> None:
    session().flush()
    record(kind, by=by, now=now, subject=round.slug, round_id=round.id, reason=reason, **facts)
