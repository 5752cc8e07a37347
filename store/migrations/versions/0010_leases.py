"""who polls: one row that the working poller renews; each poll run says under which fence it wrote"""

import sqlalchemy as sa
from alembic import op

from store.tables import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("renewed_at", UtcDateTime(), nullable=False),
    )
    op.add_column("poll_runs", sa.Column("fence", sa.BigInteger(), nullable=True))
