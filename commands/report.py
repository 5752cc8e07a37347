"""The reports that a unit hands in: report 06a."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from commands._shared import From, To, known, open_store, period_of, unit_code, wrong_usage
from commands._writing import Format, write
from config import read_settings
from errors import InputError

_FILES = ("xlsx", "pdf")

app = typer.Typer(help="The reports that a unit hands in.", no_args_is_help=True)


class Rows(StrEnum):
    """What a row of the form is."""

    field = "field"
    procedure = "procedure"


class ReportFormat(StrEnum):
    """How a report is written; the last two need --output."""

    table = "table"
    csv = "csv"
    json = "json"
    xlsx = "xlsx"
    pdf = "pdf"


@app.command("06a")
def report06a(
    start: From,
    end: To,
    unit: Annotated[str | None, typer.Option(help="Unit code; without it the province.")] = None,
    by: Annotated[Rows, typer.Option(help="A row for each field, or for each procedure.")] = Rows.field,
    form: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.table,
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write; one that is there is replaced.")
    ] = None,
) -> None:
    """Form II.06a (Circular 01/2020/TT-VPCP): received, settled, in work. Exit 1 when its columns do not add up."""
    from exports.files import write_file
    from exports.form06a import printed, sums
    from metrics import Counters, broken_identities, form06a
    from store.audit import Deed, host_user, record
    from store.reads import read_in_pieces

    if form in _FILES and output is None:
        raise wrong_usage(f"--format {form.value} needs --output FILE")
    period, engine = period_of(start, end), open_store()
    counters = read_in_pieces(engine, Counters)
    units = counters.units_on(period.end)
    code = unit_code(unit) if unit else _only_root(units)
    found = known(form06a, counters, code, period, by.value)
    if output is not None and form in _FILES:
        told = {"unit": code, "period": period.name(), "file": str(output.resolve())}
        record(engine, Deed(host_user(), "export", f"report06a.{form.value}", details=told))
        name = dict(units.select("code", "name").iter_rows())[code]
        write_file(printed(found, name, period, by.value, "vi", _data_time(engine)), form.value, output)
    else:
        write(found.rows(named=True), found.columns, Format(form.value))
    if broken_identities(found):
        raise InputError(sums(found, "vi"))


def _only_root(units: Any) -> str:
    """The code of the unit under no other; wrong usage when there are several."""
    roots = units.filter(units["parent_code"].is_null() | ~units["parent_code"].is_in(units["code"].implode()))["code"]
    if len(roots) != 1:
        raise wrong_usage(f"--unit is needed; the units under no other are: {', '.join(sorted(roots)) or 'none'}")
    return str(roots[0])


def _data_time(engine: Any) -> datetime | None:
    """Until when every source has been read."""
    from store.health import data_until, source_health

    settings = read_settings()
    return data_until(source_health(engine, settings.sources, settings.make_clock().now()))
