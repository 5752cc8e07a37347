"""The command line. Exit 0 when all went well, 1 when something failed (the reason on stderr), 2 for wrong usage."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from commands import (
    audit,
    backfill,
    backup,
    figures,
    files,
    indicators,
    messages,
    national,
    quarantine,
    reconciliation,
    report,
    running,
    upkeep,
)
from errors import exit_on_failure
from logs import configure_log

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__
)


@app.callback()
def choose_configuration(
    config: Annotated[Path | None, typer.Option("--config", help="Settings file; else IOC_CONFIG.")] = None,
) -> None:
    """Smart operations centre for e-government."""
    configure_log()
    if config:
        os.environ["IOC_CONFIG"] = str(config.resolve())


# The help lists them in this order.
app.command("run")(running.run)
app.command("web")(running.web)
app.command("poll")(running.poll)
app.command("migrate")(running.migrate)
app.command("simulate")(running.simulate)
app.command("indicators")(indicators.indicators)
app.command("close-period")(indicators.close_period)
app.command("ranking")(indicators.ranking)
app.command("import")(files.import_file)
app.command("export")(files.export_file)
app.command("reconcile")(reconciliation.reconcile)
app.command("rebuild")(national.rebuild)
app.command("facts")(national.facts)
app.command("rollup")(national.rollup)
app.command("figures")(figures.figures_of_articles)
app.command("backfill")(backfill.backfill)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("check")(upkeep.check)
app.add_typer(audit.app, name="audit")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(messages.app, name="messages")
app.add_typer(report.app, name="report")


def main() -> None:
    """Run the command line; wrong usage is one line on standard error and exit 2."""
    try:
        with exit_on_failure():
            code = app(standalone_mode=False)
    except TyperException as error:
        # A call without a command brings the help as its message.
        typer.echo(error.format_message() if len(sys.argv) == 1 else f"ioc.py: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
