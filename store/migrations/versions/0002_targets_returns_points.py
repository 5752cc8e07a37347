"""targets of kinds with history, successions of units, bridge points, returns, published periods"""

import sqlalchemy as sa
from alembic import op

import store.tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "bridge_points",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "point_code", "valid_from"),
    )
    op.create_table(
        "point_days",
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("active_points_change", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unit_code", "day"),
    )
    with op.batch_alter_table("point_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_days_version"), ["version"], unique=False)

    op.create_table(
        "publications",
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("published_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("definitions", sa.String(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("period_from", "period_to", "revision"),
    )
    op.create_table(
        "published_figures",
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=True),
        sa.Column("denominator", sa.Float(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("period_from", "period_to", "revision", "scope", "unit", "indicator"),
    )
    op.create_table(
        "returns",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=True),
        sa.Column("denominator", sa.Float(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("stored_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "indicator", "unit_code", "period_from", "period_to"),
    )
    op.create_table(
        "successions",
        sa.Column("old_code", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("new_code", sa.String(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("old_code", "day", "new_code"),
    )
    op.create_table(
        "target_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("changed_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "meeting_parts",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id"),
    )
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("untold", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("dossier_days", schema=None) as batch_op:
        for measure in ("received_untold", "online_untold", "completed_untold"):
            batch_op.add_column(sa.Column(measure, sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", store.tables.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("meeting_points", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connected_seconds", sa.Integer(), nullable=True))

    # The key changes from (indicator, unit, first day) to a number, so that a target may be for every unit of a kind.
    op.rename_table("targets", "targets_0001")
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), server_default="", nullable=False),
        sa.Column("entered_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="targets_numbered_pkey"),
        sa.UniqueConstraint(
            "indicator", "unit_code", "kind", "valid_from", name="uq_targets_indicator_unit_code_kind_valid_from"
        ),
    )
    columns = "indicator, unit_code, valid_from, valid_to, comparator, value, decision, issuer"
    op.execute(f"INSERT INTO targets ({columns}) SELECT {columns} FROM targets_0001")  # noqa: S608  # nosec B608  # our names
    op.drop_table("targets_0001")
