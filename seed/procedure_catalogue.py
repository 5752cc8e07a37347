"""Making up procedures: plausible names of acts and objects of each field, levels, terms and fees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from seed.place import Place
from seed.units import VALID_FROM

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


class Catalogue:
    """The procedures of a place as they are made, one department or tier after another."""

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
        """A department's procedures: those at level 3 or 4 first, the busiest before all."""
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
        """The procedures that every unit of a tier offers: those that the place names, then made-up ones."""
        names = list(self._names(facts["fields"], tier.upper()))
        self._random.shuffle(names)
        field_codes = {field: code for code, field, _ in names}
        for number, (field, name, code, level, weight, term, fee) in enumerate(facts["top"]):
            field_code = field_codes.get(field, f"G{tier.upper()}-T{number:02}")
            self._made.append(self._procedure(field_code, field, name, tier, None, level, weight, code, term, fee))
        dealt = spread_levels(facts.get("levels", {}))
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
        """All of them; a few rose to their level during the year."""
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


def spread_levels(levels: dict[str, int]) -> list[int]:
    """One level for each procedure, the highest first, out of how many stand at which."""
    return [int(level) for level, count in sorted(levels.items(), reverse=True) for _ in range(count)]
