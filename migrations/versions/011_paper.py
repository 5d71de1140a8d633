"""Batches of paper ballots on their way into the box."""

import sqlalchemy as sa
from alembic import op

revision = "011"
down_revision = "010"


def upgrade() -> None:
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("hand_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stubs", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.Integer(), nullable=True),
        sa.Column("first_papers", sa.Integer(), nullable=True),
        sa.Column("second_by", sa.Integer(), nullable=True),
        sa.Column("second_papers", sa.Integer(), nullable=True),
        sa.Column("ballots", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.CheckConstraint("first_by IS NULL OR first_by <> second_by", name=op.f("ck_paper_batch_two_people")),
        sa.CheckConstraint("hand_count BETWEEN 1 AND 50", name=op.f("ck_paper_batch_hand_count")),
        sa.CheckConstraint(
            "state IN ('receiving', 'keying', 'settling', 'sealed', 'set_aside')", name=op.f("ck_paper_batch_state")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_paper_batch_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_paper_batch_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_paper_batch_round_id_number")),
    )
    op.create_table(
        "paper_stub",
        sa.Column("entitlement_id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_stub_batch_id_paper_batch")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_paper_stub_entitlement_id_entitlement")
        ),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("pk_paper_stub")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_reading",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("turn IN (1, 2, 3)", name=op.f("ck_paper_reading_turn")),
        sa.ForeignKeyConstraint(["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_reading_batch_id_paper_batch")),
        sa.PrimaryKeyConstraint("batch_id", "paper", "turn", name=op.f("pk_paper_reading")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("paper_reading")
    op.drop_table("paper_stub")
    op.drop_table("paper_batch")
