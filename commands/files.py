"""The commands that read and write files: import, export."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands._shared import ScopeOption, known, open_store, period_of, unit_code, wrong_usage
from config import read_settings
from errors import InputError


class Kind(StrEnum):
    """What can be imported."""

    units = "units"
    procedures = "procedures"
    targets = "targets"
    returns = "returns"
    boundaries = "boundaries"
    calendar = "calendar"


def import_file(
    kind: Kind,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; boundaries: GeoJSON.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare, store nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who imports it, for the history.")] = "ioc.py import",
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
) -> None:
    """Store a file of units, procedures, targets, returns, boundaries or the calendar: all of it, or nothing."""
    from imports import check_import, store_import
    from store.audit import host_user

    engine, clock = open_store(), read_settings().make_clock()
    checked = check_import(engine, kind.value, _content(file), str(file))
    if not dry_run:
        store_import(engine, checked, by=by, at=clock.now(), reason=reason, who=host_user())
    typer.echo(f"{checked}{' (dry run: nothing was stored)' if dry_run else ''}")


def _content(file: Path) -> bytes:
    from imports import LARGEST_FILE_BYTES

    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE_BYTES)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror})") from error


class View(StrEnum):
    """What can be exported."""

    indicators = "indicators"
    ranking = "ranking"
    targets = "targets"
    returns = "returns"
    bridge_points = "bridge_points"


class FileFormat(StrEnum):
    """How an export is written."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


def export_file(
    view: Annotated[View, typer.Option("--view")],
    form: Annotated[FileFormat, typer.Option("--format")],
    output: Annotated[Path, typer.Option("--output", help="File to write; one that is there is replaced.")],
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit code.")] = None,
    scope: ScopeOption = ScopeOption.subtree,
    indicator: Annotated[str | None, typer.Option(help="Only this indicator; a ranking needs one.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of a ranking: so, huyen, xa or a peer group.")] = None,
) -> None:
    """Figures, a ranking, targets, returns or bridge points as a file. Figures and rankings need --from and --to."""
    from exports import Asked, export
    from exports.files import write_file
    from store.audit import Deed, host_user, record

    if (start is None) != (end is None):
        raise wrong_usage("give --from and --to together")
    period = None if start is None or end is None else period_of(start, end)
    code = None if unit is None else unit_code(unit)
    asked = Asked(period=period, unit=code, scope=scope.value, indicator=indicator, group=kind)
    settings, engine = read_settings(), open_store()
    exported = known(export, engine, settings, settings.make_clock(), view.value, asked)
    # First: what could not be noted does not leave.
    rows = {"rows": exported.tables[0].frame.height, "file": str(output.resolve())}
    record(engine, Deed(host_user(), "export", f"{view.value}.{form.value}", details=rows))
    write_file(exported, form.value, output)
    typer.echo(f"{output}: {exported.tables[0].frame.height} rows")
