"""Who may vote: entitlements, proofs of a mailbox, the list, and runs of posted codes."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"


def upgrade() -> None:
    op.create_table(
        "print_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('letters', 'list', 'cards')", name=op.f("ck_print_run_kind")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_print_run_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
    )
    op.create_index(op.f("ix_print_run_round_id"), "print_run", ["round_id"], unique=False)
    op.create_table(
        "entitlement",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("has_fixed_ward", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('ok', 'void', 'struck')", name=op.f("ck_entitlement_status")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_entitlement_round_id_round")),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_entitlement_run_id_print_run")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_entitlement_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
        sa.UniqueConstraint("round_id", "code_hash", name=op.f("uq_entitlement_round_id_code_hash")),
        sa.UniqueConstraint("round_id", "person_key", name=op.f("uq_entitlement_round_id_person_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_entitlement_run_id"), "entitlement", ["run_id"], unique=False)
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
    op.create_table(
        "known_as",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entitlement_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_known_as_entitlement_id_entitlement")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_known_as_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "source_key", name=op.f("pk_known_as")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_known_as_entitlement_id"), "known_as", ["entitlement_id"], unique=False)
    op.create_table(
        "roll_upload",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_roll_upload_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_roll_upload")),
    )
    op.create_table(
        "roll",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("asks_for", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_roll_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_roll")),
    )
    op.create_table(
        "roll_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entitlement_id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.Column("needs_letter", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_roll_entry_entitlement_id_entitlement")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_roll_entry_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_entry")),
        sa.UniqueConstraint("entitlement_id", name=op.f("uq_roll_entry_entitlement_id")),
    )
    op.create_index(op.f("ix_roll_entry_round_id"), "roll_entry", ["round_id"], unique=False)


def downgrade() -> None:
    for table in ("roll_entry", "roll", "roll_upload", "known_as"):
        op.drop_table(table)
    op.drop_table("mailbox_proof")
    op.drop_table("entitlement")
    op.drop_table("print_run")
