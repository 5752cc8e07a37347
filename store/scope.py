"""Whose dossiers may be read: an engine carries it, and every list of single dossiers asks it. Below all else, so that
no page, export, message or command can go round it.

A plain engine (`store.engine.open_engine`) is that of somebody who has the host: commands, the poller, tests. A web
server's is `closed` from the start, and opened for each visitor to their units alone.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

_OPTION = "ioc_units"


def closed(engine: Engine) -> Engine:
    """The engine, for which there are no dossiers."""
    return opened(engine, ())


def opened(engine: Engine, units: Collection[str] | None) -> Engine:
    """The engine, for which there are the dossiers of the units of these codes alone; None: all."""
    return engine.execution_options(**{_OPTION: None if units is None else frozenset(units)})


def units_of(engine: Engine | Connection) -> frozenset[str] | None:
    """The codes of the units whose dossiers there are; None: of all."""
    units: frozenset[str] | None = engine.get_execution_options().get(_OPTION)
    return units


def only_theirs(engine: Engine | Connection, unit_code: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    """The conditions on a dossier's unit that hold for this engine; none where there are all."""
    units = units_of(engine)
    return [] if units is None else [unit_code.in_(sorted(units))]
