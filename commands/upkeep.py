"""The command that looks after the centre: check."""

import typer

from config import read_settings


def check() -> None:
    """Configuration, safety, database, migrations, and whether every source answers. Stores nothing."""
    import launch

    launch.enter_root()  # Streamlit's settings are looked at too
    problems = 0
    for line, good in launch.checks(read_settings()):
        typer.echo(f"{'ok  ' if good else 'FAIL'} {line}", err=not good)
        problems += not good
    if problems:
        raise typer.Exit(1)
