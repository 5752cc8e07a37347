"""One module per dialect of a source system; `_contract.py` says what such a module holds."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from errors import ConfigError

if TYPE_CHECKING:  # who reads codes with our help asks no source, and needs no HTTP client in its process
    from connectors._contract import Connector


@cache
def connectors() -> "dict[str, Connector]":
    """Every connector by its dialect, found by listing this folder. ValueError when two share a dialect."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return by_dialect((name, importlib.import_module(f"{__name__}.{name}").CONNECTOR) for name in names)


def by_dialect(found: "Iterable[tuple[str, Connector]]") -> "dict[str, Connector]":
    """Connectors by dialect, out of (module name, connector). ValueError when two modules share a dialect."""
    modules: dict[str, str] = {}
    dialects: dict[str, Connector] = {}
    for module, connector in found:
        if connector.dialect in dialects:
            first = modules[connector.dialect]
            raise ValueError(f"connectors {first} and {module} both speak the dialect {connector.dialect!r}")
        modules[connector.dialect], dialects[connector.dialect] = module, connector
    return dialects


def connector(dialect: str) -> "Connector":
    """The connector of a dialect. Raises ConfigError listing the right dialects when there is none."""
    try:
        return connectors()[dialect]
    except KeyError as error:
        known = ", ".join(sorted(connectors()))
        raise ConfigError(f"unknown dialect {dialect!r}; one of: {known}") from error
