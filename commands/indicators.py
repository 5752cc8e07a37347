"""The commands that ask for indicators: indicators, ranking; and the one that freezes them: close-period."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from clock import LOCAL_ZONE, end_of_day, local_day
from commands._shared import (
    From,
    ScopeOption,
    To,
    known,
    open_store,
    period_of,
    read_counters,
    unit_code,
    wrong_usage,
)
from commands._writing import Format, FormatOption, plain_numbers, write
from config import read_settings


class UnitsOption(StrEnum):
    """Units as they were in the period, or as they are today."""

    period = "period"
    today = "today"


def indicators(
    start: From,
    end: To,
    unit: Annotated[str | None, typer.Option(help="Unit code; without it every unit in force on the last day.")] = None,
    scope: ScopeOption = ScopeOption.subtree,
    as_of: Annotated[
        str | None, typer.Option(help="As published by then (a date: its end); else nothing after that local day.")
    ] = None,
    units: Annotated[
        UnitsOption, typer.Option(help="Units of the period, or what they are today.")
    ] = UnitsOption.period,
    form: FormatOption = Format.table,
) -> None:
    """Numerator, denominator and value of every indicator."""
    from publishing import published_figures

    code, period = None if unit is None else unit_code(unit), period_of(start, end)
    at = None if as_of is None else known(_instant, as_of)
    if at and units is UnitsOption.period:
        frozen = published_figures(open_store(), period, at, scope.value, code)
        if frozen is not None:
            write([plain_numbers(row) for row in frozen.iter_rows(named=True)], frozen.columns, form)
            return
    if at:
        period = known(type(period), period.start, min(period.end, local_day(at)))
    rows, columns = known(_live_figures, period, scope.value, code, units.value)
    write(rows, columns, form)


def _live_figures(period: Any, scope: Any, code: str | None, units: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The figures now and their columns; the rows of processing days also with median and 90th percentile."""
    from metrics import figures, processing_spread

    counters, today = read_counters(), read_settings().make_clock().today()
    found = figures(counters, period, None, scope, None if code is None else [code], units_as=units, today=today)
    rows = [plain_numbers(row) for row in found.iter_rows(named=True)]
    for row in rows:
        if row["indicator"] == "processing_days":
            spread = processing_spread(counters, row["unit"], period, scope, units_as=units, today=today)
            row.update(median=spread.median, percentile_90=spread.percentile_90)
    return rows, found.columns


def _instant(text: str) -> datetime:
    """An instant, local without a zone; a date means the end of that local day. ValueError for anything else."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return end_of_day(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--as-of {text!r} is no instant; write 2021-06-30 or 2021-06-30T23:00:00+07:00") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=LOCAL_ZONE)


def ranking(
    indicator: Annotated[str, typer.Option(help="Key of an indicator.")],
    start: From,
    end: To,
    kind: Annotated[str | None, typer.Option(help="so, huyen or xa.")] = None,
    group: Annotated[str | None, typer.Option(help="A peer group instead: xa_urban, xa_small … or an own one.")] = None,
    form: FormatOption = Format.table,
) -> None:
    """Units of one kind or peer group ranked by an indicator; those not ranked stand last, with the reason."""
    from metrics import Peers
    from metrics import ranking as rank

    if (kind is None) == (group is None):
        raise wrong_usage("give --kind or --group, one of them")
    settings = read_settings()

    def ranked(counters: Any, period: Any) -> Any:
        minimum = settings.ranking.minimum
        return rank(counters, indicator, kind or group or "", period, minimum, peers=Peers(settings.peers))

    found = known(ranked, read_counters(), period_of(start, end))
    write([plain_numbers(row) for row in found.iter_rows(named=True)], found.columns, form)


def close_period(
    name: Annotated[str, typer.Argument(metavar="PERIOD", help="2021, 2021-06, 2021-Q2, 2021-H1, 2021-W23 …")],
    by: Annotated[str, typer.Option(help="Who publishes; a revision needs it.")] = "",
    reason: Annotated[str, typer.Option(help="Why the figures changed; a revision needs it.")] = "",
) -> None:
    """Freeze the figures of a period that has ended; later corrections become revisions with author and reason."""
    import publishing
    from store.audit import host_user

    now = read_settings().make_clock().now()
    publication, count, changes = publishing.close_period(open_store(), name, now, by, reason, host_user())
    typer.echo(f"{publication.name} revision {publication.revision}: {count} figures, {publication.checksum}")
    for row in changes.iter_rows(named=True):
        then, new = _said(row, "old_"), _said(row, "")
        typer.echo(f"  {row['unit']} {row['indicator']} ({row['scope']}): {then} -> {new}")


def _said(row: dict[str, Any], prefix: str) -> str:
    """A figure in a line: its fraction, else its value."""
    top, bottom, value = (row[prefix + name] for name in ("numerator", "denominator", "value"))
    if top is not None and bottom is not None:
        return f"{top:.12g}/{bottom:.12g}"
    return "none" if value is None else f"{value:.12g}"
