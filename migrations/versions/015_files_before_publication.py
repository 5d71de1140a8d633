"""Files of ballots made before a publication, and what a long count is doing."""

import sqlalchemy as sa
from alembic import op

revision = "015"
down_revision = "014"

PURPOSE = "ck_counting_job_purpose"
JOBS = sa.Table(
    "counting_job",
    sa.MetaData(),
    sa.Column("round_id", sa.Integer(), nullable=False),
    sa.Column("purpose", sa.String(length=12), nullable=False),
    sa.Column("state", sa.String(length=8), nullable=False),
    sa.Column("done", sa.Integer(), nullable=False),
    sa.Column("total", sa.Integer(), nullable=False),
    sa.Column("problem", sa.String(length=600), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="ck_counting_job_state"),
    sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_counting_job_round_id_round"),
    sa.PrimaryKeyConstraint("round_id", "purpose", name="pk_counting_job"),
)
"""As it is but for its purposes: SQLite makes the table anew, and cannot read the checks it had."""


def upgrade() -> None:
    op.create_table(
        "ballot_files",
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("pabulib", sa.LargeBinary(), nullable=False),
        sa.Column("table", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["count_id"], ["count.id"], name=op.f("fk_ballot_files_count_id_count"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("count_id", name=op.f("pk_ballot_files")),
    )
    _purposes("'official', 'recount', 'study', 'files'")
    op.add_column("counting_job", sa.Column("doing", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("counting_job", "doing")
    op.execute("DELETE FROM counting_job WHERE purpose = 'files'")
    _purposes("'official', 'recount', 'study'")
    op.drop_table("ballot_files")


def _purposes(allowed: str) -> None:
    check = f"purpose IN ({allowed})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(PURPOSE), "counting_job", type_="check")
        op.create_check_constraint(op.f(PURPOSE), "counting_job", check)
        return
    with op.batch_alter_table("counting_job", recreate="always", copy_from=JOBS) as batch:
        batch.create_check_constraint(op.f(PURPOSE), check)
