"""The shape of what a helper types before a vote begins."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import InputRequired

from pb.rounds.models import Ward
from pb.voting.identity import IdentityForm


class HelpForm(IdentityForm):
    """Who is helped, how, and that they agreed."""

    how = RadioField(
        _l("How do you help?"),
        choices=[SelectChoice("beside", _l("They are beside me")), SelectChoice("phone", _l("On the phone"))],
        validators=[InputRequired(_l("Select how you help"))],
    )
    ward = RadioField(_l("Which ward do they vote in?"), [InputRequired(_l("Select a ward"))])
    consent = BooleanField(
        _l("I read this out, and the voter said yes"),
        [InputRequired(_l("Read the words out and tick when the voter has said yes"))],
    )

    def offer(self, wards: Iterable[Ward]) -> None:
        self.ward.choices = [SelectChoice(str(ward.id), ward.name) for ward in wards]
        if not self.ward.choices:
            del self.ward

    @property
    def ward_id(self) -> int | None:
        return int(self.ward.data) if "ward" in self else None
