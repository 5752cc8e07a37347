"""Statistical returns (wire.md, section 9), row by row: what the connector reads and what a person imports alike."""

from collections.abc import Collection, Iterable, Mapping

from connectors import _cells as cells
from connectors._cells import BadCellError, Form
from sheets.tabular import BadRow, TableRow
from store.rows import Return

COLUMNS = ("unit_code", "period", "indicator")
OPTIONAL = ("numerator", "denominator", "value", "note")

# What units return because no system reports it (indicators.md); each is an indicator of metrics/returns.py.
RETURNED: Mapping[str, Form] = {
    "plan_coverage_rate": "rate",
    "computers_rate": "rate",
    "computers_rate_commune": "rate",
    "lan_rate": "rate",
    "dedicated_network_rate": "rate",
    "email_usage_rate": "rate",
    "document_system_rate": "rate",
    "web_portal_rate": "rate",
    "portal_articles": "count",
    "component_portal_articles": "count",
    "online_services_rate": "rate",
    "eligible_level4_rate": "rate",
    "certificates": "count",
    "authenticated_users_rate": "rate",
    "services_signature_rate": "rate",
    "services_edossier_rate": "rate",
    "autofill_rate": "rate",
    "one_stop_coverage_rate": "rate",
    "control_screens": "count",
    "operator_computers": "count",
}
# There can be more computers than officials; of everything else a part is never more than the whole.
_MAY_EXCEED_ONE = ("computers_rate", "computers_rate_commune")


def read_returns(
    rows: Iterable[TableRow], units: Collection[str] | None = None, *, quoted: bool = True
) -> tuple[list[Return], list[BadRow]]:
    """The returns of a file, and every bad row; of one figure stated twice the second row is bad.

    `units`: the codes that exist, where they are known; else it is for the store to say. `quoted`: as in `read_rows`.
    """

    def make(row: TableRow) -> tuple[int, Return]:
        one = read_return(row)
        if units is not None:
            cells.known("unit_code", one.unit_code, units, "unit of any catalogue")
        return row.number, one

    made, bad = cells.read_rows(rows, make, quoted=quoted)
    first: dict[str, int] = {}
    for number, one in made:
        if number != first.setdefault(one.source_id, number):
            where = f"row {first[one.source_id]} states the same unit, indicator and period"
            bad.append(BadRow(number, "indicator", where))
    return [one for _, one in made], bad


def read_return(row: TableRow) -> Return:
    """The return of a row. Raises BadCellError."""
    indicator = cells.required(row, "indicator")
    cells.known("indicator", indicator, RETURNED, "figure that units return")
    first, last = cells.period(row, "period")
    numerator, denominator, value = _figure(row, indicator)
    return Return(
        unit_code=cells.unit_code(row, "unit_code"),
        indicator=indicator,
        period_from=first,
        period_to=last,
        numerator=numerator,
        denominator=denominator,
        value=value,
        note=cells.words(row, "note"),
    )


def _figure(row: TableRow, indicator: str) -> tuple[float | None, float | None, float | None]:
    """Numerator, denominator and value as they are stored: a count as its numerator, a rate as its parts or alone."""
    form = RETURNED[indicator]
    numerator = cells.amount_or_none(row, "numerator", "count")
    denominator = cells.amount_or_none(row, "denominator", "count")
    value = cells.amount_or_none(row, "value", form)
    if form == "count":
        if denominator is not None:
            raise BadCellError("denominator", "a count has none")
        if (numerator is None) == (value is None):
            raise BadCellError("value", "a count is given once: as numerator or as value")
        return (value if numerator is None else numerator), None, None
    if value is not None and (numerator is not None or denominator is not None):
        raise BadCellError("value", "give either numerator and denominator, or value")
    if value is not None:
        _at_most_one("value", indicator, value, 1.0)
        return None, None, value
    if numerator is None or denominator is None:
        missing = "numerator" if numerator is None else "denominator"
        raise BadCellError(missing, "is empty: give numerator and denominator, or value")
    _at_most_one("numerator", indicator, numerator, denominator)
    return numerator, denominator, None


def _at_most_one(column: str, indicator: str, part: float, whole: float) -> None:
    if part > whole and indicator not in _MAY_EXCEED_ONE:
        raise BadCellError(column, "is more than the whole", f"{part:g}/{whole:g}")
    if whole == 0 and part:
        raise BadCellError(column, "is no rate", f"{part:g}/0")
