"""The units of a place: its root, the departments, and the true districts and communes.

A place with a `[reform]` has two sets: those of the province that ended, and those of two tiers that took over.
"""

import importlib.util
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from errors import ConfigError
from seed.place import Place, profile
from seed.profiles import district_habits

# Before the first simulated day of most places; a place that lives earlier says so (`units_since`).
VALID_FROM = date(2020, 1, 1)


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
    valid_from: date = VALID_FROM
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the unit exists on that local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def old_form(code: str) -> str:
    """An agency code in its form before Decision 20/2020: `H28.148.04792` is `000.04792.148.H28`."""
    groups = code.split(".")
    if len(groups) > 3:
        return ".".join(reversed(groups))
    padded = groups + ["00"] * (3 - len(groups))
    return ".".join(["000", *reversed(padded)])


def open_admin_units() -> sqlite3.Connection:
    """The package's own SQLite file of units, opened read-only: importing the package would cost 75 MB."""
    return sqlite3.connect(f"file:{package_file('dataset.db')}?mode=ro", uri=True)


def package_file(name: str) -> Path:
    """A file among the package's data; ConfigError when it is not installed."""
    package = importlib.util.find_spec("vietnamadminunits")
    if package is None or not package.submodule_search_locations:
        raise ConfigError("the package vietnamadminunits is not installed")
    return Path(package.submodule_search_locations[0]) / "data" / name


@lru_cache
def units(place: Place) -> tuple[Unit, ...]:
    """All units, ended ones first; of each set the root, departments, districts, communes, in this order, by code."""
    facts = profile(place.name)
    since = facts.get("units_since", VALID_FROM)
    if "reform" not in facts:
        return tuple(replace(unit, valid_from=since) for unit in _three_tiers(facts))
    reform = facts["reform"]
    ended = _three_tiers(read_ended(facts))
    last = reform["day"] - timedelta(days=1)
    before = [replace(unit, valid_from=since, valid_to=last) for unit in ended]
    return (*before, *(replace(unit, valid_from=reform["day"]) for unit in _two_tiers(facts)))


def era_of(place: Place, day: date) -> date:
    """The first day of the set of units that is in force on a local day; 1 January of year 1 before a reform."""
    reform = profile(place.name).get("reform")
    return reform["day"] if reform and day >= reform["day"] else date.min


def read_ended(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of the province that the reform ended, with the offices of its successor."""
    reform = facts["reform"]
    return facts | {
        "province": reform["province"],
        "agency": reform["agency"],
        "name": reform["name"],
        "departments": [
            department | {"code": reform["agency"] + department["code"][len(facts["agency"]) :]}
            for department in facts["departments"]
        ],
    }


def _three_tiers(facts: dict[str, Any]) -> Iterator[Unit]:
    """A province with districts; with `city`, that one district and its communes alone, as a root of its own."""
    agency, city = facts["agency"], facts.get("city")
    if not city:
        yield from _head(facts)
    communes = _communes(facts["province"])
    sizes = Counter(district for district, _, _, _ in communes)
    parts: dict[str, list[Unit]] = {}
    for district, name, code, commune in communes:
        if city and district != city:
            continue
        habits = district_habits(facts, district, sizes[district], len(communes))
        own_name = facts.get("districts", {}).get(district, {}).get("name", name)
        share, uptake, late = habits["share"], habits["uptake"], habits["late"]
        parent = f"{agency}.{district}"
        above = None if city else agency
        of_district = parts.setdefault(parent, [Unit(parent, own_name, "huyen", above, share, uptake, late)])
        # An island district may have no communes.
        if code:
            of_district.append(Unit(f"{parent}.{code}", commune, "xa", parent, share, uptake, late))
    yield from (parts[code][0] for code in sorted(parts))
    yield from (unit for code in parts for unit in parts[code][1:])


def _two_tiers(facts: dict[str, Any]) -> Iterator[Unit]:
    yield from _head(facts)
    query = "SELECT wardCode, ward FROM admin_units WHERE provinceCode = ? ORDER BY wardCode"
    with closing(open_admin_units()) as database:
        communes = database.execute(query, (facts["province"],)).fetchall()
    for code, name in communes:
        habits = district_habits(facts, code, 1, len(communes))
        share, uptake, late = habits["share"], habits["uptake"], habits["late"]
        yield Unit(f"{facts['agency']}.{code}", name, "xa", facts["agency"], share, uptake, late)


def _head(facts: dict[str, Any]) -> Iterator[Unit]:
    yield Unit(facts["agency"], facts["name"], "tinh", None, 0.0, 0.0, 0.0)
    for d in facts["departments"]:
        yield Unit(d["code"], d["name"], "so", facts["agency"], d["share"], d["uptake"], d["late"])


def _communes(province: str) -> list[tuple[str, str, str, str]]:
    query = (
        "SELECT districtCode, district, wardCode, ward FROM admin_units_legacy "
        "WHERE provinceCode = ? ORDER BY districtCode, wardCode"
    )
    with closing(open_admin_units()) as database:
        return database.execute(query, (province,)).fetchall()
