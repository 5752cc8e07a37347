"""What a file may refer to: the units and procedures of the store, the indicators of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from metrics import Indicator, catalogue
from store.catalogues import known_codes


@dataclass(frozen=True)
class Known:
    """Codes that exist, in force or not."""

    units: frozenset[str]
    indicators: Mapping[str, Indicator]


def known(connection: Connection) -> Known:
    """What the store and the catalogue know now."""
    units, _ = known_codes(connection)
    return Known(frozenset(units), catalogue())
