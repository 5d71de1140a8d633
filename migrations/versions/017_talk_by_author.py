"""What one person said in one talk is found at once, however long the talk is."""

from alembic import op

revision = "017"
down_revision = "016"


def upgrade() -> None:
    op.create_index("ix_contribution_author", "contribution", ["author_id", "host_kind", "host_id"])
    op.drop_index("ix_contribution_author_id", table_name="contribution")


def downgrade() -> None:
    op.create_index("ix_contribution_author_id", "contribution", ["author_id"])
    op.drop_index("ix_contribution_author", table_name="contribution")
