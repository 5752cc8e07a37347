"""Generated counters: the daily measures of any number of dossiers, as a store would hold them, without the store.

They are counted by the store's own functions from generated dossiers, a million at a time; all of one procedure, for
the memory's sake, and without the pairs of days: a ranking by shares of dossiers asks for neither.
"""

import polars as pl

from bench.province import SEED, Size, generated_dossiers, procedure_rows, unit_rows
from store import contributions, tables
from store.frames import schema
from store.reads import DAILY, Snapshot
from store.rollups import ROLLUPS, Rollup

_BATCH = 1_000_000


def generated_counters(dossiers: int, size: Size) -> Snapshot:
    """The counters of so many dossiers; the same in every run."""
    counted: dict[str, pl.DataFrame] = {rollup.table.name: _none(rollup) for rollup in ROLLUPS}
    for batch, begun in enumerate(range(0, dossiers, _BATCH)):
        drawn = generated_dossiers(min(_BATCH, dossiers - begun), size, SEED + batch)
        drawn = drawn.with_columns(procedure_code=pl.lit("9.2"))
        for rollup in ROLLUPS:
            if rollup.table.name == "dossier_days":
                timeline = contributions.dossier_timeline(drawn.lazy()).collect()
                both = pl.concat([counted[rollup.table.name], rollup.contributions(timeline)])
                counted[rollup.table.name] = both.group_by(rollup.keys).agg(pl.col(rollup.measures).sum())
    return snapshot_of(counted, size, version=1)


def snapshot_of(counted: dict[str, pl.DataFrame], size: Size, version: int) -> Snapshot:
    """These daily measures under the generated catalogues."""
    return Snapshot(
        version=version,
        catalogue_version=1,
        units=_rows("units", unit_rows(size)),
        procedures=_rows("procedures", procedure_rows()),
        calendar=_rows("calendar_days"),
        successions=_rows("successions"),
        returns=_rows("returns"),
        **{name: counted[name] for name in DAILY},
    )


def _none(rollup: Rollup) -> pl.DataFrame:
    return pl.DataFrame(schema=schema(rollup.table, rollup.keys + rollup.measures))


def _rows(name: str, rows: list[dict[str, object]] | None = None) -> pl.DataFrame:
    return pl.DataFrame(rows or [], schema=schema(tables.metadata.tables[name]))
