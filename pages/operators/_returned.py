"""What units returned for a period: the rows that the page Returns draws and hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exports.viewed import Table
from metrics import Indicator, Period, catalogue
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._order import vietnamese_order
from pages._periods import calendar_name
from pages._taken import INSTANT, Columns, table_of
from pages._units import Units


@dataclass(frozen=True, kw_only=True)
class Returned:
    """`expected`: the indicators that units return, by name; `latest`: key to the unit's newest row that touches the
    period, as in the store; `by_unit`: code to how many indicators a unit returned, by name."""

    period: Period
    expected: Sequence[Indicator]
    latest: Mapping[str, dict[str, Any]]
    by_unit: Mapping[str, int]


def returned_of(here: Live, unit: str, period: Period) -> Returned:
    """The returns of a unit, and how much every unit returned."""
    expected = [indicator for indicator in catalogue().values() if indicator.returned]
    expected.sort(key=lambda indicator: vietnamese_order(indicator_name(indicator, here.today)))
    found = overlapping(here, period)
    own = found.filter(pl.col("unit_code") == unit)
    units = Units(here.counters, period.end)
    counts = found.group_by("unit_code").agg(pl.col("indicator").n_unique()).iter_rows()
    counted = {code: count for code, count in counts if code in units.by_code}
    return Returned(
        period=period,
        expected=expected,
        latest={row["indicator"]: row for row in own.sort("period_from").iter_rows(named=True)},
        by_unit=dict(sorted(counted.items(), key=lambda item: vietnamese_order(units.label(item[0])))),
    )


def overlapping(here: Live, period: Period) -> pl.DataFrame:
    """The returns of which a day falls into the period; columns as in the store's table."""
    frame = here.counters.snapshot.returns
    return frame.filter((pl.col("period_from") <= period.end) & (pl.col("period_to") >= period.start))


def figures_of(row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Numerator, denominator and value of a return; the value computed where only its parts were given."""
    numerator, denominator, value = row["numerator"], row["denominator"], row["value"]
    if value is None and numerator is not None:
        value = numerator if denominator is None else numerator / denominator if denominator else None
    return numerator, denominator, value


def source_name(row: Mapping[str, Any]) -> str:
    """Where a return comes from."""
    return _("file") if row["source"] == "import" else str(row["source"])


def returned_tables(shown: Returned, here: Live, labels: Mapping[str, str], name: str) -> list[Table]:
    """A row for each indicator that units return, missing ones too; a row for each unit that returned something."""
    columns: Columns = {
        "indicator": (pl.String, _("Key")),
        "name": (pl.String, _("Indicator")),
        "state": (pl.String, _("State")),
        "value": (pl.Float64, _("Value")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "period": (pl.String, _("Period")),
        "note": (pl.String, _("Note")),
        "stored_at": (INSTANT, _("Stored")),
        "source": (pl.String, _("Source")),
    }
    rows = [_row(indicator, shown.latest.get(indicator.key), here) for indicator in shown.expected]
    rated = [indicator.form == "rate" for indicator in shown.expected]
    counts: Columns = {
        "unit": (pl.String, _("Unit code")),
        "name": (pl.String, _("Unit")),
        "returned": (pl.Int64, _("Figures returned")),
        "expected": (pl.Int64, _("Figures expected")),
    }
    counted = [(code, labels[code], count, len(shown.expected)) for code, count in shown.by_unit.items()]
    return [
        table_of(name, rows, columns, ["value"], rated),
        table_of(_("Units that returned something"), counted, counts),
    ]


def _row(indicator: Indicator, row: Mapping[str, Any] | None, here: Live) -> tuple[object, ...]:
    name = indicator_name(indicator, here.today)
    if row is None:
        return (indicator.key, name, _("missing"), *(None,) * 7)
    numerator, denominator, value = figures_of(row)
    period = calendar_name(Period(row["period_from"], row["period_to"]))
    said = (row["note"] or None, row["stored_at"], source_name(row))
    return (indicator.key, name, _("returned"), value, numerator, denominator, period, *said)
