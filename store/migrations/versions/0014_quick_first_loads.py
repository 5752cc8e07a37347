"""counters of dossiers are kept by unit, then day; a dossier's content hash is a sum of numbers (store/content.py)

The hash is worked out by today's program: whoever changes it, or a dossier's fields, moves that step to a new version.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from store.content import content_hashes
from store.frames import read_frame, staged
from store.tables import dossiers

revision = "0014"
down_revision = "0013"

_HASHED_AT_ONCE = 50_000


def upgrade() -> None:
    _keep_by("unit_code", "day", "procedure_code")
    _hash_again(op.get_bind())


def downgrade() -> None:
    # An older program's hash is its own: until a dossier comes again, it may tell one of the same time as an older state.
    _keep_by("unit_code", "procedure_code", "day")


def _keep_by(*keys: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE dossier_days DROP CONSTRAINT dossier_days_pkey")
        op.execute(f"ALTER TABLE dossier_days ADD PRIMARY KEY ({', '.join(keys)})")
        return
    with op.batch_alter_table("dossier_days", recreate="always") as table:
        table.create_primary_key("dossier_days_pkey", list(keys))


def _hash_again(connection: Connection) -> None:
    key = sa.tuple_(dossiers.c.source, dossiers.c.source_id)
    ordered = sa.select(*dossiers.c).order_by(*key).limit(_HASHED_AT_ONCE)
    some = read_frame(connection, ordered)
    while not some.is_empty():
        hashed = some.select("source", "source_id", content_hashes(some).alias("content_hash"))
        with staged(connection, hashed, dossiers) as stage:
            same = (dossiers.c.source == stage.c.source) & (dossiers.c.source_id == stage.c.source_id)
            connection.execute(dossiers.update().values(content_hash=stage.c.content_hash).where(same))
        some = read_frame(connection, ordered.where(key > some.select("source", "source_id").row(-1)))
