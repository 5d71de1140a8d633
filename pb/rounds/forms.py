"""Forms of the set-up. Shape only: which choices go together and what is locked, the service knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pb.core.clock import council_zone
from pb.core.errors import Refusal
from pb.core.forms import Form, MomentField, PoundsField, Visible, tidy
from pb.core.money import Money
from pb.core.provider import provider
from pb.rounds import choices
from pb.rounds.errors import PotRefused
from pb.rounds.models import Phase, Round, Ward
from pb.rounds.phases import DATED
from pb.rounds.service import LONGEST_REASON, BallotPlan, PotPlan
from pb.rounds.words import PHASE_BEGINS

MOST_POTS = 20


def _most(limit: int) -> Length:
    return Length(max=limit, message=_l("Use %(max)d characters or fewer"))


def _offer(known: Mapping[Any, LazyString]) -> list[SelectChoice]:
    return [SelectChoice(value, words) for value, words in known.items()]


class ReasonForm(Form):
    """A form whose change is shown to everybody with its reason, once the round is public."""

    reason = TextAreaField(
        _l("Why is this changed?"), [_most(LONGEST_REASON)], description=_l("Everybody can read this in the record.")
    )


class NewRoundForm(Form):
    title = StringField(
        _l("What is the round called?"),
        [Visible(_l("Enter a name for the round")), _most(120)],
        description=_l("With the place and the year, like “Together for Hindley 2026”."),
    )


class PurposeForm(ReasonForm):
    title = StringField(_l("Name of the round"), [Visible(_l("Enter a name for the round")), _most(120)])
    purpose = StringField(
        _l("What is it for?"), [_most(300)], description=_l("One sentence that a neighbour would say.")
    )
    problem = TextAreaField(
        _l("The problem, in people's own words"),
        [_most(3000)],
        description=_l("What people said, and how many said it. Leave out names."),
    )
    asked_by = StringField(_l("Who asked first?"), [_most(160)], description=_l("A group, or “a resident”."))
    what_helps = TextAreaField(
        _l("What is already helping here?"), [_most(3000)], description=_l("One thing on each line.")
    )
    max_ask = PoundsField(
        _l("The most one project may cost"), description=_l("Leave empty if only the pot is the limit.")
    )


class DecisionForm(ReasonForm):
    who_decides = TextAreaField(
        _l("Who decides in the end, and when?"),
        [_most(600)],
        description=_l("Say that they must give their reasons if they differ from the count."),
    )
    facilitator = StringField(_l("Who can people ask?"), [_most(120)], description=_l("A name and a team."))


class FairnessForm(ReasonForm):
    """A tick for each of the four tests."""

    early = BooleanField(choices.FAIR_CHECKS["early"])
    reasons = BooleanField(choices.FAIR_CHECKS["reasons"])
    time = BooleanField(choices.FAIR_CHECKS["time"])
    weighed = BooleanField(choices.FAIR_CHECKS["weighed"])


class EqualityForm(ReasonForm):
    equality_note = TextAreaField(
        _l("Who could be left out, and what do you do about it?"),
        [_most(5000)],
        description=_l("Think of age, disability, language, faith, carers, people without a computer."),
    )


class HelpForm(ReasonForm):
    paper_help = TextAreaField(
        _l("Where can people get help or a paper ballot?"),
        [_most(600)],
        description=_l("Places, days and hours. The phone number stands on every page already."),
    )


class TestVoteForm(ReasonForm):
    __test__ = False  # not a test, whatever pytest thinks of its name
    test_vote_note = TextAreaField(
        _l("Who tried it, when, and what did you change?"),
        [_most(600)],
        description=_l("Five people who are not staff. Leave out their names."),
    )


class VotersForm(ReasonForm):
    who_may_vote = StringField(
        _l("Who may vote?"),
        [Visible(_l("Enter who may vote")), _most(300)],
        description=_l("Like “Anyone aged 11 or over who lives, works or studies here”."),
    )
    minimum_age = IntegerField(_l("Youngest age"), [InputRequired(_l("Enter the youngest age, in years"))])
    wards = SelectMultipleField(
        _l("Which wards is it for?"), coerce=int, description=_l("Tick none if it is for the whole area.")
    )

    @classmethod
    def showing(cls, round: Round) -> VotersForm:
        """The form with the round as it is."""
        area = [ward.id for ward in round.wards]
        return cls(who_may_vote=round.who_may_vote, minimum_age=round.minimum_age, wards=area)

    def offer(self, wards: Sequence[Ward]) -> None:
        self.wards.choices = [SelectChoice(ward.id, ward.name) for ward in wards]

    def values(self) -> dict[str, Any]:
        """As `service.set_voters` takes them."""
        return {"words": self.who_may_vote.data, "minimum_age": self.minimum_age.data, "ward_ids": self.wards.data}


class BallotForm(ReasonForm):
    ballot_kind = RadioField(_l("How do people vote?"), choices=_offer(choices.BALLOT_KINDS))
    max_picks = IntegerField(
        _l("The most projects one person can pick"),
        [Optional(), NumberRange(1, 100, _l("The most picks must be between 1 and 100"))],
        description=_l("Leave empty for as many as they like."),
    )
    min_picks = IntegerField(
        _l("The fewest"),
        [Optional(), NumberRange(0, 3, _l("The fewest picks must be between 0 and 3"))],
        description=_l("0 to 3. Nobody should have to pick what they do not want."),
    )
    rule = RadioField(_l("How are the votes counted?"), choices=_offer(choices.RULES))
    completion = RadioField(_l("What happens to money that is left?"), choices=_offer(choices.COMPLETIONS))
    tie_rule = RadioField(_l("What if two projects are level?"), choices=_offer(choices.TIE_RULES))
    identity_rung = RadioField(_l("How do we check who votes?"), coerce=int, choices=_offer(choices.RUNGS))
    channel_rule = RadioField(
        _l("What if somebody votes online and on paper?"), choices=_offer(choices.CHANNEL_RULES), default="first"
    )
    seal_mode = RadioField(_l("Who can open the ballot box?"), choices=_offer(choices.SEAL_MODES))
    other_rungs = SelectMultipleField(
        _l("What may people on the list use as well?"),
        coerce=int,
        choices=_offer(choices.ALSO),
        description=_l("Only where there is a list: each way leads to the same person on it, so nobody votes twice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if provider() is None:
            for field in (self.identity_rung, self.other_rungs):
                field.choices = [choice for choice in field.choices if choice.value != choices.RUNG_OF_PROVIDER]

    def plan(self) -> BallotPlan:
        return BallotPlan(
            ballot_kind=self.ballot_kind.data,
            max_picks=self.max_picks.data,
            min_picks=self.min_picks.data or 0,
            rule=self.rule.data,
            completion=self.completion.data if self.rule.data in choices.RULES_WITH_COMPLETION else "none",
            tie_rule=self.tie_rule.data,
            identity_rung=self.identity_rung.data,
            channel_rule=self.channel_rule.data,
            seal_mode=self.seal_mode.data,
            other_rungs=tuple(self.other_rungs.data or ()),
        )


class PotForm(PlainForm):
    """One pot among several; a line left wholly empty is no pot."""

    name = StringField(_l("Name of the pot"), [_most(80)], filters=[tidy])
    amount = PoundsField(_l("How much"))
    comes_from = StringField(
        _l("Where does the money come from?"),
        [_most(600)],
        filters=[tidy],
        description=_l("Like “£40,000 from the council, £20,000 from a developer”."),
    )
    ward_id = SelectField(_l("For"), coerce=int)

    @property
    def is_empty(self) -> bool:
        return not (self.name.data or self.amount.data is not None or self.amount.errors or self.comes_from.data)

    def plan(self) -> PotPlan:
        return PotPlan(self.name.data, self.amount.data or Money(0), self.comes_from.data, self.ward_id.data or None)


class PotsForm(ReasonForm):
    pots = FieldList(FormField(PotForm), min_entries=1, max_entries=MOST_POTS)

    def offer(self, wards: Sequence[Ward]) -> None:
        everybody = SelectChoice(0, _l("Everybody"))
        for pot in self.pots:
            pot.form.ward_id.choices = [everybody, *(SelectChoice(ward.id, ward.name) for ward in wards)]

    def plans(self) -> list[PotPlan]:
        return [pot.form.plan() for pot in self._filled()]

    def _filled(self) -> list[FormField]:
        return [pot for pot in self.pots if not pot.form.is_empty]

    def refuse(self, refusal: Refusal) -> None:
        """Put what is wrong with one pot beside that part of it."""
        if not isinstance(refusal, PotRefused):
            super().refuse(refusal)
            return
        self.refusal = refusal
        field = self._filled()[refusal.line].form[refusal.field]
        field.errors = [*field.errors, str(refusal)]
        self.pots.errors = [pot.errors for pot in self.pots]  # lists remember what they found when they were checked


class DatesForm(ReasonForm):
    """One moment for each dated phase; the fields are added below, in the order of the phases."""

    def dates(self) -> dict[Phase, datetime | None]:
        return {phase: _as_kept(self[phase.value]) for phase in DATED}


def _as_kept(field: MomentField) -> datetime | None:
    """The moment typed; what the table holds where the page still shows that, so that its seconds are not lost."""
    kept: datetime | None = field.object_data
    typed: datetime | None = field.data
    if kept and typed and kept.astimezone(council_zone()).strftime(_SHOWN) == typed.strftime(_SHOWN):
        return kept
    return typed


_SHOWN = "%Y-%m-%d %H:%M"


for _phase in DATED:
    setattr(DatesForm, _phase.value, MomentField(PHASE_BEGINS[_phase]))


class ConfirmForm(Form):
    """Nothing but a button."""


class WhyForm(ReasonForm):
    reason = TextAreaField(
        _l("Why?"), [_most(LONGEST_REASON)], description=_l("Everybody can read this on the page of the round.")
    )


class ExtendForm(WhyForm):
    """A later end of voting."""

    closes_at = MomentField(_l("When shall voting end?"), [InputRequired(_l("Enter a date and time"))])


WORDS_FORMS: dict[str, type[ReasonForm]] = {
    "purpose": PurposeForm,
    "decision": DecisionForm,
    "fairness": FairnessForm,
    "equality": EqualityForm,
    "help": HelpForm,
    "test-vote": TestVoteForm,
}
"""The parts of the checklist that are words about the round, by the end of their address."""


def words_of(form: ReasonForm) -> dict[str, Any]:
    """What a words form would change, by the names of `service.DESCRIBED`."""
    if isinstance(form, FairnessForm):
        return {"fair_checks": {key: bool(form[key].data) for key in choices.FAIR_CHECKS}}
    return {name: value for name, value in form.data.items() if name not in ("reason", "csrf_token")}


def filled(kind: type[ReasonForm], round: Round) -> ReasonForm:
    """A words form showing the round as it is."""
    form: ReasonForm = kind(obj=round, data=round.fair_checks if kind is FairnessForm else None)
    return form
