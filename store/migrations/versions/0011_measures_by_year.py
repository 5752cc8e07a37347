"""daily measures by year on PostgreSQL: what is there becomes the partition for all days, of which years are then
taken one by one (store/partitions.py); no row is copied here"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

SCHEMA = "ioc_partitions"
TABLES = {
    "dossier_days": ("day", "unit_code, procedure_code, day"),
    "document_days": ("day", "unit_code, day"),
    "day_pairs": ("first_day", "pair, unit_code, first_day, second_day"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for table, (column, key) in TABLES.items():
        other = f"{table}_other"
        op.execute(f"ALTER TABLE {table} RENAME TO {other}")
        op.execute(f"ALTER TABLE {other} SET SCHEMA {SCHEMA}")
        op.execute(f"CREATE TABLE {table} (LIKE {SCHEMA}.{other} INCLUDING DEFAULTS) PARTITION BY RANGE ({column})")
        op.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
        op.execute(f"CREATE INDEX ix_{table}_version ON {table} (version)")
        # Its key and index are the same ones, and become parts of these.
        op.execute(f"ALTER TABLE {table} ATTACH PARTITION {SCHEMA}.{other} DEFAULT")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    ours = op.get_bind().scalar(sa.text("SELECT current_schema()"))
    for table in TABLES:
        other = f"{table}_other"
        for part in _partitions(table):
            op.execute(f"ALTER TABLE {table} DETACH PARTITION {SCHEMA}.{part}")
            if part != other:
                op.execute(f"INSERT INTO {SCHEMA}.{other} SELECT * FROM {SCHEMA}.{part}")  # noqa: S608  # nosec B608  # our names
                op.execute(f"DROP TABLE {SCHEMA}.{part}")
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE {SCHEMA}.{other} RENAME TO {table}")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA {ours}")
    op.execute(f"DROP SCHEMA {SCHEMA}")


def _partitions(table: str) -> list[str]:
    inherited = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    parts = op.get_bind().execute(sa.text(f"{inherited} WHERE i.inhparent = CAST('{table}' AS regclass)"))
    return sorted(parts.scalars())
