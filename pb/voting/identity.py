"""Who somebody is, typed by staff who see or hear them: from a paper's stub, at a desk, on the phone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from pb.core.forms import Form
from pb.electorate.desk import entitle_in_person, listed_in_person
from pb.electorate.models import Entitlement
from pb.rounds.choices import RUNGS_WITH_LIST
from pb.rounds.models import Round


class IdentityForm(Form):
    """The code of a letter where the round has a list; else an e-mail address, or a name and an address.

    Nothing of it is kept but a mark.
    """

    code = StringField(_l("The code of their letter"), [Length(max=40)], description=_l("Like RPQ2-J90V-X7T1."))
    email = StringField(
        _l("E-mail address"),
        [Length(max=254)],
        description=_l("If they have one: it shows whether they have voted online."),
    )
    name = StringField(_l("Name"), [Length(max=120)])
    address = StringField(_l("First line of the address, and postcode"), [Length(max=200)])

    def ask_for(self, round: Round) -> None:
        """Keep the questions of this round's way of knowing people."""
        if round.identity_rung in RUNGS_WITH_LIST:
            del self.name, self.address
        else:
            del self.code

    def resolve(self, round: Round, ward_id: int | None) -> Entitlement:
        """The one entitlement of this person.

        Raises: what `listed_in_person` and `entitle_in_person` raise
        """
        if "code" in self:
            return listed_in_person(round_id=round.id, code=self.code.data or "", email=self.email.data or "")
        return entitle_in_person(
            round_id=round.id,
            ward_id=ward_id,
            email=self.email.data or "",
            name=self.name.data or "",
            address=self.address.data or "",
        )
