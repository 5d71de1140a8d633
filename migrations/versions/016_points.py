"""A point on the map, for proposals and projects whose proposers gave one."""

import sqlalchemy as sa
from alembic import op

revision = "016"
down_revision = "015"


def upgrade() -> None:
    for table in ("revision", "project"):
        op.add_column(table, sa.Column("point", sa.String(length=24), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("revision", "project"):
        op.drop_column(table, "point")
