"""how each source is polled: its breaker; how often a poll had to ask again"""

import sqlalchemy as sa
from alembic import op

import store.tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("poll_runs", sa.Column("retries", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "source_polling",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("breaker", sa.String(), nullable=False),
        sa.Column("since", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
