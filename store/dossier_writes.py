"""Storing dossiers, however many, without a Python object for each: facts, daily measures, what was learnt late."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from store.catalogues import known_codes
from store.first_load import FirstLoad
from store.frames import rows_frame, schema
from store.learning import note_learnt
from store.quarantine import hold, release
from store.rollups import apply_delta
from store.rows import Dossier, Rejected
from store.strangers import stranger
from store.tables import dossiers
from store.upsert import newest, upsert, with_identity

_FIELDS = list(Dossier.__struct_fields__)
_KINDS = schema(dossiers, _FIELDS)


def put_dossiers(
    connection: Connection,
    source: str,
    rows: Sequence[Dossier],
    frames: Sequence[pl.DataFrame],
    at: datetime,
    first_load: FirstLoad | None = None,
) -> tuple[int, list[Rejected]]:
    """Store rows, and frames of them as in `Batch.frames`. Returns how many dossiers changed, and those of unknown
    units or procedures, which wait in quarantine."""
    told = _together(source, rows, frames)
    if told.is_empty():
        return 0, []
    known, strangers = _parted(connection, told)
    hold(connection, source, strangers, "row", at)
    old, new = upsert(connection, newest(known), dossiers, first_load)
    note_learnt(connection, old, new, at)
    release(connection, source, "dossiers", new["source_id"])
    if not new.is_empty():
        apply_delta(connection, "dossiers", old, new, first_load)
    return new.height, strangers


def _together(source: str, rows: Sequence[Dossier], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    of_rows = rows_frame({name: [getattr(row, name) for row in rows] for name in _FIELDS}, _KINDS)
    return pl.concat([with_identity(source, told) for told in (of_rows, *frames)])


def _parted(connection: Connection, told: pl.DataFrame) -> tuple[pl.DataFrame, list[Rejected]]:
    """What can be stored, and what names an unknown code."""
    units, procedures = known_codes(connection)
    is_known = pl.col("unit_code").is_in(list(units)) & pl.col("procedure_code").is_in(list(procedures))
    rows = [Dossier(**values) for values in told.filter(~is_known).select(_FIELDS).to_dicts()]
    held = [held for row in rows if (held := stranger("dossiers", row, units, procedures))]
    return (told.filter(is_known) if rows else told), held
