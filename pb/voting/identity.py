"""Who somebody is, typed by staff who see or hear them: from a paper's stub, at a desk, on the phone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from pb.core.forms import Form
from pb.electorate.desk import entitle_in_person
from pb.electorate.models import Entitlement
from pb.rounds.models import Round


class IdentityForm(Form):
    """An e-mail address, or a name and an address. Nothing of it is kept but a mark."""

    email = StringField(
        _l("E-mail address"),
        [Length(max=254)],
        description=_l("If they have one: it shows whether they have voted online."),
    )
    name = StringField(_l("Name"), [Length(max=120)])
    address = StringField(_l("First line of the address, and postcode"), [Length(max=200)])

    def resolve(self, round: Round, ward_id: int | None) -> Entitlement:
        """The one entitlement of this person.

        Raises: what `entitle_in_person` raises
        """
        return entitle_in_person(
            round_id=round.id,
            ward_id=ward_id,
            email=self.email.data or "",
            name=self.name.data or "",
            address=self.address.data or "",
        )
