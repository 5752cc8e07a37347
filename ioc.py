"""The command line. Exit 0 when all went well, 1 when something failed (the reason on stderr), 2 for wrong usage."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import polars as pl
import typer
from typer.exceptions import TyperException

from clock import LOCAL_ZONE, end_of_day, local_day
from config import read_settings
from errors import InputError, IocError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__
)
quarantine_app = typer.Typer(no_args_is_help=True, help="Records that could not be stored.")
app.add_typer(quarantine_app, name="quarantine")

Step = TypeVar("Step")


class Format(StrEnum):
    """How figures are written."""

    json = "json"
    csv = "csv"
    table = "table"


class UnitsOption(StrEnum):
    """Units as they were in the period, or as they are today."""

    period = "period"
    today = "today"


class ScopeOption(StrEnum):
    """A unit with everything under it, or the unit alone."""

    subtree = "subtree"
    own = "own"


From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
To = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day, included.")]


@app.callback()
def choose_configuration(
    config: Annotated[Path | None, typer.Option("--config", help="Settings file; else IOC_CONFIG.")] = None,
) -> None:
    """Smart operations centre for e-government."""
    if config:
        os.environ["IOC_CONFIG"] = str(config.resolve())


@app.command()
def run(
    place: Annotated[str | None, typer.Option(help="Which place to simulate when there is no configuration.")] = None,
) -> None:
    """Everything: migrate, simulators when there is no configuration, poller, web. Ctrl-C or SIGTERM ends all of it."""
    import launch

    with _failures():
        sys.exit(launch.run_everything(place))


@app.command()
def web() -> None:
    """The web server alone."""
    import launch

    with _failures():
        launch.enter_root()
        launch.prepare_store(read_settings()).dispose()
        os.execv(sys.executable, launch.web_command())  # noqa: S606  # our own interpreter and words


@app.command()
def poll(
    once: Annotated[bool, typer.Option("--once", help="Until every source is caught up, then stop.")] = False,
    source: Annotated[str | None, typer.Option("--source", help="Only this source (with --once).")] = None,
) -> None:
    """Poll the sources at their intervals, or once."""
    import launch
    import poller

    with _failures():
        settings = read_settings()
        if source:
            _known(settings.source, source)
        engine = launch.prepare_store(settings)
        if not once:
            poller.run_forever(settings)
            return
        results = poller.poll_once(engine, settings, settings.make_clock(), source)
        for result in results:
            typer.echo(str(result), err=not result.ok)
        if not all(result.ok for result in results):
            raise typer.Exit(1)


@app.command()
def simulate(
    place: Annotated[str, typer.Option(help="Name of the simulated place.")],
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9000,
    speed: Annotated[float, typer.Option(min=0, help="Times real time.")] = 1.0,
) -> None:
    """The source systems of a place over HTTP on loopback."""
    import launch

    with _failures():
        launch.simulate(place, port, speed)


@app.command()
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
    form: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """Numerator, denominator and value of every indicator."""
    from publishing import published_figures

    with _failures():
        code, period = None if unit is None else _unit_code(unit), _period(start, end)
        at = None if as_of is None else _known(_instant, as_of)
        if at and units is UnitsOption.period:
            frozen = published_figures(_engine(), period, at, scope.value, code)
            if frozen is not None:
                _write([_plain_numbers(row) for row in frozen.iter_rows(named=True)], frozen.columns, form)
                return
        if at:
            period = _known(type(period), period.start, min(period.end, local_day(at)))
        found, rows = _known(_live_figures, period, scope.value, code, units.value)
        _write(rows, found.columns, form)


def _live_figures(period: Any, scope: Any, code: str | None, units: Any) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The figures now, as a frame and as rows; the rows of processing days also with median and 90th percentile."""
    from metrics import figures, processing_spread

    counters, today = _counters(), read_settings().make_clock().today()
    found = figures(counters, period, None, scope, None if code is None else [code], units_as=units, today=today)
    rows = [_plain_numbers(row) for row in found.iter_rows(named=True)]
    for row in rows:
        if row["indicator"] == "processing_days":
            spread = processing_spread(counters, row["unit"], period, scope, units_as=units, today=today)
            row.update(median=spread.median, percentile_90=spread.percentile_90)
    return found, rows


