"""The command reconcile: is what the sources count what the centre counts?"""

import threading
from datetime import datetime
from typing import Annotated, Any

import typer

from commands._shared import known, open_store, wrong_usage
from config import read_settings

FirstDay = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day; else 90 days ago.")
]
LastDay = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day, included; else today.")
]


def reconcile(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    start: FirstDay = None,
    end: LastDay = None,
) -> None:
    """Compare each source's statistics and records with ours; what is missing is stored, what is gone is removed and
    kept as history. Exit 1 when anything differed or a source did not answer."""
    import reconciling
    from connectors._retry import patient
    from poll_run import open_sources

    settings = read_settings()
    if source:
        known(settings.source, source)
    clock = settings.make_clock()
    first, last = reconciling.usual_window(clock.today())
    window = (start.date() if start else first, end.date() if end else last)
    if window[1] < window[0]:
        raise wrong_usage(f"the window ends on {window[1]} before it begins on {window[0]}")
    engine = open_store()
    with open_sources(settings, clock, patient(threading.Event()), source) as sources:
        results = reconciling.reconcile(engine, sources, clock, window)
    for result in results:
        _tell(result)
    if not all(result.agrees for result in results):
        raise typer.Exit(1)


def _tell(result: Any) -> None:
    """A line for each figure of a source, then one for each unit and record that differs."""
    if result.outcome == "untold":
        typer.echo(f"{result.source}: incomparable: it tells neither statistics nor its records")
    elif result.outcome != "ok":
        reason = result.message.removeprefix(f"{result.source}: ") or "not polled yet"
        typer.echo(f"{result.source}: {result.outcome}: {reason}", err=True)
    for figure in result.figures:
        days = f"{figure.first_day}..{figure.last_day}"
        counts = f": source {figure.source_count}, here {figure.our_count}" if figure.source_count is not None else ""
        mended = f", now {figure.mended_count}" if figure.mended_count != figure.our_count else ""
        reason = f" ({figure.reason})" if figure.reason else ""
        place = f" {figure.unit_code}" if figure.unit_code else ""
        typer.echo(f"{result.source}: {figure.figure}{place} {days}: {figure.state}{reason}{counts}{mended}")
    for key in result.keys:
        settled = "settled" if key.settled else "open"
        typer.echo(f"{result.source}: {key.difference} {key.source_id} {key.unit_code}: {settled}")
