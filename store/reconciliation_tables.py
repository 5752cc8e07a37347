"""The tables of reconciliation: what a source counts beside what we count, and what it no longer has."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from store.tables import UtcDateTime, metadata

# One comparison of one source. `outcome` as of a poll run; "never": nothing was compared, for it has not been polled.
# It stays "running" if we are killed. `first_day` and `last_day`: the local days that were compared.
reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String, nullable=False),
    Column("message", String, nullable=False, server_default=""),
    Index(None, "source", "began_at"),
)

# What one comparison found. `unit_code` "": all units together, with how many of them differ; else a unit that differs.
# `state`: agree, differ, incomparable, silent (in words: store.reconciliation_results). `mended_count`: ours once what
# was missing had been stored and what is gone had been removed. `since`: the first comparison that found this state.
reconciled_figures = Table(
    "reconciled_figures",
    metadata,
    Column("reconciliation", Integer, primary_key=True),
    Column("figure", String, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("unit_code", String, primary_key=True),
    Column("last_day", Date, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("source_count", Integer),
    Column("our_count", Integer),
    Column("mended_count", Integer),
    Column("differing", Integer, nullable=False, server_default="0"),
    Column("since", UtcDateTime, nullable=False),
)

# The records in which they differ. `difference`: missing (here), held (in quarantine here), other (state), gone (at the
# source). `settled`: by now both have the same.
reconciled_keys = Table(
    "reconciled_keys",
    metadata,
    Column("reconciliation", Integer, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("difference", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("source_state", Integer),
    Column("our_state", Integer),
    Column("source_updated_at", UtcDateTime),
    Column("our_updated_at", UtcDateTime),
    Column("settled", Boolean, nullable=False),
)

# History: facts that a source no longer has, each as it was. `fact`: its whole row as JSON, instants in UTC.
deleted_facts = Table(
    "deleted_facts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("fact", Text, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
    Index(None, "source", "kind", "source_id"),
)
