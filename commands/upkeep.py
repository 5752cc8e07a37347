"""The commands that look after the centre: rebuild, check."""

import typer

from commands._shared import failures, open_store
from config import read_settings


def rebuild() -> None:
    """Recompute every counter from the facts; prints how many differed (0 unless something was wrong)."""
    from store import rollups

    with failures():
        typer.echo(f"{rollups.rebuild(open_store())} counters differed")


def check() -> None:
    """Configuration, database, migrations, and whether every source answers. Stores nothing."""
    import launch

    with failures():
        problems = 0
        for line, good in launch.checks(read_settings()):
            typer.echo(f"{'ok  ' if good else 'FAIL'} {line}", err=not good)
            problems += not good
        if problems:
            raise typer.Exit(1)
