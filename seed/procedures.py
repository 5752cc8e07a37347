"""The catalogue of procedures: plausible names, made of acts and objects of each field; levels, terms, fees.

The counts are those of the place's .toml. Some procedures changed their level during the year, and a reform moves
them to other units: they have two rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

from seed.place import Place, profile
from seed.units import VALID_FROM, read_ended

# So many of the online procedures of each tier rose to their level during the year before the place's date.
CHANGED = {"tinh": 14, "huyen": 3, "xa": 3}
# A department offers about half as many procedures below level 3 as at level 3 or 4, where names suffice.
OFFLINE_SHARE = 0.5
# Share of the online procedures of each level that the national portal has too.
ON_PORTAL = {"4": 0.9, "3": 0.6}
TERMS = (1, 2, 3, 5, 5, 7, 7, 10, 10, 15, 15, 20, 30)
FEES = (0, 0, 0, 50_000, 100_000, 150_000, 200_000, 300_000, 500_000)


@dataclass(frozen=True)
class Procedure:
    """One procedure. Before `changed_on` its level was `first_level`; the fee is in đồng, the term in working days.

    Before `moved_on` (a reform of the units) the agency or tier `moved_from` offered it. `used`: whether anybody ever
    files it online.
    """

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
    first_day: date = VALID_FROM
    used: bool = True
    moved_on: date | None = None
    moved_from: str = ""

    def offered_by(self, day: date) -> str:
        """The code of the agency, or the tier, that offers it on a local day."""
        if self.moved_on and day < self.moved_on:
            return self.moved_from
        return self.agency or self.tier


@lru_cache
def procedures(place: Place) -> tuple[Procedure, ...]:
    """Every procedure of a place once; departments' first, then districts', then communes'."""
    facts = profile(place.name)
    catalogue = _Catalogue(place, facts)
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
    levels = _spread(facts["levels"])
    Random(place.seed).shuffle(levels)
    bounds = [round(len(levels) * sum(sizes[:end]) / sum(sizes)) for end in range(len(sizes) + 1)]
    dealt = [sorted(levels[first:last], reverse=True) for first, last in pairwise(bounds)]
    return [department | {"dealt": own} for department, own in zip(departments, dealt, strict=True)]


def _spread(levels: dict[str, int]) -> list[int]:
    return [int(level) for level, count in sorted(levels.items(), reverse=True) for _ in range(count)]


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


class _Catalogue:
    def __init__(self, place: Place, facts: dict[str, Any]) -> None:
        self._random = Random(place.seed)
        self._facts = facts
        self._first_day: date = facts.get("units_since", VALID_FROM)
        self._acts: list[str] = facts["procedure_names"]["acts"]
        self._year_end = place.start.date()
        self._on_portal: dict[str, float] = facts.get("on_portal", ON_PORTAL)
        self._codes = {top[2] for tier in facts["tiers"].values() for top in tier["top"]}
        self._made: list[Procedure] = []

    def add_department(self, department: dict[str, Any]) -> None:
        code, dealt = department["code"], department.get("dealt")
        names = list(self._names(department["fields"], code[-2:]))
        self._random.shuffle(names)
        first_field = (f"G{code[-2:]}-01", department["fields"][0][0])
        heads = [(*first_field, name) for name in department.get("top", [])]
        online = department["online"] if dealt is None else sum(level >= 3 for level in dealt)
        offline = min(round(online * OFFLINE_SHARE), len(heads) + len(names) - online)
        count = online + offline if dealt is None else len(dealt)
        for rank, (field_code, field, name) in enumerate((heads + names)[:count]):
            level = dealt[rank] if dealt is not None else self._random.choice((3, 3, 4)) if rank < online else 2
            weight = (12.0 if rank < len(heads) else 1.0) / (1 + rank) ** 0.7
            self._made.append(self._procedure(field_code, field, name, "tinh", code, level, weight))

    def add_tier(self, tier: str, facts: dict[str, Any]) -> None:
        names = list(self._names(facts["fields"], tier.upper()))
        self._random.shuffle(names)
        field_codes = {field: code for code, field, _ in names}
        for number, (field, name, code, level, weight, term, fee) in enumerate(facts["top"]):
            field_code = field_codes.get(field, f"G{tier.upper()}-T{number:02}")
            self._made.append(self._procedure(field_code, field, name, tier, None, level, weight, code, term, fee))
        dealt = _spread(facts.get("levels", {}))
        for top in facts["top"] if dealt else ():
            dealt.remove(top[3])
        online = sum(level >= 3 for level in dealt) or facts["online"] - sum(top[3] >= 3 for top in facts["top"])
        offline = facts["offline"] - sum(top[3] < 3 for top in facts["top"])
        count = len(dealt) or online + offline
        for rank, (field_code, field, name) in enumerate(names[:count]):
            level = dealt[rank] if dealt else self._random.choice((3, 3, 4)) if rank < online else 2
            weight = 1.2 / (1 + rank % online) ** 0.8 if rank < online else 0.05
            made = self._procedure(field_code, field, name, tier, None, level, weight)
            unused = online - facts.get("unused", 0) <= rank < online
            self._made.append(replace(made, used=not unused))

    def with_changes(self) -> Iterator[Procedure]:
        for tier, count in (CHANGED | self._facts.get("changed", {})).items():
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
        return replace(procedure, first_level=first_level, changed_on=changed_on)

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
            changed_on=self._first_day,
            first_day=self._first_day,
            term=self._random.choice(TERMS) if term is None else term,
            fee=self._random.choice(FEES) if fee is None else fee,
            weight=weight,
            national_portal=self._random.random() < self._on_portal.get(str(level), self._on_portal["3"]),
            by_post=self._random.random() < 0.4,
        )

    def _new_code(self) -> str:
        while True:
            code = f"{self._random.choice((1, 1, 2, 3))}.{self._random.randrange(20, 11_000):06}"
            if code not in self._codes:
                self._codes.add(code)
                return code
