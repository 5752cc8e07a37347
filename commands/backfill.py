"""The command that reads a window of a source again: backfill."""

from typing import Annotated, Any

import typer

from commands._progress import progress
from commands._shared import From, To, known, open_store, period_of
from commands._writing import Format, FormatOption, write
from config import read_settings

_COLUMNS = ["period", "revision", "scope", "unit", "indicator"]
_NUMBERS = ["numerator", "denominator", "value"]
_PUBLISHED = [f"published_{name}" for name in _NUMBERS]


def backfill(
    source: Annotated[str, typer.Option("--source", help="Name of the source.")],
    start: From,
    end: To,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, store nothing.")] = False,
    form: FormatOption = Format.table,
) -> None:
    """Read these days of a source again, while it is polled too; prints the closed figures that would change by it."""
    import threading

    import backfill as backfilling
    from connectors._retry import patient

    settings, window = read_settings(), period_of(start, end)
    known(settings.source, source)
    days = (window.start, window.end)
    retry = patient(threading.Event())
    with progress() as told:
        done = backfilling.backfill(
            open_store(), settings, settings.make_clock(), source, days, retry=retry, told=told, dry_run=dry_run
        )
    write([_row(row) for row in done.changes.iter_rows(named=True)], [*_COLUMNS, *_PUBLISHED, *_NUMBERS], form)
    typer.echo(_summary(source, done, dry_run), err=True)
    if done.failure:
        raise done.failure


def _row(row: dict[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in _COLUMNS}
    numbers = {f"published_{name}": row[f"old_{name}"] for name in _NUMBERS} | {name: row[name] for name in _NUMBERS}
    return named | {name: _plain(number) for name, number in numbers.items()}


def _plain(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def _summary(source: str, done: Any, dry_run: bool) -> str:  # as the option is
    counts = f"{done.fetched} fetched, {done.accepted} accepted, {done.unchanged} unchanged, {done.rejected} rejected"
    would = f"{done.changes.height} figures of closed periods would change: each only by a revision (close-period)"
    before = f"; {done.differed} differed before already" if done.differed else ""
    return f"{source}: {counts}; {would}{before}{' (dry run: nothing was stored)' if dry_run else ''}"
