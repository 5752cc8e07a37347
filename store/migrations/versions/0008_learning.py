"""when the centre learnt of completions too late, whose records the quarantine holds, and what it let go"""

import json

import sqlalchemy as sa
from alembic import op

from store.tables import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("unit_code", sa.String()))
    op.add_column("quarantine", sa.Column("counts_on", sa.Date()))
    _name_units()
    op.create_table(
        "quarantine_dropped",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("reason", sa.String(), primary_key=True),
        sa.Column("why", sa.String(), primary_key=True),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("last_dropped_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "late_learnt",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("source_id", sa.String(), primary_key=True),
        sa.Column("learnt_at", UtcDateTime(), nullable=False),
    )


def _name_units() -> None:
    """Typed records held so far say whose they are; when they would count, the next time that they come."""
    held = sa.table(
        "quarantine", sa.column("id", sa.Integer), sa.column("form", sa.String), sa.column("payload", sa.Text),
        sa.column("unit_code", sa.String),
    )  # fmt: skip
    rows = op.get_bind().execute(sa.select(held.c.id, held.c.payload).where(held.c.form == "row"))
    for number, payload in rows.all():
        code = json.loads(payload or "{}").get("unit_code")
        op.execute(held.update().where(held.c.id == number).values(unit_code=code))
