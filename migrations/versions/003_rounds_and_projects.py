"""Rounds with their pots, dates and frozen projects."""

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=160), nullable=False),
        sa.Column("what_helps", sa.Text(), nullable=False),
        sa.Column("who_may_vote", sa.String(length=300), nullable=False),
        sa.Column("minimum_age", sa.Integer(), nullable=False),
        sa.Column("who_decides", sa.String(length=600), nullable=False),
        sa.Column("facilitator", sa.String(length=120), nullable=False),
        sa.Column("paper_help", sa.String(length=600), nullable=False),
        sa.Column("equality_note", sa.Text(), nullable=False),
        sa.Column("fair_checks", sa.JSON(), nullable=False),
        sa.Column("test_vote_note", sa.String(length=600), nullable=False),
        sa.Column("max_ask", sa.BigInteger(), nullable=True),
        sa.Column("ballot_kind", sa.String(length=12), nullable=False),
        sa.Column("max_picks", sa.Integer(), nullable=True),
        sa.Column("min_picks", sa.Integer(), nullable=False),
        sa.Column("points_total", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("completion", sa.String(length=40), nullable=False),
        sa.Column("tie_rule", sa.String(length=40), nullable=False),
        sa.Column("identity_rung", sa.Integer(), nullable=False),
        sa.Column("channel_rule", sa.String(length=10), nullable=False),
        sa.Column("other_rungs", sa.JSON(), nullable=False),
        sa.Column("ballot_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seal_mode", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("grace_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_phase", sa.String(length=20), nullable=True),
        sa.Column("held_reason", sa.String(length=600), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_sha256", sa.String(length=64), nullable=True),
        sa.Column("frozen_json", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("results_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_from", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "ballot_kind IN ('approval', 'points', 'knapsack', 'ranking')", name=op.f("ck_round_ballot_kind")
        ),
        sa.CheckConstraint("(frozen_at IS NULL) = (frozen_sha256 IS NULL)", name=op.f("ck_round_frozen_with_hash")),
        sa.CheckConstraint("grace_s BETWEEN 0 AND 900", name=op.f("ck_round_grace")),
        sa.CheckConstraint("identity_rung BETWEEN 0 AND 4", name=op.f("ck_round_identity_rung")),
        sa.CheckConstraint("max_picks IS NULL OR max_picks >= 1", name=op.f("ck_round_max_picks")),
        sa.CheckConstraint("min_picks BETWEEN 0 AND 3", name=op.f("ck_round_min_picks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("slug", name=op.f("uq_round_slug")),
    )
    op.create_table(
        "ward_postcode",
        sa.Column("area", sa.String(length=8), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_ward_postcode_ward_id_ward")),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_ward_postcode")),
    )
    op.create_index(op.f("ix_ward_postcode_ward_id"), "ward_postcode", ["ward_id"], unique=False)
    op.create_table(
        "round_ward",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_ward_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_round_ward_ward_id_ward")),
        sa.PrimaryKeyConstraint("round_id", "ward_id", name=op.f("pk_round_ward")),
    )
    op.create_table(
        "phase_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_phase_date_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_date")),
        sa.UniqueConstraint("round_id", "phase", name=op.f("uq_phase_date_round_id_phase")),
    )
    op.create_index(op.f("ix_phase_date_round_id"), "phase_date", ["round_id"], unique=False)
    op.create_table(
        "pot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("comes_from", sa.String(length=600), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_pot_amount")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_pot_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_pot_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pot")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_pot_round_id_name")),
    )
    op.create_index(op.f("ix_pot_round_id"), "pot", ["round_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("pot_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.String(length=600), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("theme", sa.String(length=120), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("proposer", sa.String(length=120), nullable=False),
        sa.Column("published_votes", sa.Integer(), nullable=True),
        sa.Column("published_funded", sa.Boolean(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_project_cost")),
        sa.ForeignKeyConstraint(["pot_id"], ["pot.id"], name=op.f("fk_project_pot_id_pot")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_project_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_project_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_project_round_id_code")),
    )
    op.create_index(op.f("ix_project_pot_id"), "project", ["pot_id"], unique=False)
    op.create_index(op.f("ix_project_round_id"), "project", ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_project_round_id"), table_name="project")
    op.drop_index(op.f("ix_project_pot_id"), table_name="project")
    op.drop_table("project")
    op.drop_index(op.f("ix_pot_round_id"), table_name="pot")
    op.drop_table("pot")
    op.drop_index(op.f("ix_phase_date_round_id"), table_name="phase_date")
    op.drop_table("phase_date")
    op.drop_table("round_ward")
    op.drop_index(op.f("ix_ward_postcode_ward_id"), table_name="ward_postcode")
    op.drop_table("ward_postcode")
    op.drop_table("round")
