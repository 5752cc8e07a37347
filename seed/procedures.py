"""The catalogue of procedures: plausible names, made of acts and objects of each field; levels, terms, fees.

The counts are those of the place's .toml. Some procedures changed their level during the year: they have two rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from seed.place import Place, profile

FIRST_DAY = date(2020, 1, 1)
# So many of the online procedures of each tier rose to their level during the year before the place's date.
CHANGED = {"tinh": 14, "huyen": 3, "xa": 3}
# A department offers about half as many procedures below level 3 as at level 3 or 4, where names suffice.
OFFLINE_SHARE = 0.5
TERMS = (1, 2, 3, 5, 5, 7, 7, 10, 10, 15, 15, 20, 30)
FEES = (0, 0, 0, 50_000, 100_000, 150_000, 200_000, 300_000, 500_000)


@dataclass(frozen=True)
class Procedure:
    """One procedure. Before `changed_on` its level was `first_level`; the fee is in đồng, the term in working days."""

    code: str
    name: str
    field_code: str
    field_name: str
    tier: str
    agency: str | None
    level: int
    first_level: int
    changed_on: date
    term: int
    fee: int
    weight: float
    national_portal: bool
    by_post: bool


@lru_cache
def procedures(place: Place) -> tuple[Procedure, ...]:
    """Every procedure of a place once; departments' first, then districts', then communes'."""
    facts = profile(place.name)
    catalogue = _Catalogue(place, facts)
    for department in facts["departments"]:
        catalogue.add_department(department)
    for tier in ("huyen", "xa"):
        catalogue.add_tier(tier, facts["tiers"][tier])
    return tuple(catalogue.with_changes())


def catalogue_rows(place: Place) -> list[dict[str, Any]]:
    """The rows of LayDanhSachTTHC: a procedure whose level changed has one row for each level."""
    rows = []
    for procedure in procedures(place):
        if procedure.first_level != procedure.level:
            rows.append(_row(procedure, procedure.first_level, FIRST_DAY, procedure.changed_on - timedelta(days=1)))
        rows.append(_row(procedure, procedure.level, procedure.changed_on, None))
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


class _Catalogue:
    def __init__(self, place: Place, facts: dict[str, Any]) -> None:
        self._random = Random(place.seed)
        self._acts: list[str] = facts["procedure_names"]["acts"]
        self._year_end = place.start.date()
        self._codes = {top[2] for tier in facts["tiers"].values() for top in tier["top"]}
        self._made: list[Procedure] = []

    def add_department(self, department: dict[str, Any]) -> None:
        code, online = department["code"], department["online"]
        names = list(self._names(department["fields"], code[-2:]))
        self._random.shuffle(names)
        first_field = (f"G{code[-2:]}-01", department["fields"][0][0])
        heads = [(*first_field, name) for name in department.get("top", [])]
        offline = min(round(online * OFFLINE_SHARE), len(heads) + len(names) - online)
        for rank, (field_code, field, name) in enumerate((heads + names)[: online + offline]):
            level = self._random.choice((3, 3, 4)) if rank < online else 2
            weight = (12.0 if rank < len(heads) else 1.0) / (1 + rank) ** 0.7
            self._made.append(self._procedure(field_code, field, name, "tinh", code, level, weight))

    def add_tier(self, tier: str, facts: dict[str, Any]) -> None:
        names = list(self._names(facts["fields"], tier.upper()))
        self._random.shuffle(names)
        field_codes = {field: code for code, field, _ in names}
        for number, (field, name, code, level, weight, term, fee) in enumerate(facts["top"]):
            field_code = field_codes.get(field, f"G{tier.upper()}-T{number:02}")
            self._made.append(self._procedure(field_code, field, name, tier, None, level, weight, code, term, fee))
        online = facts["online"] - sum(top[3] >= 3 for top in facts["top"])
        offline = facts["offline"] - sum(top[3] < 3 for top in facts["top"])
        for rank, (field_code, field, name) in enumerate(names[: online + offline]):
            level = self._random.choice((3, 3, 4)) if rank < online else 2
            weight = 1.2 / (1 + rank % online) ** 0.8 if rank < online else 0.05
            self._made.append(self._procedure(field_code, field, name, tier, None, level, weight))

    def with_changes(self) -> Iterator[Procedure]:
        for tier, count in CHANGED.items():
            made = [procedure for procedure in self._made if procedure.tier == tier]
            online = [number for number, procedure in enumerate(made) if procedure.level >= 3]
            # The busiest five keep their level, so that one change does not carry the year's rate.
            changed = set(self._random.sample(online[5:], count))
            for number, procedure in enumerate(made):
                yield self._changed(procedure) if number in changed else procedure

    def _changed(self, procedure: Procedure) -> Procedure:
        first_level = self._random.choice((2, 2, procedure.level - 1))
        changed_on = self._year_end - timedelta(days=self._random.randrange(80, 300))
        # Most changes take effect on the first of a month.
        changed_on = changed_on.replace(day=self._random.choice((1, 1, 15)))
        values = {name: getattr(procedure, name) for name in Procedure.__dataclass_fields__}
        return Procedure(**values | {"first_level": first_level, "changed_on": changed_on})

    def _names(self, fields: list[Any], prefix: str) -> Iterator[tuple[str, str, str]]:
        for number, (field, objects) in enumerate(fields, start=1):
            for thing in objects:
                for act in self._acts:
                    yield f"G{prefix}-{number:02}", field, act.format(thing)

    def _procedure(
        self,
        field_code: str,
        field: str,
        name: str,
        tier: str,
        agency: str | None,
        level: int,
        weight: float,
        code: str | None = None,
        term: int | None = None,
        fee: int | None = None,
    ) -> Procedure:
        return Procedure(
            code=code or self._new_code(),
            name=name,
            field_code=field_code,
            field_name=field,
            tier=tier,
            agency=agency,
            level=level,
            first_level=level,
            changed_on=FIRST_DAY,
            term=self._random.choice(TERMS) if term is None else term,
            fee=self._random.choice(FEES) if fee is None else fee,
            weight=weight,
            national_portal=self._random.random() < (0.9 if level == 4 else 0.6),
            by_post=self._random.random() < 0.4,
        )

    def _new_code(self) -> str:
        while True:
            code = f"{self._random.choice((1, 1, 2, 3))}.{self._random.randrange(20, 11_000):06}"
            if code not in self._codes:
                self._codes.add(code)
                return code
