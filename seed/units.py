"""The units of a place: the province, its departments, and its true districts and communes."""

import importlib.util
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from errors import ConfigError
from seed.place import Place, profile

# All of them were in force before the first simulated day and still are at the place's date.
VALID_FROM = "20200101"


@dataclass(frozen=True)
class Unit:
    """One unit; `uptake` and `late` are how its people work (see the place's .toml), not part of its record."""

    code: str
    name: str
    kind: str
    parent: str | None
    share: float
    uptake: float
    late: float


def old_form(code: str) -> str:
    """An agency code in its form before Decision 20/2020: `H28.148.04792` is `000.04792.148.H28`."""
    groups = code.split(".")
    if len(groups) > 3:
        return ".".join(reversed(groups))
    padded = groups + ["00"] * (3 - len(groups))
    return ".".join(["000", *reversed(padded)])


def open_admin_units() -> sqlite3.Connection:
    """The package's own SQLite file of units, opened read-only: importing the package would cost 75 MB."""
    package = importlib.util.find_spec("vietnamadminunits")
    if package is None or not package.submodule_search_locations:
        raise ConfigError("the package vietnamadminunits is not installed")
    file = Path(package.submodule_search_locations[0]) / "data" / "dataset.db"
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True)


@lru_cache
def units(place: Place) -> tuple[Unit, ...]:
    """All units: the province, departments, districts, communes, in this order, by code."""
    facts = profile(place.name)
    agency = facts["agency"]
    province = Unit(agency, facts["name"], "tinh", None, 0.0, 0.0, 0.0)
    departments = [
        Unit(d["code"], d["name"], "so", agency, d["share"], d["uptake"], d["late"]) for d in facts["departments"]
    ]
    districts: dict[str, Unit] = {}
    communes = []
    for district_code, district, code, name in _communes(facts["province"]):
        habits = facts["districts"][district_code]
        parent = f"{agency}.{district_code}"
        districts[parent] = Unit(parent, district, "huyen", agency, habits["share"], habits["uptake"], habits["late"])
        communes.append(Unit(f"{parent}.{code}", name, "xa", parent, habits["share"], habits["uptake"], habits["late"]))
    return (province, *departments, *(districts[code] for code in sorted(districts)), *communes)


def _communes(province: str) -> list[tuple[str, str, str, str]]:
    query = (
        "SELECT districtCode, district, wardCode, ward FROM admin_units_legacy "
        "WHERE provinceCode = ? AND wardCode IS NOT NULL ORDER BY districtCode, wardCode"
    )
    with closing(open_admin_units()) as database:
        return database.execute(query, (province,)).fetchall()
