"""Random reforms: communes merged and split, some again and again, districts abolished, a province merged into another.

Codes are used again: by a successor under another name, by a stranger, or by the commune that goes on under a new
parent.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec

from store.rows import Unit
from tests.reference_today import Succession
from tests.world_moments import chance

PROVINCES = ("P1", "P2")


@dataclass
class _Land:
    """The units in force as reform follows reform; `rows` are those that have ended."""

    random: Random
    day: date
    live: dict[str, Unit] = field(default_factory=dict)
    rows: list[Unit] = field(default_factory=list)
    successions: list[Succession] = field(default_factory=list)
    named: int = 0

    def begin(self, code: str, kind: Any, parent: str | None, name: str = "") -> None:
        """A unit that is in force from this day on; the same one that ended yesterday goes on in a new row."""
        self.named += 1
        unit = Unit(code=code, kind=kind, parent_code=parent, name=name or f"N{self.named}", valid_from=self.day)
        self.live[code] = unit

    def end(self, code: str) -> Unit:
        """A unit's last day was yesterday."""
        unit = self.live.pop(code)
        self.rows.append(msgspec.structs.replace(unit, valid_to=self.day - timedelta(days=1)))
        return unit

    def over(self, old: str, new: str, *, main: bool = True) -> None:
        """One unit takes over from another today."""
        self.successions.append(Succession(old, self.day, new, main))

    def of_kind(self, kind: str) -> list[Unit]:
        """The live units of a kind, in the order of their codes."""
        return [unit for _, unit in sorted(self.live.items()) if unit.kind == kind]


def make_reforms(random: Random, first_day: date) -> tuple[list[Unit], list[Succession]]:
    """Units with one to three reforms among them, and who took over from whom."""
    land = _Land(random, first_day - timedelta(days=30))
    for province in PROVINCES:
        land.begin(province, "tinh", None, f"Province {province}")
        land.begin(f"{province}.S", "so", province)
        for district in (f"{province}.A", f"{province}.B"):
            land.begin(district, "huyen", province)
            for number in range(3):
                land.begin(f"{district}.{number}", "xa", district)
    for days in sorted(random.sample(range(10, 60), k=random.choice((1, 2, 2, 3)))):
        land.day = first_day + timedelta(days=days)
        _reform(land)
    return [*land.rows, *land.live.values()], land.successions


def _reform(land: _Land) -> None:
    random = land.random
    if "P2" in land.live and chance(random, 60):
        _move(land, "P2.S", "P1.S", told=chance(random, 70))
        _move(land, "P2", "P1", told=True)
        for unit in [*land.of_kind("huyen"), *land.of_kind("xa"), *land.of_kind("so")]:
            if unit.parent_code == "P2":
                _go_on(land, unit.code, "P1")
    for district in land.of_kind("huyen"):
        if chance(random, 50):
            land.end(district.code)
            for unit in land.of_kind("xa"):
                if unit.parent_code == district.code:
                    _go_on(land, unit.code, str(district.parent_code))
    communes = [unit.code for unit in land.of_kind("xa")]
    random.shuffle(communes)
    while communes:
        size = random.choice((1, 1, 2, 3))
        together, communes = communes[:size], communes[size:]
        if size == 1 and chance(random, 40):
            continue
        _rearrange(land, together)


def _move(land: _Land, old: str, new: str, *, told: bool) -> None:
    """A unit goes over into another that stays; where nobody told so, it has no successor."""
    if old in land.live:
        land.end(old)
        if told:
            land.over(old, new)


def _go_on(land: _Land, code: str, parent: str) -> None:
    """The same unit under another parent: one that began today only changes what it began with."""
    unit = land.live[code]
    if unit.valid_from < land.day:
        land.end(code)
    land.begin(code, unit.kind, parent, unit.name)


def _rearrange(land: _Land, together: list[str]) -> None:
    """Communes that end, and one or two that take over from all of them; at times nobody says so."""
    random, told = land.random, chance(land.random, 85)
    parent = land.live[together[0]].parent_code
    ended = {code: land.live[code].name for code in together if land.live[code].valid_from < land.day}
    for code in ended:
        land.end(code)
    codes = []
    for _ in range(random.choice((1, 1, 2))):
        again = [code for code in ended if code not in land.live]
        code = random.choice(again) if again and chance(random, 70) else f"X{land.named}"
        keeps_name = code in ended and chance(random, 40)
        land.begin(code, "xa", parent, ended[code] if keeps_name else "")
        codes.append(code)
    main = random.choice(codes)
    for old in ended:
        for new in codes:
            if told:
                land.over(old, new, main=new == main)
