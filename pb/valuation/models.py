"""The council's checks of a proposal, each with its published reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.core.db import Base
from pb.core.money import Money
from pb.proposals.models import Proposal


class Valuation(Base):
    """One check: can it go to the vote? A newer one replaces it and both stay. No outcome without a reason."""

    __tablename__ = "valuation"
    __table_args__ = (
        CheckConstraint("outcome IN ('feasible', 'feasible_with_changes', 'not_feasible')", name="outcome"),
        CheckConstraint("length(reason) >= 10", name="reason_is_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    revision_number: Mapped[int]
    """The version that was checked."""
    outcome: Mapped[str] = mapped_column(String(24))
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(2000))
    rule_name: Mapped[str] = mapped_column(String(200), default="")
    """The law, policy or standing order that a refusal cites."""
    rule_url: Mapped[str] = mapped_column(String(300), default="")
    already_doing: Mapped[str] = mapped_column(String(600), default="")
    """Is somebody doing this already? The published answer, so that nothing is done twice."""
    cost: Mapped[Money]
    officer_title: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    """Outcomes are embargoed and published at once, when the check phase ends (or by the officer)."""

    proposal: Mapped[Proposal] = relationship()
