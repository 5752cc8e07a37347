"""The commands that run the centre or a part of it: run, web, poll, migrate, simulate."""

import sys
from typing import Annotated

import typer

from commands._shared import known
from config import read_settings


def run(
    place: Annotated[str | None, typer.Option(help="Which place to simulate when there is no configuration.")] = None,
) -> None:
    """Everything: migrate, simulators when there is no configuration, poller, web. Ctrl-C or SIGTERM ends all of it."""
    import launch

    sys.exit(launch.run_everything(place))


def web() -> None:
    """The web server alone."""
    import launch

    launch.enter_root()
    launch.prepare_store(read_settings()).dispose()
    launch.become_web_server()


def migrate() -> None:
    """Bring the tables to this program's version, as run, web and poll do when they begin."""
    import launch
    from store.engine import open_engine, pending_migration

    settings = read_settings()
    before = pending_migration(open_engine(settings.database_url))
    launch.prepare_store(settings).dispose()
    typer.echo("tables were migrated to the newest version" if before else "tables are at the newest version")


def poll(
    once: Annotated[bool, typer.Option("--once", help="Until every source is caught up, then stop.")] = False,
    source: Annotated[str | None, typer.Option("--source", help="Only this source (with --once).")] = None,
) -> None:
    """Poll the sources at their intervals, or once."""
    from memory import leave_to_collector_what_comes, prepare_poller

    prepare_poller()
    import launch
    import poller

    leave_to_collector_what_comes()

    settings = read_settings()
    if source:
        known(settings.source, source)
    engine = launch.prepare_store(settings)
    if not once:
        poller.run_forever(settings)
        return
    results = poller.poll_once(engine, settings, settings.make_clock(), source)
    for result in results:
        typer.echo(str(result), err=not result.ok)
    if not all(result.ok for result in results):
        raise typer.Exit(1)


def simulate(
    place: Annotated[str, typer.Option(help="Name of the simulated place.")],
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9000,
    speed: Annotated[float, typer.Option(min=0, help="Times real time.")] = 1.0,
) -> None:
    """The source systems of a place over HTTP on loopback."""
    import launch

    launch.simulate(place, port, speed)
