"""What the commands share: where they find the store, what a typed period and unit mean."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from config import read_settings
from errors import ConfigError

From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
To = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day, included.")]


class ScopeOption(StrEnum):
    """A unit with everything under it, or the unit alone."""

    subtree = "subtree"
    own = "own"


def known(function: Any, *arguments: Any) -> Any:
    """Call it; an unknown name or an empty period is wrong usage."""
    try:
        return function(*arguments)
    except (ValueError, ConfigError) as error:
        raise wrong_usage(str(error)) from error


def wrong_usage(reason: str) -> typer.Exit:
    """The end of a command that was asked for what cannot be; the reason is one line on standard error."""
    typer.echo(f"ioc.py: {reason}", err=True)
    return typer.Exit(2)


def open_store() -> Any:
    """The engine of the configured store, its tables migrated."""
    import launch

    return launch.prepare_store(read_settings())


def read_counters() -> Any:
    """The counters of the configured store as it is now."""
    from metrics import Counters
    from store.reads import read_in_pieces

    return read_in_pieces(open_store(), Counters)


def unit_code(text: str) -> str:
    """The code of a unit as the store writes it."""
    from connectors._codes import agency_code

    return agency_code(text)


def period_of(start: datetime, end: datetime) -> Any:
    """The local days from the first to the last, both included; one that is empty is wrong usage."""
    from metrics import Period

    return known(Period, start.date(), end.date())
