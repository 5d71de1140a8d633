"""Who may vote: entitlements and proofs of a mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"


def upgrade() -> None:
    op.create_table(
        "entitlement",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.CheckConstraint("status IN ('ok', 'void', 'struck')", name=op.f("ck_entitlement_status")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_entitlement_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_entitlement_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
        sa.UniqueConstraint("round_id", "code_hash", name=op.f("uq_entitlement_round_id_code_hash")),
        sa.UniqueConstraint("round_id", "person_key", name=op.f("uq_entitlement_round_id_person_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mailbox_proof",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_on_minute", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_mailbox_proof_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_proof")),
    )


def downgrade() -> None:
    op.drop_table("mailbox_proof")
    op.drop_table("entitlement")
