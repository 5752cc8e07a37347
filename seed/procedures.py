"""The catalogue of procedures as its place offers it, and as the one-stop system lists it.

The counts are those of the place's .toml. Some procedures changed their level during the year, and a reform moves
them to other units: they have two rows.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

from seed.place import Place, profile
from seed.procedure_catalogue import Catalogue, Procedure, spread_levels
from seed.units import read_ended

__all__ = ["Procedure", "catalogue_rows", "procedures"]


@lru_cache
def procedures(place: Place) -> tuple[Procedure, ...]:
    """Every procedure of a place once; departments' first, then districts', then communes'."""
    facts = profile(place.name)
    catalogue = Catalogue(place, facts)
    for department in _departments(place, facts):
        catalogue.add_department(department)
    for tier in ("huyen", "xa"):
        catalogue.add_tier(tier, facts["tiers"][tier])
    made = tuple(catalogue.with_changes())
    return _moved(facts, made) if "reform" in facts else made


def _departments(place: Place, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The departments with what each offers; where the place says how many stand at which level, these are dealt out
    in proportion to the names that each has."""
    if "city" in facts:
        return []
    departments: list[dict[str, Any]] = facts["departments"]
    if "levels" not in facts:
        return departments
    acts = len(facts["procedure_names"]["acts"])
    sizes = [len(d["top"]) + acts * sum(len(objects) for _, objects in d["fields"]) for d in departments]
    levels = spread_levels(facts["levels"])
    Random(place.seed).shuffle(levels)
    bounds = [round(len(levels) * sum(sizes[:end]) / sum(sizes)) for end in range(len(sizes) + 1)]
    dealt = [sorted(levels[first:last], reverse=True) for first, last in pairwise(bounds)]
    return [department | {"dealt": own} for department, own in zip(departments, dealt, strict=True)]


def _moved(facts: dict[str, Any], made: tuple[Procedure, ...]) -> tuple[Procedure, ...]:
    """The procedures of two tiers, and who offered each before: the ended province's offices and districts."""
    day, ended = facts["reform"]["day"], read_ended(facts)["agency"]
    moved = []
    for procedure in made:
        tail = procedure.agency[len(facts["agency"]) :] if procedure.agency else ""
        before = f"{ended}{tail}" if procedure.agency else procedure.tier
        tier = "xa" if procedure.tier == "huyen" else procedure.tier
        moved.append(replace(procedure, tier=tier, moved_on=day, moved_from=before))
    return tuple(moved)


def catalogue_rows(place: Place) -> list[dict[str, Any]]:
    """The rows of LayDanhSachTTHC: a procedure whose level or agency changed has one row for each."""
    rows = []
    for procedure in procedures(place):
        first = procedure.first_day
        if procedure.first_level != procedure.level:
            rows.append(_row(procedure, procedure.first_level, first, procedure.changed_on - timedelta(days=1)))
            first = procedure.changed_on
        if procedure.moved_on:
            before = _row(procedure, procedure.level, first, procedure.moved_on - timedelta(days=1))
            tier = procedure.moved_from if procedure.moved_from in {"huyen", "xa"} else "tinh"
            agency = procedure.moved_from if tier == "tinh" else None
            rows.append(before | {"CapThucHien": tier, "CoQuanThucHien": agency})
            first = procedure.moved_on
        rows.append(_row(procedure, procedure.level, first, None))
    return rows


def _row(procedure: Procedure, level: int, valid_from: date, valid_to: date | None) -> dict[str, Any]:
    return {
        "MaTTHC": procedure.code,
        "TenTTHC": procedure.name,
        "MaLinhVuc": procedure.field_code,
        "TenLinhVuc": procedure.field_name,
        "MucDo": level,
        "CapThucHien": procedure.tier,
        "CoQuanThucHien": procedure.agency,
        "TichHopDVCQG": procedure.national_portal and level >= 3,
        "ThuPhi": procedure.fee > 0,
        "NgayHieuLuc": f"{valid_from:%Y%m%d}",
        "NgayHetHieuLuc": f"{valid_to:%Y%m%d}" if valid_to else None,
    }
