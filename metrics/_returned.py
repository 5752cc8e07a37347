"""What units returned because no system reports it: which of a unit's returns counts for a period."""

from functools import lru_cache
from typing import Literal

import numpy as np
import polars as pl

from metrics._hierarchy import Floats, Hierarchy
from metrics._period import day_number

Part = Literal["numerator", "denominator", "value"]
_KNOWN_PERIODS = 32


class Returns:
    """The returned figures by indicator and unit; a unit code means what it meant on the return's own last day."""

    def __init__(self, returns: pl.DataFrame, hierarchy: Hierarchy) -> None:
        """`returns`: rows as in `store.tables.returns`."""
        self._size = len(hierarchy)
        owners = [
            hierarchy.unit_on(code, day_number(last)) for code, last in returns["unit_code", "period_to"].iter_rows()
        ]
        days = pl.col("period_to", "period_from").cast(pl.Int32)
        share = pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
        quotient = pl.when(pl.col("denominator").is_null()).then(pl.col("numerator")).otherwise(share)
        owned = returns.with_columns(pl.Series("unit", owners, dtype=pl.Int32), days)
        # The begun last counts, of two the shorter, of several sources' for one period the one stored last.
        self._rows = (
            owned.filter(pl.col("unit").is_not_null())
            .with_columns(pl.coalesce("value", quotient).alias("value"))
            .sort("period_from", -pl.col("period_to"), "stored_at", "source")
        )
        self._latest = lru_cache(maxsize=_KNOWN_PERIODS)(self._make_latest)

    def part(self, key: str, part: Part, start: int, end: int) -> Floats:
        """Per unit the numerator, denominator or value that it returned for the days `start` to `end`.

        Of its returns that overlap these days it is the one begun last, of two the shorter; nothing is added up. NaN
        where nothing was returned, and for the numerator and denominator of a return that gave only the value.
        """
        found = np.full(self._size, np.nan)
        rows = self._latest(start, end).get(key)
        if rows is not None:
            found[rows["unit"].to_numpy()] = rows[part].fill_null(np.nan).to_numpy()
        return found

    def _make_latest(self, start: int, end: int) -> dict[str, pl.DataFrame]:
        overlapping = self._rows.filter((pl.col("period_from") <= end) & (pl.col("period_to") >= start))
        counted = overlapping.unique(["indicator", "unit"], keep="last", maintain_order=True)
        return {str(key[0]): rows for key, rows in counted.group_by("indicator")}
