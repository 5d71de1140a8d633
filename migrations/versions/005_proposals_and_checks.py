"""Proposals, their versions and the council's checks."""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=600), nullable=True),
        sa.Column("checked_cost", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'published', 'returned', 'under_valuation', 'feasible', 'feasible_with_changes', 'not_feasible', 'on_ballot', 'not_shortlisted', 'funded', 'reserve', 'not_funded', 'withdrawn', 'merged', 'hidden', 'inadmissible')",
            name=op.f("ck_proposal_state"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["community_group.id"], name=op.f("fk_proposal_group_id_community_group")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_proposal_project_id_project")),
        sa.ForeignKeyConstraint(["proposer_id"], ["person.id"], name=op.f("fk_proposal_proposer_id_person")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_proposal_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("project_id", name=op.f("uq_proposal_project_id")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_proposal_round_id_code")),
    )
    op.create_index(op.f("ix_proposal_proposer_id"), "proposal", ["proposer_id"], unique=False)
    op.create_index(op.f("ix_proposal_round_id"), "proposal", ["round_id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("who_benefits", sa.String(length=1000), nullable=False),
        sa.Column("already_here", sa.String(length=1000), nullable=False),
        sa.Column("people_asked", sa.Integer(), nullable=True),
        sa.Column("who_we_asked", sa.String(length=1000), nullable=False),
        sa.Column("cost_lines", sa.JSON(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("running_cost", sa.BigInteger(), nullable=True),
        sa.Column("running_note", sa.String(length=300), nullable=False),
        sa.Column("who_does_it", sa.String(length=10), nullable=False),
        sa.Column("council_will", sa.JSON(), nullable=False),
        sa.Column("we_will", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=600), nullable=False),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("risks", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "reason IN ('first', 'correction', 'council_check', 'discussion')", name=op.f("ck_revision_reason")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_revision_made_by_person")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_revision_proposal_id_proposal")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_revision_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("proposal_id", "number", name=op.f("uq_revision_proposal_id_number")),
    )
    op.create_index(op.f("ix_revision_proposal_id"), "revision", ["proposal_id"], unique=False)
    op.create_table(
        "valuation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("rule_name", sa.String(length=200), nullable=False),
        sa.Column("rule_url", sa.String(length=300), nullable=False),
        sa.Column("already_doing", sa.String(length=600), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("officer_title", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('feasible', 'feasible_with_changes', 'not_feasible')", name=op.f("ck_valuation_outcome")
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_valuation_reason_is_given")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_valuation_made_by_person")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_valuation_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation")),
    )
    op.create_index(op.f("ix_valuation_proposal_id"), "valuation", ["proposal_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_valuation_proposal_id"), table_name="valuation")
    op.drop_table("valuation")
    op.drop_index(op.f("ix_revision_proposal_id"), table_name="revision")
    op.drop_table("revision")
    op.drop_index(op.f("ix_proposal_round_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_proposer_id"), table_name="proposal")
    op.drop_table("proposal")