@app.command("close-period")
def close_period(
    name: Annotated[str, typer.Argument(metavar="PERIOD", help="2021, 2021-06, 2021-Q2, 2021-H1, 2021-W23 …")],
    by: Annotated[str, typer.Option(help="Who publishes; a revision needs it.")] = "",
    reason: Annotated[str, typer.Option(help="Why the figures changed; a revision needs it.")] = "",
) -> None:
    """Freeze the figures of a period that has ended; later corrections become revisions with author and reason."""
    import publishing

    with _failures():
        now = read_settings().make_clock().now()
        publication, count, changes = publishing.close_period(_engine(), name, now, by, reason)
        typer.echo(f"{publication.name} revision {publication.revision}: {count} figures, {publication.checksum}")
        for row in changes.iter_rows(named=True):
            then, new = _said(row, "old_"), _said(row, "")
            typer.echo(f"  {row['unit']} {row['indicator']} ({row['scope']}): {then} -> {new}")


@app.command()
def ranking(
    indicator: Annotated[str, typer.Option(help="Key of an indicator.")],
    start: From,
    end: To,
    kind: Annotated[str | None, typer.Option(help="so, huyen or xa.")] = None,
    group: Annotated[str | None, typer.Option(help="A peer group instead: xa_urban, xa_small … or an own one.")] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """Units of one kind or peer group ranked by an indicator; those not ranked stand last, with the reason."""
    from metrics import Peers
    from metrics import ranking as rank

    with _failures():
        if (kind is None) == (group is None):
            raise _wrong_usage("give --kind or --group, one of them")
        settings = read_settings()

        def ranked(counters: Any, period: Any) -> Any:
            minimum = settings.ranking.minimum
            return rank(counters, indicator, kind or group or "", period, minimum, peers=Peers(settings.peers))

        found = _known(ranked, _counters(), _period(start, end))
        _write([_plain_numbers(row) for row in found.iter_rows(named=True)], found.columns, form)


class Kind(StrEnum):
    """What can be imported."""

    units = "units"
    procedures = "procedures"
    targets = "targets"
    returns = "returns"
    boundaries = "boundaries"
    calendar = "calendar"


@app.command("import")
def import_file(
    kind: Kind,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; boundaries: GeoJSON.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare, store nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who imports it, for the history.")] = "ioc.py import",
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
) -> None:
    """Store a file of units, procedures, targets, returns, boundaries or the calendar: all of it, or nothing."""
    from imports import check_import, store_import

    with _failures():
        engine, clock = _engine(), read_settings().make_clock()
        checked = check_import(engine, kind.value, _content(file), str(file))
        if not dry_run:
            store_import(engine, checked, by=by, at=clock.now(), reason=reason)
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


@app.command("export")
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
    from spreadsheets import write_file

    with _failures():
        if (start is None) != (end is None):
            raise _wrong_usage("give --from and --to together")
        period = None if start is None or end is None else _period(start, end)
        code = None if unit is None else _unit_code(unit)
        asked = Asked(period=period, unit=code, scope=scope.value, indicator=indicator, group=kind)
        settings, engine = read_settings(), _engine()
        exported = _known(export, engine, settings, settings.make_clock(), view.value, asked)
        write_file(exported, form.value, output)
        typer.echo(f"{output}: {exported.frame.height} rows")


@quarantine_app.command("list")
def quarantine_list(
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """The held records: number, source, kind, id, reason, since when."""
    from store.quarantine import held

    with _failures():
        columns = ["id", "source", "kind", "source_id", "reason", "detail", "first_seen_at", "last_seen_at"]
        records = held(_engine(), source=source, reason=reason)
        rows = [{name: _text(getattr(record, name)) for name in columns} for record in records]
        _write(rows, columns, form)


@quarantine_app.command("show")
def quarantine_show(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """One held record with its payload (without personal data)."""
    from store.quarantine import held

    with _failures():
        found = held(_engine(), ids=[number])
        if not found:
            raise _wrong_usage(f"no held record has the number {number}; see: quarantine list")
        _write_json({name: _text(value) for name, value in found[0]._asdict().items()})


@quarantine_app.command("replay")
def quarantine_replay(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[ID]...")] = None,
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Try held records again: those of these numbers, this source, this reason; without any, all."""
    from replay import replay
    from store.quarantine import held

    with _failures():
        settings = read_settings()
        records = held(_engine(), ids=numbers or None, source=source, reason=reason)
        stored, still_held = replay(_engine(), settings, settings.make_clock(), records)
        typer.echo(f"{stored} stored, {still_held} still held")


@app.command()
def rebuild() -> None:
    """Recompute every counter from the facts; prints how many differed (0 unless something was wrong)."""
    from store import rollups

    with _failures():
        typer.echo(f"{rollups.rebuild(_engine())} counters differed")


@app.command("figures")
def figures_of_articles(
    place: Annotated[str | None, typer.Option(help="Only the figures of this simulated place.")] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """The published figures of the source articles beside what the centre computes; exit 1 when one differs."""
    import figures_run

    with _failures():
        names = figures_run.places()
        if place and place not in names:
            raise _wrong_usage(f"no article is about {place!r}; known: {', '.join(names)}")
        names = [place] if place else names
        found = dict(_counted(figures_run.compared_places(names), len(names), "places"))
        rows = [figures_run.as_row(figure) for name in names for figure in found[name]]
        _write(rows, list(figures_run.COLUMNS), form)
        if any(row["ok"] == "differs" for row in rows):
            raise typer.Exit(1)


@app.command()
def check() -> None:
    """Configuration, database, migrations, and whether every source answers. Stores nothing."""
    import launch

    with _failures():
        problems = 0
        for line, good in launch.checks(read_settings()):
            typer.echo(f"{'ok  ' if good else 'FAIL'} {line}", err=not good)
            problems += not good
        if problems:
            raise typer.Exit(1)


def _counted(steps: Iterable[Step], total: int, what: str) -> Iterator[Step]:
    """The steps of long work, with a progress bar while a person watches."""
    from rich.console import Console
    from rich.progress import track

    watched = Console(stderr=True)
    yield from track(steps, what, total, console=watched, disable=not watched.is_terminal)


@contextmanager
def _failures() -> Iterator[None]:
    """A failure of ours is one line on standard error and exit 1."""
    try:
        yield
    except IocError as error:
        typer.echo(f"ioc.py: {error}", err=True)
        raise typer.Exit(1) from error


def _known(function: Any, *arguments: Any) -> Any:
    """Call it; an unknown name or an empty period is wrong usage."""
    from errors import ConfigError

    try:
        return function(*arguments)
    except (ValueError, ConfigError) as error:
        raise _wrong_usage(str(error)) from error


def _wrong_usage(reason: str) -> typer.Exit:
    """The end of a command that was asked for what cannot be; the reason is one line on standard error."""
    typer.echo(f"ioc.py: {reason}", err=True)
    return typer.Exit(2)


def _engine() -> Any:
    import launch

    return launch.prepare_store(read_settings())


def _counters() -> Any:
    from metrics import Counters
    from store.reads import read_snapshot

    return Counters(read_snapshot(_engine()))


def _unit_code(text: str) -> str:
    from connectors._codes import agency_code

    return agency_code(text)


def _period(start: datetime, end: datetime) -> Any:
    from metrics import Period

    return _known(Period, start.date(), end.date())


def _instant(text: str) -> datetime:
    """An instant, local without a zone; a date means the end of that local day. ValueError for anything else."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return end_of_day(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--as-of {text!r} is no instant; write 2021-06-30 or 2021-06-30T23:00:00+07:00") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=LOCAL_ZONE)


def _plain_numbers(row: dict[str, Any]) -> dict[str, Any]:
    """Whole sums as integers: 12, not 12.0."""
    sums = ("numerator", "denominator")
    return {
        name: int(value) if name in sums and value is not None and float(value).is_integer() else value
        for name, value in row.items()
    }


def _said(row: dict[str, Any], prefix: str) -> str:
    """A figure in a line: its fraction, else its value."""
    top, bottom, value = (row[prefix + name] for name in ("numerator", "denominator", "value"))
    if top is not None and bottom is not None:
        return f"{top:.12g}/{bottom:.12g}"
    return "none" if value is None else f"{value:.12g}"


def _text(value: Any) -> Any:
    return value.astimezone(LOCAL_ZONE).isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _write_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _write(rows: list[dict[str, Any]], columns: list[str], form: Format) -> None:
    if form is Format.json:
        _write_json(rows)
    elif form is Format.csv:
        named = [{name: row.get(name) for name in columns} for row in rows]
        typer.echo(pl.DataFrame(named, schema=columns, infer_schema_length=None).write_csv(), nl=False)
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table(*columns)
        for row in rows:
            table.add_row(*("" if row.get(name) is None else str(row[name]) for name in columns))
        console = Console()
        if not console.is_terminal:
            console.width = 240  # a pipe has no width to fit into
        console.print(table)


def main() -> None:
    """Run the command line; wrong usage is one line on standard error and exit 2."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        # A call without a command brings the help as its message.
        typer.echo(error.format_message() if len(sys.argv) == 1 else f"ioc.py: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
