"""How rows are written to standard output: JSON, CSV or a table."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from clock import LOCAL_ZONE


class Format(StrEnum):
    """How figures are written."""

    json = "json"
    csv = "csv"
    table = "table"


FormatOption = Annotated[Format, typer.Option("--format")]


def write(rows: list[dict[str, Any]], columns: list[str], form: Format) -> None:
    """The rows in this form; CSV and table show these columns, JSON everything."""
    if form is Format.json:
        write_json(rows)
    elif form is Format.csv:
        _write_csv(rows, columns)
    else:
        _write_table(rows, columns)


def write_json(value: Any) -> None:
    """One JSON value, Vietnamese letters as they are."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _write_csv(rows: list[dict[str, Any]], columns: list[str]) -> None:
    import polars as pl

    named = [{name: row.get(name) for name in columns} for row in rows]
    typer.echo(pl.DataFrame(named, schema=columns, infer_schema_length=None).write_csv(), nl=False)


def _write_table(rows: list[dict[str, Any]], columns: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        table.add_row(*("" if row.get(name) is None else str(row[name]) for name in columns))
    console = Console()
    if not console.is_terminal:
        console.width = 240  # a pipe has no width to fit into
    console.print(table)


def plain_numbers(row: dict[str, Any]) -> dict[str, Any]:
    """Whole sums as integers: 12, not 12.0."""
    sums = ("numerator", "denominator")
    return {
        name: int(value) if name in sums and value is not None and float(value).is_integer() else value
        for name, value in row.items()
    }


def text(value: Any) -> Any:
    """An instant in local time, as text; anything else as it is."""
    return value.astimezone(LOCAL_ZONE).isoformat(timespec="seconds") if isinstance(value, datetime) else value
