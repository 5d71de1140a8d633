"""When the names of a round's voters were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "013"
down_revision = "012"


def upgrade() -> None:
    op.create_table(
        "forgotten_voters",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_forgotten_voters_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_forgotten_voters")),
    )


def downgrade() -> None:
    op.drop_table("forgotten_voters")
